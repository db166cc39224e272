import { readFileSync } from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { type Context, evaluate, interpolate, isTrue, type Value } from "./expression";
import type { Job, Step, Workflow } from "./workflow";

type Tree = Value;
type Mapping = Record<string, Tree>;

const isMapping = (value: Tree | undefined): value is Mapping =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isAbsent = (value: Tree | undefined): value is null | undefined =>
  value === null || value === undefined;
const mapping = (value: Tree | undefined): Mapping => (isMapping(value) ? value : {});
const list = (value: Tree | undefined): Tree[] => {
  if (Array.isArray(value)) return value;
  return isAbsent(value) ? [] : [value];
};
const text = (value: Tree | undefined): string => (isAbsent(value) ? "" : String(value));

/**
 * A pipeline of Azure DevOps as a workflow that the walk can run: its templates are expanded for these parameters, a stage with one job
 * becomes a job, and a task the action that does the same (learn.microsoft.com, "Template expressions", "Conditions"). Errors: a task that
 * the walk does not have, by name.
 */
export function readAzurePipeline(root: string, file: string, given: Record<string, Value>): Workflow {
  const document = readFile(root, file, given);
  const stages = list(document["stages"]).map(mapping);
  const jobs = stages.flatMap((stage, index): [string, Job][] => {
    const id = text(stage["stage"]);
    const before = index === 0 ? [] : [text(stages[index - 1]?.["stage"])];
    const needs = stage["dependsOn"] === undefined ? before : list(stage["dependsOn"]).map(text);
    const own = list(stage["jobs"]).map(mapping);
    return own.map((job) => [
      own.length === 1 ? id : `${id}_${text(job["job"])}`,
      asJob(job, needs, stage["condition"]),
    ]);
  });
  return { name: file, on: {}, jobs: Object.fromEntries(jobs) };
}

/** A file with its own parameters: those given, else their defaults. */
function readFile(root: string, file: string, given: Record<string, Value>): Mapping {
  const document = mapping(parse(readFileSync(path.join(root, file), "utf8")) as Tree);
  const declared = list(document["parameters"]).map(mapping);
  const parameters = Object.fromEntries(
    declared.map(({ name, default: value = null }) => [text(name), given[text(name)] ?? value]),
  );
  return mapping(expand(document, { root, file, values: { parameters } }));
}

interface Place {
  root: string;
  file: string;
  values: Record<string, Value>;
}

const context = ({ values }: Place): Context => ({ values, status: { failed: false, cancelled: false } });

function expand(tree: Tree, place: Place): Tree {
  if (typeof tree === "string") return interpolate(tree, context(place));
  if (Array.isArray(tree)) return expandList(tree, place);
  if (!isMapping(tree)) return tree;
  const found: Mapping = {};
  for (const { key, value } of chosen(Object.entries(tree), place))
    if (key === undefined) Object.assign(found, mapping(expand(value, place)));
    else if (key !== "parameters" || !("stages" in tree || "jobs" in tree || "steps" in tree))
      found[key] = expand(value, place);
  return found;
}

function expandList(items: Tree[], place: Place): Tree[] {
  const rows = items.map((item): [string, Tree] => {
    const [[key, value] = ["", null], ...more] = Object.entries(mapping(item));
    return more.length === 0 && directive.test(key) ? [key, value] : ["", item];
  });
  return chosen(rows, place).flatMap(({ key, value, place: inner }) => {
    if (key === undefined) return list(expand(value, inner));
    const { template, parameters } = mapping(value);
    if (typeof template !== "string") return [expand(value, inner)];
    const file = path.join(path.dirname(place.file), template);
    const { steps, jobs } = readFile(place.root, file, mapping(expand(parameters ?? {}, inner)));
    return list(steps ?? jobs);
  });
}

const directive = /^\s*\$\{\{\s*(if|elseif|else|each)\b\s*(.*?)\s*\}\}\s*$/;

interface Entry {
  /** Absent for entries that a directive inserts. */
  key: string | undefined;
  value: Tree;
  place: Place;
}

/** What `if`, `elseif`, `else` and `each` leave of neighbouring entries. */
function chosen(entries: [string, Tree][], place: Place): Entry[] {
  let isTaken = false;
  return entries.flatMap(([key, value]): Entry[] => {
    const [, word, rest = ""] = directive.exec(key) ?? [];
    if (word === undefined) return [{ key, value, place }];
    if (word === "each") {
      const [, name = "", of = ""] = /^(\w+) in (.*)$/.exec(rest) ?? [];
      return list(evaluate(of, context(place))).map((item) => {
        const inner = { ...place, values: { ...place.values, [name]: item } };
        return { key: undefined, value, place: inner };
      });
    }
    if (word === "if") isTaken = false;
    const isChosen = !isTaken && (word === "else" || isTrue(evaluate(rest, context(place))));
    isTaken ||= isChosen;
    return isChosen ? [{ key: undefined, value, place }] : [];
  });
}

/** A condition in the words of GitHub: the same functions have other names, and results other texts. */
const asCondition = (condition: Tree | undefined): string | undefined =>
  isAbsent(condition)
    ? undefined
    : text(condition)
        .replace(/dependencies\.(\w+)\.outputs\['\w+\.\w+\.(\w+)'\]/g, "needs.$1.outputs.$2")
        .replaceAll("dependencies.", "needs.")
        .replaceAll("'Succeeded'", "'success'")
        .replaceAll("'Skipped'", "'skipped'")
        .replaceAll("succeeded()", "success()")
        .replaceAll("failed()", "failure()")
        .replaceAll("canceled()", "cancelled()");

function asJob(job: Mapping, needs: string[], condition: Tree | undefined): Job {
  const deploy = mapping(mapping(mapping(job["strategy"])["runOnce"])["deploy"]);
  const steps = list(deploy["steps"] ?? job["steps"]).map((step) => asStep(mapping(step)));
  const environment = job["environment"] === undefined ? {} : { environment: text(job["environment"]) };
  const when = asCondition(condition);
  return {
    ...{ needs, steps, ...environment, ...(when === undefined ? {} : { if: when }) },
    outputs: { changes: "${{ steps.operation.outputs.changes }}" },
  };
}

const below = (folder: Tree | undefined): string => text(folder).replace("$(Build.SourcesDirectory)/", "");

/** What the task does, as the step or the action of GitHub that does the same. */
const tasks: Record<string, (inputs: Mapping) => Pick<Step, "run" | "uses" | "with">> = {
  AzureCLI: ({ inlineScript }) => {
    const login = ".ci/azure-devops ";
    if (!text(inlineScript).startsWith(login))
      throw new Error(`a task AzureCLI@2 does not begin with ${login}`);
    return { run: text(inlineScript).slice(login.length) };
  },
  UseNode: ({ version }) => ({
    uses: "actions/setup-node",
    with: { "node-version": text(version).replace(".x", "") },
  }),
  PublishPipelineArtifact: ({ artifact, targetPath }) => ({
    uses: "actions/upload-artifact",
    with: { name: text(artifact), path: below(targetPath) },
  }),
  DownloadPipelineArtifact: ({ artifactName, itemPattern, targetPath }) => ({
    uses: "actions/download-artifact",
    with: {
      ...(artifactName === undefined
        ? { pattern: text(itemPattern).split("/")[0] ?? "" }
        : { name: text(artifactName) }),
      path: below(targetPath),
    },
  }),
};

function asStep(step: Mapping): Step {
  const { displayName, name, condition, env, script, checkout, task } = step;
  const [kind = ""] = text(task).split("@");
  const work =
    checkout !== undefined
      ? { uses: "actions/checkout" }
      : script === undefined
        ? taskOf(kind)(mapping(step["inputs"]))
        : text(script).startsWith(".ci/pulumi ")
          ? { uses: "pulumi/actions" }
          : { run: text(script) };
  const when = asCondition(condition);
  return {
    ...work,
    ...(displayName === undefined ? {} : { name: text(displayName) }),
    ...(name === undefined ? {} : { id: text(name) }),
    ...(when === undefined ? {} : { if: when }),
    env: Object.fromEntries(Object.entries(mapping(env)).map(([key, value]) => [key, text(value)])),
  };
}

function taskOf(kind: string): NonNullable<(typeof tasks)[string]> {
  const found = Object.hasOwn(tasks, kind) ? tasks[kind] : undefined;
  if (!found)
    throw new Error(`the walk does not know the task ${kind}. It knows ${Object.keys(tasks).join(", ")}.`);
  return found;
}
