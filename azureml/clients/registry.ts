import { azureMlError, errorText } from "../errors";
import { redactedLine } from "../http/redact";
import { stringValues } from "../records";
import { apiVersions } from "./arm";
import { discoverRegistry } from "./registryAddress";
import type { AzureSession } from "./session";

export interface RegistryModel {
  /** `azureml://registries/<registry>/models/<name>/versions/<version>`. */
  id: string;
  name: string;
  version: string;
  tags: Record<string, string>;
  properties: Record<string, string>;
  description: string;
  /** For example `Development` or `Production`. Empty if the registry does not report it. */
  stage: string;
  isArchived: boolean;
  /** ISO 8601. Empty if the registry does not report it. */
  createdAt: string;
}

export interface ComponentInput {
  /** `string`, `integer`, `number`, `boolean`, `uri_file`, `mlflow_model`, … */
  type: string;
  optional: boolean;
  default?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
}

export interface RegistryComponent {
  /** `azureml://registries/<registry>/components/<name>/versions/<version>`. */
  id: string;
  name: string;
  version: string;
  inputs: Record<string, ComponentInput>;
  outputs: string[];
  isArchived: boolean;
}

interface VersionDocument {
  id?: string;
  name?: string;
  properties?: Record<string, unknown>;
  systemData?: { createdAt?: string };
}

/**
 * A model version. `latest` is the version created last that is not archived, as in Azure ML; if all are archived, the
 * version created last. Throws `AssetNotFound`.
 */
export async function getRegistryModel(
  session: AzureSession,
  registry: string,
  name: string,
  version: string,
): Promise<RegistryModel> {
  const document = await findVersion(session, registry, "models", name, version);
  const { properties = {} } = document;
  const resolved = documentVersion(document);
  return {
    id: `azureml://registries/${registry}/models/${name}/versions/${resolved}`,
    name,
    version: resolved,
    tags: { ...systemTags(properties.systemMetadata), ...stringValues(properties.tags) },
    properties: stringValues(properties.properties),
    stage: typeof properties.stage === "string" ? properties.stage : "",
    description: typeof properties.description === "string" ? properties.description : "",
    isArchived: properties.isArchived === true,
    createdAt: document.systemData?.createdAt ?? "",
  };
}

/** A component version with its declared inputs. `latest` as for models. Throws `AssetNotFound`. */
export async function getRegistryComponent(
  session: AzureSession,
  registry: string,
  name: string,
  version: string,
): Promise<RegistryComponent> {
  const document = await findVersion(session, registry, "components", name, version);
  const { properties = {} } = document;
  const spec = (properties.componentSpec ?? {}) as {
    inputs?: Record<string, Record<string, unknown>>;
    outputs?: Record<string, unknown>;
  };
  const resolved = documentVersion(document);
  return {
    id: `azureml://registries/${registry}/components/${name}/versions/${resolved}`,
    name,
    version: resolved,
    inputs: Object.fromEntries(
      Object.entries(spec.inputs ?? {}).map(([input, declared]) => [input, parseInput(declared)]),
    ),
    outputs: Object.keys(spec.outputs ?? {}),
    isArchived: properties.isArchived === true,
  };
}

/** Newest versions first, at most `limit` (default 10). Empty if the asset does not exist. */
async function listVersions(
  session: AzureSession,
  registry: string,
  kind: "models" | "components",
  name: string,
  limit = 10,
): Promise<string[]> {
  return (await newestVersions(session, registry, kind, name, limit)).map(documentVersion);
}

async function findVersion(
  session: AzureSession,
  registry: string,
  kind: "models" | "components",
  name: string,
  version: string,
): Promise<VersionDocument> {
  const found =
    version === "latest"
      ? ((await newestVersions(session, registry, kind, name, 1))[0] ??
        // A list contains no archived versions unless it is asked for them. They can still be used (how-to-manage-models).
        (await newestVersions(session, registry, kind, name, 1, "All"))[0])
      : await exactVersion(session, registry, kind, name, version);
  if (found) return found;
  const available = await listVersions(session, registry, kind, name, 5).catch((error: unknown) => [
    redactedLine(errorText(error), 100),
  ]);
  throw azureMlError("AssetNotFound", {
    what: kind === "models" ? "foundationModel" : "component",
    name,
    version: version === "latest" ? "at all" : version,
    registry,
    available: available.join(", ") || "none, there is no asset of this name",
  });
}

async function newestVersions(
  session: AzureSession,
  registry: string,
  kind: "models" | "components",
  name: string,
  limit: number,
  listViewType?: "All",
): Promise<VersionDocument[]> {
  const { baseUrl } = await discoverRegistry(session, registry);
  const response = await session.http({
    method: "GET",
    url: `${baseUrl}/${kind}/${encodeURIComponent(name)}/versions`,
    query: {
      "api-version": apiVersions.registry,
      $orderBy: "createdtime desc",
      $top: limit,
      listViewType,
    },
    what: `${kind} "${name}" of registry "${registry}"`,
    scope: session.cloud.armScope,
    accept: [404],
  });
  if (response.status === 404) return [];
  return ((response.body ?? {}) as { value?: VersionDocument[] }).value ?? [];
}

async function exactVersion(
  session: AzureSession,
  registry: string,
  kind: "models" | "components",
  name: string,
  version: string,
): Promise<VersionDocument | undefined> {
  const { baseUrl } = await discoverRegistry(session, registry);
  const response = await session.http({
    method: "GET",
    url: `${baseUrl}/${kind}/${encodeURIComponent(name)}/versions/${encodeURIComponent(version)}`,
    query: { "api-version": apiVersions.registry },
    what: `${kind} "${name}" version ${version} of registry "${registry}"`,
    scope: session.cloud.armScope,
    accept: [404],
  });
  return response.status === 404 ? undefined : (response.body as VersionDocument);
}

function documentVersion(document: VersionDocument): string {
  return document.id?.split("/versions/")[1]?.split("/")[0] ?? document.name ?? "";
}

/**
 * Facts that the sources of the registry's models moved from tags to `system_metadata` in June 2026 (Azure/azureml-assets,
 * #5150), under their names as tags: sizes and dates. Whether the registry returns them, and that it calls them
 * `systemMetadata`, is inferred.
 */
function systemTags(metadata: unknown): Record<string, string> {
  const { supportedComputes = {}, deprecation = {} } = (metadata ?? {}) as {
    supportedComputes?: { finetuneComputes?: string[]; inferenceComputes?: string[] };
    deprecation?: Record<string, string>;
  };
  const list = (sizes: string[]): string => `[${sizes.map((size) => `'${size}'`).join(", ")}]`;
  const { finetuneComputes, inferenceComputes } = supportedComputes;
  return {
    ...(finetuneComputes ? { finetune_compute_allow_list: list(finetuneComputes) } : {}),
    ...(inferenceComputes ? { inference_compute_allow_list: list(inferenceComputes) } : {}),
    ...Object.fromEntries(
      Object.entries(deprecation).map(([name, date]) => [
        name.charAt(0).toUpperCase() + name.slice(1),
        String(date),
      ]),
    ),
  };
}

/** A component's YAML calls its limits `min` and `max` (schema of azure-ai-ml); absent if it is no number. */
function limit<K extends "minimum" | "maximum">(name: K, value: unknown): Partial<Record<K, number>> {
  const number = value === undefined || value === null || value === "" ? Number.NaN : Number(value);
  return Number.isFinite(number) ? ({ [name]: number } as Record<K, number>) : {};
}

// The live service writes scalars of a component's YAML as strings ("True", "1").
function parseInput(declared: Record<string, unknown>): ComponentInput {
  const { type, optional, enum: allowed } = declared;
  return {
    type: typeof type === "string" ? type : "string",
    optional: String(optional).toLowerCase() === "true",
    ...(declared.default === undefined || declared.default === null
      ? {}
      : { default: String(declared.default) }),
    ...(Array.isArray(allowed) ? { enum: allowed.map(String) } : {}),
    ...limit("minimum", declared.min ?? declared.minimum),
    ...limit("maximum", declared.max ?? declared.maximum),
  };
}
