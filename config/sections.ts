import { z } from "zod";
import { budgetSection as budget } from "./budget";
import { datasetSection as dataset } from "./dataset";
import { finetuneSection } from "./finetune";
import { assetForm, assetPattern, resourceGroupPattern, workspacePattern } from "./namePatterns";
import { rolloutSection } from "./rollout";
import {
  choiceSetting,
  booleanSetting,
  integerSetting,
  numberSetting,
  setting,
  stringSetting,
} from "./setting";

const workspace = z.strictObject({
  mode: choiceSetting(["create", "adopt"], {
    doc: "create: create a resource group and a workspace with its dependencies; adopt: use an existing workspace.",
  }).default("create"),
  resourceGroup: stringSetting({
    doc: "Resource group to create, or of the workspace to adopt.",
    allowed: "1-90 letters, digits, - _ . ( ), no dot at the end",
    pattern: resourceGroupPattern,
    defaultText: "create: rg-<project>-<stack>-<hash>; adopt: from configFile",
  }).optional(),
  name: stringSetting({
    doc: "Name of the workspace to create or adopt.",
    allowed: "3-33 letters, digits, - and _, starting with a letter or digit",
    pattern: workspacePattern,
    defaultText: "create: mlw-<project>-<stack>-<hash>; adopt: from configFile",
  }).optional(),
  configFile: stringSetting({
    doc: "adopt: an Azure ML config.json (subscription_id, resource_group, workspace_name), relative to the project.",
    allowed: "the path of a config.json",
    defaultText: "none",
    source: "notebook (MLClient.from_config)",
  }).optional(),
  generation: integerSetting({
    doc: "create: part of all derived names; raise it to use new names while Azure keeps deleted resources (soft delete).",
    minimum: 1,
    maximum: 2_147_483_647,
  }).default(1),
  protect: booleanSetting({
    doc: "create: protect resource group, storage, key vault and workspace from deletion.",
  }).default(false),
  externalTags: setting(
    {
      doc: "Names of tags that others set, such as an Azure Policy: updates keep them and previews do not report them.",
      allowed: "a list of tag names",
      defaultText: "none",
    },
    z.array(z.string().regex(/^[^<>%&\\?/]{1,512}$/)),
  ).default([]),
  publicNetworkAccess: booleanSetting({
    doc: "create: whether the workspace is reachable from public networks.",
  }).default(true),
  grantDataAccess: booleanSetting({
    doc: "create: assign the identity of the first deployment the role Storage Blob Data Contributor.",
  }).default(true),
  purgeOnDestroy: booleanSetting({
    doc: "create: destroy purges the soft-deleted workspace and key vault, so that their names can be reused.",
  }).default(true),
  purgeProtection: booleanSetting({
    doc: "create: purge protection of the key vault; it cannot be turned off again.",
  }).default(false),
  storageSku: choiceSetting(["Standard_LRS", "Standard_ZRS", "Standard_GRS", "Standard_RAGRS"], {
    doc: "create: redundancy of the storage account.",
  }).default("Standard_LRS"),
  logRetentionDays: integerSetting({
    doc: "create: how long Log Analytics keeps its data.",
    unit: "days",
    minimum: 30,
    maximum: 730,
  }).default(30),
});

const foundationModel = z.strictObject({
  registry: stringSetting({
    doc: "Azure ML registry with the base model.",
    allowed: assetForm,
    pattern: assetPattern,
    source: "notebook",
  }).default("azureml"),
  name: stringSetting({
    doc: "Name of the base model.",
    allowed: "a model name such as Phi-4-mini-instruct",
    pattern: /^[A-Za-z0-9][\w./-]{0,254}$/,
    source: "the notebook's Phi-3-mini-4k-instruct was retired on 2025-08-30; this is its successor",
  }).default("Phi-4-mini-instruct"),
  version: stringSetting({
    doc: "Version of the base model; latest is resolved once and pinned, newer versions are reported but not used.",
    allowed: "latest or a version such as 15",
    pattern: /^(latest|[A-Za-z0-9][\w.-]*)$/,
    source: "notebook",
  }).default("latest"),
  allowRetired: booleanSetting({
    doc: "Accept a model that its tags call retired for fine-tuning or inference.",
  }).default(false),
});

const tiers = z.enum(["dedicated", "lowPriority"]);
const compute = z.strictObject({
  mode: choiceSetting(["create", "adopt"], {
    doc: "create: create the cluster; adopt: use an existing cluster of exactly that name without changing it.",
  }).default("create"),
  name: stringSetting({
    doc: "Cluster name; a created cluster's name gets a suffix from size and tier, which Azure cannot change.",
    allowed: "2-16 letters, digits and - (adopt: up to 24), starting with a letter",
    pattern: /^[A-Za-z][A-Za-z0-9-]{1,23}$/,
    source: "notebook: gpu-cluster-big",
  }).default("gpu-cluster"),
  size: stringSetting({
    doc: "VM size of a node; must have GPUs and be in the model's finetune_compute_allow_list (adopt: the cluster's size counts).",
    allowed: "a VM size such as Standard_NC24ads_A100_v4",
    pattern: /^[A-Za-z]\w+$/,
    source: "the notebook's Standard_ND40rs_v2 is no longer in the allow list",
  }).default("Standard_NC24ads_A100_v4"),
  minNodes: integerSetting({
    doc: "Nodes that are always running; above 0 they are billed all the time.",
    minimum: 0,
    maximum: 100,
  }).default(0),
  maxNodes: integerSetting({
    doc: "Maximum number of nodes.",
    minimum: 1,
    maximum: 100,
    source: "notebook: 2",
  }).default(1),
  tier: setting(
    {
      doc: "dedicated, or lowPriority (cheaper, may be preempted); a list is tried in order until the quota suffices.",
      allowed: "dedicated, lowPriority, or a list of both",
      source: "notebook: dedicated, then low priority",
    },
    z.union([tiers, z.array(tiers).min(1).max(2)]),
  ).default("dedicated"),
  idleSecondsBeforeScaledown: integerSetting({
    doc: "An idle node is released after this time.",
    unit: "seconds",
    minimum: 30,
    maximum: 86_400,
    source: "notebook",
  }).default(120),
});

const model = z.strictObject({
  name: stringSetting({
    doc: "Name of the registered model.",
    allowed: "letters, digits, - and _",
    pattern: /^[A-Za-z0-9][\w-]{0,254}$/,
    defaultText: "<model>-<data set>: Phi-4-mini-instruct-ultrachat-200k",
    source: "notebook",
  }).optional(),
  retainOnDestroy: booleanSetting({
    doc: "Keep model versions when they are replaced or the stack is destroyed.",
  }).default(false),
});

const endpoint = z.strictObject({
  enabled: booleanSetting({
    doc: "false: delete only endpoint, deployment, traffic and score.",
  }).default(true),
  name: stringSetting({
    doc: "Endpoint name, unique in the region.",
    allowed: "3-32 letters, digits and -, starting with a letter",
    pattern: /^[A-Za-z][A-Za-z0-9-]{1,30}[A-Za-z0-9]$/,
    defaultText: "ultrachat-completion-<hash>; for another data set chat-<data set>-<hash>",
    source: "notebook",
  }).optional(),
  deploymentPrefix: stringSetting({
    doc: "Start of a deployment's name; the model version follows. A change deploys again under the new name, without an interruption.",
    allowed: "1-14 letters, digits and -, starting with a letter",
    pattern: /^[A-Za-z][A-Za-z0-9-]{0,13}$/,
    source: "notebook",
  }).default("demo"),
  instanceType: stringSetting({
    doc: "VM size of an instance; must be in the model's inference_compute_allow_list, and not retired.",
    allowed: "a VM size such as Standard_NC24ads_A100_v4",
    pattern: /^[A-Za-z]\w+$/,
    source: "the notebook's Standard_NC6s_v3 was retired on 2025-09-30",
  }).default("Standard_NC24ads_A100_v4"),
  allowUnlistedInstanceType: booleanSetting({
    doc: "Accept an instance type outside that list, the sizes Azure ML lists for the region, or the table of retired sizes.",
  }).default(false),
  instanceCount: integerSetting({
    doc: "Number of instances; each is billed all the time.",
    minimum: 1,
    maximum: 50,
    source: "notebook",
  }).default(1),
  scaledExternally: booleanSetting({
    doc: "Something else scales the deployment, such as autoscale of Azure Monitor: keep the number of instances that it has. instanceCount is for a new deployment.",
  }).default(false),
  authMode: choiceSetting(["key", "aad_token"], {
    doc: "Authentication of callers; a change replaces the endpoint.",
    source: "notebook",
  }).default("key"),
  requestTimeoutMs: integerSetting({
    doc: "Time limit of one request.",
    unit: "ms",
    minimum: 1000,
    maximum: 180_000,
    source: "notebook; upper limit of managed endpoints",
  }).default(90_000),
  livenessInitialDelaySeconds: integerSetting({
    doc: "Time for a new instance to load the model before liveness probes start.",
    unit: "seconds",
    minimum: 1,
    maximum: 3600,
    source: "notebook",
  }).default(600),
  maxConcurrentRequests: integerSetting({
    doc: "Requests one instance processes at a time.",
    minimum: 1,
    maximum: 1000,
    source: "service default",
  }).default(1),
  publicNetworkAccess: booleanSetting({
    doc: "Whether the endpoint is reachable from public networks.",
  }).default(true),
});

const scoring = z.strictObject({
  temperature: numberSetting({
    doc: "Sampling temperature.",
    minimum: 0,
    above: true,
    maximum: 2,
    source: "notebook",
  }).default(0.6),
  topP: numberSetting({
    doc: "Nucleus sampling: probability mass of the tokens to choose from.",
    minimum: 0,
    above: true,
    maximum: 1,
    source: "notebook",
  }).default(0.9),
  doSample: booleanSetting({
    doc: "Sample tokens; false: always take the most likely token.",
    source: "notebook",
  }).default(true),
  maxNewTokens: integerSetting({
    doc: "Longest answer.",
    unit: "tokens",
    minimum: 1,
    maximum: 4096,
    source: "notebook",
  }).default(200),
  seed: integerSetting({
    doc: "Selects the held-out conversation to score.",
    minimum: 0,
    maximum: 2_147_483_647,
  }).default(1),
  requestFile: stringSetting({
    doc: "File for the scoring request, relative to the project.",
    allowed: "a path inside the project",
    pattern: /^(?![/\\])(?!.*(^|[/\\])\.\.([/\\]|$))[\w./\\-]+$/,
    source: "notebook: sample_score.json",
  }).default(".data/sample_score.json"),
});

/** YAML reads `costCenter: 123` and `pilot: true` as another type. */
const tagText = (value: unknown): unknown =>
  typeof value === "number" || typeof value === "boolean" ? String(value) : value;

const tags = setting(
  {
    doc: "Tags of all resources that support tags.",
    allowed: "a map of at most 43 names to strings of at most 256 characters",
    defaultText: "none",
  },
  z.record(z.string(), z.preprocess(tagText, z.string())),
);

/** All sections of the stack's configuration, by their key in the project's namespace. */
export const sections = {
  workspace,
  foundationModel,
  compute,
  dataset,
  finetune: finetuneSection,
  model,
  endpoint,
  rollout: rolloutSection,
  scoring,
  budget,
  tags,
} as const;

export type SectionName = keyof typeof sections;
