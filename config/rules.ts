import { ownerTagNames } from "../azureml/names";
import { type Problem, formatValue } from "../azureml/problem";
import { fromTrain } from "../azureml/evaluation";
import { requestDefaults } from "../dataset/requestValues";
import { endpointRules } from "./endpoint";
import { extraParameterProblems } from "./extraParameters";
import { configuredParameters, type FinetuneConfig } from "./finetune";
import { monitoringRules } from "./monitoring";
import type { ParsedSections, RuleContext } from "./parsedSections";
import { promotionRules } from "./promotionRules";
import { sections } from "./sections";
import { tagProblems } from "./tags";
import type { StackConfig, WorkspaceConfig } from "./stackConfig";
import { readWorkspaceFile } from "./workspaceFile";
import { workspaceOptionRules } from "./workspaceOptionRules";

/**
 * Checks rules between settings. Returns the configuration if every section is valid and no rule is violated.
 */
export function applyCrossRules(
  parsed: ParsedSections,
  context: RuleContext,
): { config?: StackConfig; problems: Problem[]; warnings: string[] } {
  const options = workspaceOptionRules(parsed, context);
  const { warnings } = options;
  const problems = [
    ...computeRules(parsed, context),
    ...datasetRules(parsed, context),
    ...validationRules(parsed, context),
    ...finetuneRules(parsed, context),
    ...tagRules(parsed, context),
    ...options.problems,
    ...operationRules(parsed, context),
  ];
  const promotion = promotionRules(parsed, context.project);
  problems.push(...promotion.problems);
  const workspace = parsed.workspace ? workspaceRules(parsed.workspace, context, problems) : undefined;
  const { subscriptionId } = context;
  if (problems.length > 0 || !workspace || !subscriptionId || !isComplete(parsed))
    return { problems, warnings };
  const { tier, ...compute } = parsed.compute;
  const { dataset } = parsed;
  return {
    problems,
    warnings,
    config: {
      ...parsed,
      // A promoting stack uploads nothing, so it needs no data role.
      workspace:
        promotion.config && workspace.mode === "create"
          ? { ...workspace, grantDataAccess: false }
          : workspace,
      ...(promotion.config ? { promotion: promotion.config } : {}),
      finetune: parsed.finetune as FinetuneConfig,
      dataset: {
        ...dataset,
        splitPercent: dataset.splitPercent ?? requestDefaults.splitPercent[dataset.files ? "files" : "hub"],
        validationSplit: validationSplit(dataset),
      },
      compute: { ...compute, tiers: [...new Set(Array.isArray(tier) ? tier : [tier])] },
      location: context.location,
      subscriptionId,
    },
  };
}

function isComplete(parsed: ParsedSections): parsed is Required<ParsedSections> {
  return Object.keys(sections).every((name) => Object.hasOwn(parsed, name));
}

function workspaceRules(
  section: NonNullable<ParsedSections["workspace"]>,
  context: RuleContext,
  problems: Problem[],
): WorkspaceConfig | undefined {
  const property = `${context.project}:workspace`;
  const { mode, configFile, ...rest } = section;
  if (mode === "create") {
    if (configFile !== undefined)
      problems.push({
        property: `${property}.configFile`,
        seen: formatValue(configFile),
        allowed: "no configFile with workspace.mode: create",
        remedy: "Set workspace.mode: adopt to use the workspace in that file, or remove configFile.",
      });
    if (!context.locationGiven)
      problems.push({
        property: "azure-native:location",
        seen: "not set",
        allowed: "an Azure region such as westeurope",
        remedy: "Run `pulumi config set azure-native:location <region>`.",
      });
    return { mode, ...rest };
  }
  let { resourceGroup, name } = section;
  if (configFile !== undefined) {
    const read = readWorkspaceFile(`${property}.configFile`, configFile, context.readFile);
    if ("problem" in read) {
      problems.push(read.problem);
      return undefined;
    }
    const { file } = read;
    const given = context.subscriptionId;
    if (!given || given.toLowerCase() !== file.subscriptionId.toLowerCase())
      problems.push({
        property: `${property}.configFile`,
        seen: `its subscription_id is ${file.subscriptionId}, the stack's is ${given ?? "not set"}`,
        allowed: "the same subscription for both",
        remedy: `Run \`pulumi config set azure-native:subscriptionId ${file.subscriptionId}\`.`,
      });
    resourceGroup ??= file.resourceGroup;
    name ??= file.workspaceName;
  }
  for (const [key, value] of Object.entries({ resourceGroup, name })) {
    if (value !== undefined) continue;
    problems.push({
      property: `${property}.${key}`,
      seen: "not set",
      allowed: "with workspace.mode adopt: resourceGroup and name, or configFile",
      remedy: "Set it, or set configFile to the path of the workspace's config.json.",
    });
  }
  if (resourceGroup === undefined || name === undefined) return undefined;
  return { mode, resourceGroup, name, generation: section.generation, externalTags: section.externalTags };
}

function tagRules({ tags = {}, workspace }: ParsedSections, { project }: RuleContext): Problem[] {
  // Azure compares tag names without case.
  const lower = (name: string): string => name.toLowerCase();
  const external = new Set((workspace?.externalTags ?? []).map(lower));
  const ours = [...Object.keys(tags), ...Object.values(ownerTagNames)];
  const shared = ours
    .filter((name) => external.has(lower(name)))
    .map((name) => ({
      property: `${project}:workspace.externalTags`,
      seen: `${formatValue(name)} is a tag that the stack sets itself`,
      allowed: "names of tags that others set",
      remedy: "Remove it from externalTags, or from tags.",
    }));
  return [...shared, ...tagProblems(`${project}:tags`, tags, workspace?.mode !== "adopt")];
}

/** What keeps an endpoint in operation: autoscale, schedule, logs and alerts. */
function operationRules(
  { endpoint, monitoring, workspace }: ParsedSections,
  { project }: RuleContext,
): Problem[] {
  // With an existing Application Insights the stack creates no Log Analytics workspace.
  const hasOwnLogs = workspace?.mode === "create" && !workspace.existing.applicationInsights;
  return [
    ...(endpoint ? endpointRules(`${project}:endpoint`, endpoint) : []),
    ...(monitoring && workspace ? monitoringRules(`${project}:monitoring`, monitoring, hasOwnLogs) : []),
  ];
}

function computeRules({ compute, workspace }: ParsedSections, { project }: RuleContext): Problem[] {
  if (!compute) return [];
  const problems: Problem[] = [];
  const property = `${project}:compute`;
  if (compute.minNodes > compute.maxNodes)
    problems.push({
      property: `${property}.minNodes`,
      seen: formatValue(compute.minNodes),
      allowed: `at most compute.maxNodes (${compute.maxNodes})`,
      remedy: "Lower minNodes (0 costs nothing while idle) or raise maxNodes.",
    });
  if (compute.mode === "create" && compute.name.length > 16)
    problems.push({
      property: `${property}.name`,
      seen: formatValue(compute.name),
      allowed: "2-16 characters, because a suffix is added",
      remedy: "Shorten it.",
    });
  if (compute.mode === "adopt" && workspace?.mode === "create")
    problems.push({
      property: `${property}.mode`,
      seen: formatValue("adopt"),
      allowed: "create, while workspace.mode is create",
      remedy:
        "A new workspace has no cluster to adopt: set compute.mode: create, or adopt the workspace too.",
    });
  return problems;
}

/** With `files`, settings that select data on the hub are mistakes, and without it those that describe files. */
function datasetRules({ dataset }: ParsedSections, { project }: RuleContext): Problem[] {
  if (!dataset) return [];
  const property = `${project}:dataset`;
  const problems: Problem[] = [];
  if (dataset.onLongRow && dataset.onLongRow !== "cut" && !dataset.tokenizer)
    problems.push({
      property: `${property}.onLongRow`,
      seen: `${formatValue(dataset.onLongRow)}, but dataset.tokenizer is not set`,
      allowed: "cut without a tokenizer",
      remedy: "Set dataset.tokenizer to the model's tokenizer, which counts the tokens.",
    });
  const ownFilesOnly = dataset.files ? [] : (["format", "encoding", "toolTurns"] as const);
  for (const key of ownFilesOnly) {
    if (dataset[key] === undefined) continue;
    problems.push({
      property: `${property}.${key}`,
      seen: `${formatValue(dataset[key])}, but dataset.files is not set`,
      allowed: "no value for a data set on the hub",
      remedy: "Remove it: it describes your own files.",
    });
  }
  if (!dataset.files) return problems;
  if (dataset.name === requestDefaults.name)
    problems.push({
      property: `${property}.name`,
      seen: `${formatValue(dataset.name)}, but dataset.files is set`,
      allowed: "a name for your data: folder, data assets and model use it",
      remedy: "Set it, for example to mine/support-chats, or remove files.",
    });
  for (const key of ["subset", "revision"] as const) {
    if (dataset[key] === undefined) continue;
    problems.push({
      property: `${property}.${key}`,
      seen: formatValue(dataset[key]),
      allowed: "no value with dataset.files",
      remedy: "Remove it: files have no subset or revision.",
    });
  }
  return problems;
}

/** Without a setting the test data judge; if those are the training data, the component's own split does. */
function validationSplit(dataset: NonNullable<ParsedSections["dataset"]>): string {
  return (
    dataset.validationSplit ?? (dataset.testSplit === dataset.trainSplit ? fromTrain : dataset.testSplit)
  );
}

function validationRules({ dataset }: ParsedSections, { project }: RuleContext): Problem[] {
  if (!dataset || dataset.validationSplit !== dataset.trainSplit) return [];
  return [
    {
      property: `${project}:dataset.validationSplit`,
      seen: `${formatValue(dataset.trainSplit)}, the split to train on`,
      allowed: `another split, or ${fromTrain}`,
      remedy: `A loss measured on training rows says nothing about new ones. Set ${fromTrain} to hold back 20 % of the rows.`,
    },
  ];
}

function finetuneRules({ finetune, compute }: ParsedSections, { project }: RuleContext): Problem[] {
  if (!finetune) return [];
  const section = finetune as FinetuneConfig;
  const problems = extraParameterProblems(`${project}:finetune.extraParameters`, section);
  const extra = section.extraParameters["num_nodes_finetune"];
  const numNodesFinetune = configuredParameters(section).numNodesFinetune ?? extra ?? 1;
  if (!compute || compute.mode === "adopt" || !(Number(numNodesFinetune) > compute.maxNodes)) return problems;
  return [
    ...problems,
    {
      property: `${project}:finetune.${extra === undefined ? "numNodesFinetune" : "extraParameters.num_nodes_finetune"}`,
      seen: formatValue(numNodesFinetune),
      allowed: `at most compute.maxNodes (${compute.maxNodes}): with fewer nodes the job waits forever`,
      remedy: "Raise compute.maxNodes or lower numNodesFinetune.",
    },
  ];
}
