import { parameterTable, type ParameterSpec } from "../../azureml/parameterTable";
import { canonicalJson } from "../../azureml/records";
import type { Properties } from "../shared/handler";
import { hasUnknown } from "../shared/unknownValues";
import { type JobInputs, sentParameters } from "./inputs";

/** Why a training with new inputs is another one, and what a preview cannot know yet. */
export interface TrainingReasons {
  /** Changes in the user's terms: `finetune.learningRate 2e-05 → 1e-05`. */
  changed: string[];
  /** Inputs whose value is not known before the update: `training data`. */
  unknown: string[];
}

/** Compares the inputs that determine the model. `olds` are the previous inputs of the resource. */
export function trainingReasons(olds: Properties, news: JobInputs): TrainingReasons {
  const before = olds as unknown as Partial<JobInputs>;
  const changed = [
    ...placeChanges(before, news),
    ...modelChanges(before, news),
    ...componentChanges(before, news),
  ];
  if (differs(before.gpusPerNode, news.gpusPerNode))
    changed.push(`GPUs per node ${arrow(before.gpusPerNode, news.gpusPerNode)} (compute.size)`);
  changed.push(...dataChanges(before, news), ...parameterChanges(before, news));
  return { changed, unknown: unknownInputs(news) };
}

/** The inputs that are not known yet, for people. */
export function unknownInputs(news: JobInputs): string[] {
  const named: Array<[string, unknown]> = [
    ["base model", news.modelId],
    ["training data", news.trainData],
    ["test data", news.testData],
    ["validation data", news.validationData],
    ["component", news.componentId],
    ["parameters", news.parameters],
  ];
  return named.filter(([, value]) => hasUnknown(value)).map(([name]) => name);
}

const arrow = (from: unknown, to: unknown): string => `${text(from)} → ${text(to)}`;
const text = (value: unknown): string => (value === undefined ? "not set" : String(value));
const differs = (from: unknown, to: unknown): boolean =>
  !hasUnknown(to) && canonicalJson(from) !== canonicalJson(to);

/** Another workspace, or another name: the job cannot be found again. */
function placeChanges(before: Partial<JobInputs>, news: JobInputs): string[] {
  const changes: string[] = [];
  if (differs(before.workspace, news.workspace))
    changes.push(`workspace ${arrow(before.workspace?.workspaceName, news.workspace.workspaceName)}`);
  else if (differs(before.namePrefix, news.namePrefix))
    changes.push(`the job's name ${arrow(before.namePrefix, news.namePrefix)}`);
  return changes;
}

function modelChanges(before: Partial<JobInputs>, news: JobInputs): string[] {
  return assetChanges(
    "foundationModel",
    before.modelId,
    news.modelId,
    /\/registries\/([^/]+)\/models\/([^/]+)\/versions\/(.+)$/,
  );
}

function componentChanges(before: Partial<JobInputs>, news: JobInputs): string[] {
  return assetChanges(
    "finetune.component",
    before.componentId,
    news.componentId,
    /\/registries\/([^/]+)\/components\/([^/]+)\/versions\/(.+)$/,
  );
}

/** The parts of a registry asset's id that changed. */
function assetChanges(setting: string, from: string | undefined, to: string, id: RegExp): string[] {
  if (!differs(from, to)) return [];
  const [, oldRegistry, oldName, oldVersion] = id.exec(from ?? "") ?? [];
  const [, registry, name, version] = id.exec(to) ?? [];
  if (name === undefined || oldName === undefined) return [`${setting} ${arrow(from, to)}`];
  if (name !== oldName) return [`${setting}.name ${arrow(`${oldName}:${oldVersion}`, `${name}:${version}`)}`];
  if (registry !== oldRegistry) return [`${setting}.registry ${arrow(oldRegistry, registry)}`];
  return [`${setting}.version ${arrow(oldVersion, version)}`];
}

const dataInputs = [
  ["trainData", "training data"],
  ["testData", "test data"],
  ["validationData", "validation data"],
] as const;

/** Changed data, named by the settings that select the rows. Without a changed setting the rows themselves changed. */
function dataChanges(before: Partial<JobInputs>, news: JobInputs): string[] {
  const moved = dataInputs.filter(([key]) => hasUnknown(news[key]) || differs(before[key], news[key]));
  if (moved.length === 0) return [];
  const settings = settingChanges(before.settings, news.settings);
  if (settings.length > 0) return settings;
  const names = dataInputs.filter(([key]) => differs(before[key], news[key])).map(([, name]) => name);
  return names.length > 0 ? [`other rows in the ${names.join(" and the ")}`] : [];
}

/** States of earlier versions have no settings to compare with. */
function settingChanges(from: Record<string, string> | undefined, to: Record<string, string> = {}): string[] {
  if (!from) return [];
  return namesOf(from, to)
    .filter((name) => from[name] !== to[name])
    .map((name) => `${name} ${arrow(short(from[name]), short(to[name]))}`);
}

const short = (value: string | undefined): string | undefined =>
  value !== undefined && value.length > 40 ? `${value.slice(0, 39)}…` : value;

const settingOf = new Map(
  Object.entries(parameterTable as Record<string, ParameterSpec>).map(([key, spec]) => [
    spec.name,
    `finetune.${key}`,
  ]),
);

function parameterChanges(before: Partial<JobInputs>, news: JobInputs): string[] {
  if (hasUnknown([news.parameters, news.omittedParameters]) || !before.parameters) return [];
  const from = sentParameters({
    parameters: before.parameters,
    omittedParameters: before.omittedParameters ?? [],
  });
  const to = sentParameters(news);
  return namesOf(from, to)
    .filter((name) => from[name] !== to[name])
    .map(
      (name) => `${settingOf.get(name) ?? `finetune.extraParameters.${name}`} ${arrow(from[name], to[name])}`,
    );
}

const namesOf = (from: object, to: object): string[] =>
  [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
