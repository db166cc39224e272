/** The model registry of MLflow over the models of a workspace: a registered model is a container, its versions are the versions. */
import { type Json } from "../arm/body";
import type { ArmResource, Cloud } from "../cloud";
import { registerContainer, registerVersion, nextVersion } from "../ml/assets/assetType";
import { MODELS } from "../ml/assets/models";
import type { Workspace } from "../ml/workspace";
import { NAMES, requireName } from "../rules/names";
import type { Reader, Value } from "./filter";
import { invalidParameter, MlflowError, readPairs, requiredText, type MlflowRequest } from "./wire";

/** Which stages there are: MLflow's REST API, TransitionModelVersionStage. */
const STAGES = ["None", "Staging", "Production", "Archived"];

const containerId = (workspace: Workspace, name: string): string => `${workspace.id}/models/${name}`;

export function containers(cloud: Cloud, { workspace }: MlflowRequest): ArmResource[] {
  const type = "Microsoft.MachineLearningServices/workspaces/models";
  return cloud.resources.ofType(type, (id) => id.startsWith(`${workspace.id}/`.toLowerCase()));
}

/** In the order of their creation. */
export function versionsOf(cloud: Cloud, container: ArmResource): ArmResource[] {
  return cloud.resources.children(container.id);
}

export function existingContainer(cloud: Cloud, { workspace, input }: MlflowRequest): ArmResource {
  const name = requiredText(input, "name");
  const found = cloud.resources.get(containerId(workspace, name));
  if (found) return found;
  throw new MlflowError(404, "RESOURCE_DOES_NOT_EXIST", `Registered Model with name=${name} not found`);
}

export function existingVersion(cloud: Cloud, request: MlflowRequest): ArmResource {
  const container = existingContainer(cloud, request);
  const version = requiredText(request.input, "version");
  const found = cloud.resources.get(`${container.id}/versions/${version}`);
  if (found) return found;
  const message = `Model Version (name=${container.name}, version=${version}) not found`;
  throw new MlflowError(404, "RESOURCE_DOES_NOT_EXIST", message);
}

export async function createContainer(
  cloud: Cloud,
  { workspace, input }: MlflowRequest,
): Promise<ArmResource> {
  const name = requiredText(input, "name");
  requireName(name, NAMES.asset, "model name", "name");
  if (cloud.resources.get(containerId(workspace, name))) {
    const message = `Registered Model (name=${name}) already exists.`;
    throw new MlflowError(400, "RESOURCE_ALREADY_EXISTS", message);
  }
  const properties = { description: input["description"], tags: readPairs(input["tags"], "tags") };
  return registerContainer(cloud, workspace, MODELS, { name, properties });
}

export async function createVersion(cloud: Cloud, request: MlflowRequest): Promise<ArmResource> {
  const { workspace, input } = request;
  const container = existingContainer(cloud, request);
  const properties = {
    modelType: "mlflow_model",
    modelUri: modelUriOf(requiredText(input, "source")),
    description: input["description"],
    tags: readPairs(input["tags"], "tags"),
  };
  const version = nextVersion(cloud, container.id);
  return registerVersion(cloud, workspace, MODELS, { name: container.name, version, properties });
}

export function changeContainer(cloud: Cloud, container: ArmResource, change: Json): ArmResource {
  const changed = { ...container, properties: { ...container.properties, ...change } };
  cloud.resources.put(changed);
  return changed;
}

export function changeVersion(
  cloud: Cloud,
  { workspace }: MlflowRequest,
  resource: ArmResource,
  change: Json,
): Promise<ArmResource> {
  const name = nameOf(resource);
  const properties = { ...resource.properties, ...change };
  return registerVersion(cloud, workspace, MODELS, { name, version: resource.name, properties });
}

export function stageOf(input: Json): string | null {
  const given = requiredText(input, "stage");
  const stage = STAGES.find((known) => known.toLowerCase() === given.toLowerCase());
  if (!stage) throw invalidParameter(`stage is "${given}", allowed: ${STAGES.join(", ")}.`);
  return stage === "None" ? null : stage;
}

/**
 * The address of a model's files in the forms that mlflow with azureml-mlflow 1.62 sends: below a run's artifacts, below an upload
 * from the client's disk (`azureml://artifacts/…`), or as `azureml://jobs/…` and the like, which stay.
 */
function modelUriOf(source: string): string {
  const [, run, below = ""] = /\/experiments\/[^/]+\/runs\/([^/]+)\/artifacts\/?(.*)$/.exec(source) ?? [];
  if (run !== undefined) return `${STORE}/ExperimentRun/dcid.${run}/${below}`;
  return source.replace(/^azureml:\/\/artifacts\//, `${STORE}/`);
}
const STORE = "azureml://datastores/workspaceartifactstore/paths";

function nameOf({ id }: ArmResource): string {
  return id.split("/").at(-3) ?? "";
}

export function tagsAfter(resource: ArmResource, input: Json): Record<string, string> {
  const tags = resource.properties["tags"] as Record<string, string>;
  return { ...tags, [requiredText(input, "key")]: String(input["value"] ?? "") };
}

/** The newest version of each stage. */
export function latestVersions(cloud: Cloud, container: ArmResource, stages?: unknown): ArmResource[] {
  const wanted = Array.isArray(stages) ? stages : typeof stages === "string" ? [stages] : [];
  const newest = new Map(versionsOf(cloud, container).map((version) => [currentStage(version), version]));
  return [...newest].filter(([stage]) => wanted.length === 0 || wanted.includes(stage)).map(([, one]) => one);
}

function currentStage({ properties }: ArmResource): string {
  return typeof properties["stage"] === "string" ? properties["stage"] : "None";
}

/** The run that made a model: its job, or the run whose artifact it is. */
function runOf({ properties }: ArmResource): string {
  const artifact = /\/ExperimentRun\/dcid\.([^/]+)/.exec(String(properties["modelUri"]))?.[1];
  return typeof properties["jobName"] === "string" ? properties["jobName"] : (artifact ?? "");
}

function wireCommon({ properties, systemData }: ArmResource): Json {
  const time = (name: string): number => Date.parse(String(systemData?.[name]));
  return {
    creation_timestamp: time("createdAt"),
    last_updated_timestamp: time("lastModifiedAt"),
    description: properties["description"] ?? "",
    tags: Object.entries(properties["tags"] as object).map(([key, value]: [string, unknown]) => ({
      key,
      value,
    })),
  };
}

export function wireVersion(resource: ArmResource): Json {
  return {
    name: nameOf(resource),
    version: resource.name,
    ...wireCommon(resource),
    current_stage: currentStage(resource),
    source: resource.properties["modelUri"],
    run_id: runOf(resource),
    status: "READY",
  };
}

export function wireModel(cloud: Cloud, container: ArmResource): Json {
  const latest = latestVersions(cloud, container).map(wireVersion);
  return { name: container.name, ...wireCommon(container), latest_versions: latest };
}

/**
 * MLflow 3 excludes prompts from every search by `!= 'true'`, which a model without the tag meets (mlflow 3.1, store/model_registry/
 * sqlalchemy_store.py). Any other tag that a model does not have meets no comparison.
 */
const impliedTags: Readonly<Record<string, string>> = { "mlflow.prompt.is_prompt": "false" };

const attribute = (name: string, known: Record<string, (item: ArmResource) => Value>) => {
  const tag = /^tags?\.[`"]?(.+?)[`"]?$/.exec(name)?.[1];
  if (tag !== undefined)
    return ({ properties }: ArmResource) =>
      (properties["tags"] as Record<string, string>)[tag] ?? impliedTags[tag];
  const read = Object.hasOwn(known, name) ? known[name] : undefined;
  if (read) return read;
  throw invalidParameter(
    `Unknown attribute "${name}", allowed: ${Object.keys(known).join(", ")}, tags.<name>.`,
  );
};

const changedAt = ({ systemData }: ArmResource): Value => Date.parse(String(systemData?.["lastModifiedAt"]));

export const readModel: Reader<ArmResource> = (name) =>
  attribute(name, { name: (item) => item.name, last_updated_timestamp: changedAt });

export const readVersion: Reader<ArmResource> = (name) =>
  attribute(name, {
    name: nameOf,
    version_number: (item) => Number(item.name),
    run_id: runOf,
    source_path: (item) => String(item.properties["modelUri"]),
    last_updated_timestamp: changedAt,
  });
