/** Stores the outputs of a job's steps and registers them as the assets that the job names. */
import * as fs from "node:fs";
import * as path from "node:path";
import { isObject } from "../../arm/body";
import { ArmError } from "../../armError";
import type { Cloud } from "../../cloud";
import { nextVersion, registerVersion } from "../assets/assetType";
import { DATA } from "../assets/data";
import { MODELS } from "../assets/models";
import { blobFolder, longDatastoreUri, parseAssetUri } from "../assetUris";
import type { Workspace } from "../workspace";
import { addOutput, readJob, type StoredOutput } from "./jobRecord";
import { defaultDatastore, type OutputSettings, readOutputSettings, resolved } from "./outputSettings";
import type { PipelineSpec } from "./pipelineSpec";
import type { StepContext } from "./stepContext";

/** Folder of each output of the component below the job's, and the type that the component declares. */
const OUTPUTS: Record<string, { folder: string; type: string }> = {
  mlflow_model_folder: { folder: "mlflow_model_folder", type: "mlflow_model" },
  pytorch_model_folder: { folder: "pytorch_model", type: "uri_folder" },
  evaluation_result: { folder: "evaluation_result", type: "uri_folder" },
};

/** Every declared output. @throws ArmError 400 for an output that is not an object or has wrong settings */
export function shownOutputs(declared: unknown): Record<string, unknown> {
  if (declared === undefined || declared === null) return {};
  if (!isObject(declared))
    throw new ArmError(400, "ValidationError", "properties.outputs must be an object.");
  return Object.fromEntries(
    Object.entries(declared).map(([name, output]) => {
      if (!isObject(output))
        throw new ArmError(400, "ValidationError", `properties.outputs.${name} must be an object.`);
      readOutputSettings(output, `properties.outputs.${name}`);
      return [name, { mode: "ReadWriteMount", uri: null, ...output }];
    }),
  );
}

/** By the component's name: the settings of the node's output, over which those of the pipeline's output have priority. */
export function outputSettings(spec: PipelineSpec, declared: unknown): Record<string, OutputSettings> {
  const pipeline = isObject(declared) ? declared : {};
  const bound = Object.entries(spec.outputs).map(([component, name]): [string, OutputSettings] => {
    const output = pipeline[name];
    return [component, isObject(output) ? readOutputSettings(output, `properties.outputs.${name}`) : {}];
  });
  const all: Record<string, OutputSettings> = { ...spec.nodeOutputs };
  for (const [component, settings] of bound) all[component] = { ...all[component], ...settings };
  return all;
}

/** Stores the component's outputs of these names that the job has, and registers those that it names. */
export async function storeOutputs(step: StepContext, names: readonly string[]): Promise<void> {
  const { job, spec, runId, folder, log } = step;
  const { cloud, workspace, jobId, jobName } = job;
  const { outputs, settings } = readJob(cloud, jobId)?.job.properties ?? {};
  for (const [component, output] of Object.entries(outputSettings(spec, outputs))) {
    const declared = OUTPUTS[component];
    const source = path.join(folder, declared?.folder ?? component);
    if (!names.includes(component) || !fs.existsSync(source)) continue;
    const values = { default_datastore: defaultDatastore(settings), name: runId, output_name: component };
    const uri = longUri(workspace, resolved(output.uri, values));
    const target = blobFolder(cloud, workspace, uri);
    if (!target)
      throw new ArmError(400, "UserError", `Output "${component}": ${uri} is not a datastore path.`);
    await cloud.blobs.uploadFrom(source, target);
    const type = output.type ?? declared?.type ?? "uri_folder";
    const pipelineOutput = spec.outputs[component];
    const stored = {
      ...{ component, runId, type, uri },
      ...(pipelineOutput === undefined ? {} : { pipelineOutput }),
    };
    const asset = await register(cloud, workspace, jobName, output, { type, uri });
    addOutput(cloud, jobId, { ...stored, ...(asset ? { asset } : {}) });
    log(
      `${pipelineOutput ?? component} → ${uri}${asset ? `, registered as ${asset.name}:${asset.version}` : ""}`,
    );
  }
}

function longUri(workspace: Workspace, uri: string): string {
  const parsed = parseAssetUri(uri, "data");
  return parsed?.kind === "datastore" ? longDatastoreUri(workspace, parsed.datastore, parsed.path) : uri;
}

/** An asset version that exists with other content fails the step; what Azure does then is not documented. */
async function register(
  cloud: Cloud,
  workspace: Workspace,
  jobName: string,
  { name, version: given }: OutputSettings,
  { type, uri }: Pick<StoredOutput, "type" | "uri">,
): Promise<StoredOutput["asset"]> {
  if (name === undefined) return undefined;
  const kind = type.endsWith("_model") ? MODELS : DATA;
  const version = given ?? nextVersion(cloud, `${workspace.id}/${kind.segment}/${name}`);
  const properties = kind === MODELS ? { modelUri: uri, modelType: type } : { dataUri: uri, dataType: type };
  const made = await registerVersion(cloud, workspace, kind, { name, version, properties });
  if (kind === MODELS) cloud.resources.put({ ...made, properties: { ...made.properties, jobName } });
  return { name, version };
}
