/** What a job says about its outputs: where they are stored and what they are registered as. */
import { isObject, type Json, textAt } from "../../arm/body";
import type { Cloud } from "../../cloud";
import { NAMES, requireName } from "../../rules/names";
import { parseAssetUri } from "../assetUris";
import { invalidProperty } from "../request";
import type { Workspace } from "../workspace";

export interface OutputSettings {
  /** `mlflow_model`, `uri_folder`, … */
  type?: string;
  /** With the service's expressions. */
  uri?: string;
  /** Name and version of the asset that the output becomes. */
  name?: string;
  version?: string;
}

/**
 * The service's default place (MicrosoftDocs/azure-ai-docs, how-to-manage-inputs-outputs-pipeline.md, "Customize output
 * paths"). The folder `azureml` is what a run on Azure shows: `azureml/<run of the step>/<output of the component>`.
 */
const DEFAULT_URI = "azureml://datastores/${{default_datastore}}/paths/azureml/${{name}}/${{output_name}}";
const EXPRESSION = /\$\{\{\s*([^{}]*?)\s*\}\}/g;
const EXPRESSIONS = ["default_datastore", "name", "output_name"] as const;

type Values = Record<(typeof EXPRESSIONS)[number], string>;

/**
 * Reads the settings of an output in either spelling: of a pipeline (camelCase) or of a node (snake_case, `name` and
 * `version`: azure-ai-ml 1.35.2, NodeIOMixin._to_rest_outputs).
 * @throws ArmError 400 for an asset version without a name, a name that is not allowed and an unknown expression
 */
export function readOutputSettings(output: Json, path: string): OutputSettings {
  const text = (...keys: string[]): string | undefined =>
    keys
      .map((key) => textAt(output, key, `${path}.${key}`))
      .find((value) => value !== undefined && value !== "");
  const type = text("jobOutputType", "job_output_type", "type");
  const uri = text("uri", "path");
  const name = text("assetName", "asset_name", "name");
  const version = text("assetVersion", "asset_version", "version");
  if (name !== undefined) requireName(name, NAMES.asset, "asset name", `${path}.assetName`);
  else if (version !== undefined)
    throw invalidProperty(`${path}.assetVersion`, "is given without assetName; name the asset, too.");
  for (const [expression, inner = ""] of (uri ?? "").matchAll(EXPRESSION)) {
    if ((EXPRESSIONS as readonly string[]).includes(inner)) continue;
    const known = EXPRESSIONS.map((one) => `\${{${one}}}`).join(", ");
    throw invalidProperty(
      `${path}.uri`,
      `has the expression ${expression}, which does not exist; there are ${known}.`,
    );
  }
  return {
    ...(type === undefined || type === "literal" ? {} : { type }),
    ...(uri === undefined ? {} : { uri }),
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { version }),
  };
}

/**
 * Checks that the workspace has the datastore of every output.
 * @throws ArmError 400
 */
export function requireDatastores(
  cloud: Cloud,
  workspace: Workspace,
  outputs: Readonly<Record<string, OutputSettings>>,
  settings: unknown,
): void {
  for (const [output, { uri }] of Object.entries(outputs)) {
    const values = { default_datastore: defaultDatastore(settings), name: "name", output_name: output };
    const parsed = parseAssetUri(resolved(uri, values), "data");
    const datastore = parsed?.kind === "datastore" ? parsed.datastore : undefined;
    if (datastore !== undefined && cloud.resources.get(`${workspace.id}/datastores/${datastore}`)) continue;
    throw invalidProperty(
      `properties.outputs.${output}.uri`,
      datastore === undefined
        ? `is "${uri ?? ""}", must be azureml://datastores/<datastore>/paths/<path>.`
        : `names the datastore "${datastore}", which workspace ${workspace.name} does not have.`,
    );
  }
}

/**
 * Replaces the service's expressions: `${{name}}` is the run of the step, not the pipeline's, and `${{output_name}}` the
 * component's name of the output (MicrosoftDocs/azure-docs, concept-expressions.md). That the step is the one that
 * writes the output, and not the pipeline component around it, is inferred.
 */
export function resolved(uri: string | undefined, values: Values): string {
  return (uri ?? DEFAULT_URI).replace(EXPRESSION, (_, name: string) => values[name as keyof Values]);
}

/** `settings.default_datastore` of the pipeline, as a name, `azureml:name` or ARM id. Default: the workspace's. */
export function defaultDatastore(settings: unknown): string {
  const given = isObject(settings)
    ? (settings["default_datastore"] ?? settings["defaultDatastore"])
    : undefined;
  const name =
    typeof given === "string"
      ? given
          .split("/")
          .at(-1)
          ?.replace(/^azureml:/i, "")
      : undefined;
  return name || "workspaceblobstore";
}
