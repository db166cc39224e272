import type { DeploymentFacts } from "../../azureml/clients/onlineEndpoints";
import {
  type RegistryModelVersion,
  registryModelId,
  registryRefOf,
} from "../../azureml/clients/registryModels";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { contentTagNames, taggedContent } from "../../azureml/contentHash";
import { AzureMlError, errorText } from "../../azureml/errors";
import { isUnavailable } from "../../azureml/http/failure";
import { formatValue } from "../../azureml/problem";
import { servingLimit } from "../../azureml/servingLimit";
import { allowList, inferenceSizeProblem } from "../../azureml/sku";
import type { PromotionConfig } from "../../config/stackConfig";
import type { CheckContext } from "./context";
import { promotionGateProblems } from "./promotionGate";

/** A verified model version. */
export interface VerifiedModel {
  registry: string;
  name: string;
  version: string;
  /** `azureml://registries/<registry>/models/<name>/versions/<version>`. */
  id: string;
  /** Content hash, 64 hexadecimal digits. */
  sha256: string;
}

/** Where the model is. */
export interface ModelSource {
  registry: string;
  name: string;
}

/** What is known about the stack before the version is read. */
interface Facts {
  promotion: PromotionConfig;
  source: ModelSource;
  /** The stack's endpoint is in this workspace. */
  ref: WorkspaceRef;
  /** Region of the stack. */
  location: string;
  deployments: readonly DeploymentFacts[];
}

/**
 * Tags that tell where a model comes from, and what each says. The ids of data assets end in the hash of the data. `commit` is the
 * only one that the program writes under conditions: a training outside a Git repository has none.
 */
const lineageTags = {
  job: "the training job",
  trainData: "the training data with its hash",
  baseModel: "the base model",
  commit: "the commit of the training stack",
  [contentTagNames.hash]: "the content hash, written when the version is shared",
} as const;

/**
 * Checks the version that a promoting stack is to serve: that it exists and is not archived, its content, its lineage and its
 * recorded metrics. Only reads. A version that the stack serves already may have been archived since, and its registry may be down:
 * both are warnings, because it must remain possible to change something else.
 */
export async function checkPromotedModel(
  context: CheckContext,
  facts: Facts,
): Promise<VerifiedModel | undefined> {
  const { cloud, report } = context;
  const { promotion, source, location, deployments } = facts;
  const id = registryModelId({ ...source, version: promotion.version });
  const serving = deployments.find(({ model }) => model?.toLowerCase() === id.toLowerCase());
  const place = report.key("stack" in promotion.from ? "model.promote.stack" : "model.promote.registry");
  let version: RegistryModelVersion | undefined;
  try {
    const [found, regions] = await Promise.all([
      cloud.sharedModel({ ...source, version: promotion.version }),
      cloud.registryRegions(source.registry),
    ]);
    version = found;
    checkRegion(context, source.registry, regions, location);
  } catch (error) {
    const sha256 = serving?.tags?.[contentTagNames.hash]?.replace("sha256:", "");
    if (isUnavailable(error) && sha256) {
      report.warnings.push(
        `${place} could not be checked: ${errorText(error)} The stack serves version ${promotion.version} already.`,
      );
      return { ...source, version: promotion.version, id, sha256 };
    }
    const isMissing = error instanceof AzureMlError && error.code === "RegistryNotFound";
    report.add({
      property: place,
      seen: isMissing ? `there is no registry ${formatValue(source.registry)}` : errorText(error),
      ...(isMissing && {
        allowed: "the name of a registry that the identity can read",
        remedy: "Correct the name, or deploy the platform stack that creates it.",
      }),
    });
    return undefined;
  }
  if (!version) {
    await reportMissing(context, promotion, source);
    return undefined;
  }
  const shown = `${source.name}:${promotion.version}`;
  reportState(context, version, { shown, isServing: serving !== undefined });
  const sha256 = await checkContent(context, version, { shown, promotion });
  await Promise.all([checkMetrics(context, version, facts, shown), checkSize(context, version)]);
  return sha256 === undefined ? undefined : { ...source, version: promotion.version, id: version.id, sha256 };
}

/** A registry's assets can be used in its own regions only (how-to-share-models-pipelines-across-workspaces-with-registries.md). */
function checkRegion(
  { report }: CheckContext,
  registry: string,
  regions: readonly string[],
  location: string,
): void {
  const normalized = (region: string): string => region.toLowerCase().replaceAll(" ", "");
  // Whether the discovery always lists the regions is not documented.
  if (regions.length === 0 || regions.map(normalized).includes(normalized(location))) return;
  report.add({
    property: "azure-native:location",
    seen: `the workspace is in ${location}, and registry ${formatValue(registry)} does not cover it`,
    allowed: regions.join(", "),
    remedy: "Add the region to the registry (platform.registry), or use another region.",
  });
}

async function reportMissing(
  { cloud, report }: CheckContext,
  { version }: PromotionConfig,
  { registry, name }: ModelSource,
): Promise<void> {
  const versions = await cloud.sharedVersions(registry, name).catch(() => []);
  const newest = versions.slice(0, 5).join(", ");
  report.add({
    property: report.key(`model.promote.${newest ? "version" : "name"}`),
    seen: newest
      ? `model ${formatValue(name)} of registry ${formatValue(registry)} has no version ${formatValue(version)}`
      : `registry ${formatValue(registry)} has no model ${formatValue(name)}`,
    allowed: newest ? `one of its versions; newest: ${newest}` : "a model that a training stack has shared",
    remedy: newest
      ? "Set one of them, or share this version from its training stack (model.shareTo)."
      : "Correct the name, or set model.shareTo in the training stack and deploy it.",
  });
}

function reportState(
  { report, notes }: CheckContext,
  { isArchived, modelType, tags, id }: RegistryModelVersion,
  { shown, isServing }: { shown: string; isServing: boolean },
): void {
  const property = report.key("model.promote.version");
  if (isArchived && isServing)
    report.warnings.push(
      `${property}: ${shown} was archived in its registry. It serves now and continues to; promote another version.`,
    );
  else if (isArchived)
    report.add({
      property,
      seen: `${shown} is archived in its registry`,
      allowed: "a version that is not archived",
      remedy: "Promote another version. To use this one, restore it (`az ml model restore`).",
    });
  if (modelType !== "" && modelType !== "mlflow_model")
    report.add({
      property,
      seen: `${shown} is of type ${modelType}`,
      allowed: "mlflow_model: it is deployed without code of its own",
      remedy: "Promote a version that a training stack of this program has shared.",
    });
  const missing = Object.entries(lineageTags).filter(([tag]) => !tags[tag]);
  if (missing.length > 0)
    report.add({
      property,
      seen: `${shown} does not say where it comes from; missing tags: ${missing.map(([tag, what]) => `${tag} (${what})`).join(", ")}`,
      allowed: `a version with the tags ${Object.keys(lineageTags).join(", ")}`,
      remedy:
        "Share the version from its training stack again under another version, or train from a Git repository with this program.",
    });
  else
    notes.push(
      `Promotes ${id}: job ${tags.job ?? ""}, base model ${tags.baseModel ?? ""}, data ${tags.trainData?.split("/data/")[1] ?? tags.trainData ?? ""}, commit ${tags.commit ?? ""}.`,
    );
  if (tags.commit?.endsWith("(changed)"))
    report.warnings.push(
      `${property}: ${shown} was trained with changes that are in no commit (${tags.commit}).`,
    );
}

/** Compares the content: that of the configuration, of the version's tags, and of its files. */
async function checkContent(
  { cloud, report, notes }: CheckContext,
  version: RegistryModelVersion,
  { shown, promotion }: { shown: string; promotion: PromotionConfig },
): Promise<string | undefined> {
  const tagged = taggedContent(version.tags)?.hash.replace("sha256:", "");
  const property = report.key(`model.promote.${promotion.sha256 ? "sha256" : "version"}`);
  // Reported as missing lineage.
  if (tagged === undefined) return undefined;
  if (promotion.sha256 !== undefined && promotion.sha256 !== tagged)
    report.add({
      property,
      seen: `${shown} has the content hash ${tagged}`,
      allowed: promotion.sha256,
      remedy:
        "It is not the model that was tested. Run `npm run promote` again, or find out who replaced the version.",
    });
  let listed: string | undefined;
  try {
    listed = (await cloud.sharedContent(version))?.hash.replace("sha256:", "");
  } catch (error) {
    if (error instanceof AzureMlError && error.code === "ModelWithoutFiles") {
      report.add({ property, seen: errorText(error) });
      return undefined;
    }
    notes.push(`The files of ${shown} could not be listed and are not compared: ${errorText(error)}`);
    return tagged;
  }
  if (listed === undefined)
    notes.push(`The storage has no hash of some files of ${shown}: only the tag was compared.`);
  else if (listed !== tagged)
    report.add({
      property,
      seen: `the files of ${shown} have the content hash ${listed}, its tag says ${tagged}`,
      allowed: "files that are those of the trained model",
      remedy: "They were replaced after the version was shared. Promote another version.",
    });
  return tagged;
}

async function checkMetrics(
  { cloud, report, notes, endpointName, config }: CheckContext,
  { tags }: RegistryModelVersion,
  { promotion, ref }: Facts,
  shown: string,
): Promise<void> {
  const { gate } = promotion;
  const compares = gate.notWorseThanServing === true && config.endpoint.enabled;
  const served = compares ? await cloud.servedModel(ref, endpointName).catch(() => undefined) : undefined;
  const serving = compares ? servingLimit(served, tags.job, tags) : undefined;
  if (serving && "reason" in serving)
    notes.push(`model.gate.notWorseThanServing is not applied: ${serving.reason}.`);
  const key = (setting: string): string => report.key(setting);
  for (const problem of promotionGateProblems(gate, { tags, model: shown }, serving, key))
    report.add(problem);
}

/** The base model's list of sizes applies to the models trained from it, as in the training stack. */
async function checkSize(
  { cloud, report, config, notes }: CheckContext,
  { tags }: RegistryModelVersion,
): Promise<void> {
  const { enabled, instanceType, allowUnlistedInstanceType } = config.endpoint;
  const baseModel = registryRefOf(tags.baseModel ?? "");
  if (!enabled || !baseModel) return;
  const { registry, name, version } = baseModel;
  const found = await cloud.model(registry, name, version).catch((error: unknown) => errorText(error));
  if (typeof found === "string") {
    notes.push(`The sizes that ${name} allows could not be read and are not checked: ${found}`);
    return;
  }
  const problem = inferenceSizeProblem(
    report.key("endpoint.instanceType"),
    instanceType,
    allowList(found.tags, "inference"),
    allowUnlistedInstanceType,
  );
  if (problem) report.add(problem);
}
