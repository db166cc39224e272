import { parse } from "yaml";
import { isObject } from "../../arm/body";
import { ArmError } from "../../armError";
import type { BlobPath, Cloud } from "../../cloud";
import { modelOfCompletedJob } from "../../rules/lifecycle";
import { blobFolder, longDatastoreUri, parseAssetUri, requireNoParent } from "../assetUris";
import { stateOf } from "../jobs/jobRecord";
import { outputsOf, runNamed } from "../jobs/jobRuns";
import type { Workspace } from "../workspace";

/** What the service derives from a model's files when a version is registered. */
interface ModelContent extends Record<string, unknown> {
  /** `azureml://subscriptions/…/datastores/…/paths/…` */
  modelUri: string;
  /** The job whose output the model is. */
  jobName: string | null;
  /** Flavors of the MLmodel file, each as `{data: {name: text}}`. Empty for other model types. */
  flavors: Record<string, unknown>;
}

/**
 * Finds a model's files from its URI.
 * @throws ArmError 404 for an unknown job, 400 for a job that is not Completed, an unknown output or
 * datastore, and an MLflow model without an MLmodel file
 */
export async function modelContent(
  cloud: Cloud,
  workspace: Workspace,
  uri: string,
  modelType: string,
): Promise<ModelContent> {
  requireNoParent(uri, "properties.modelUri");
  const { modelUri, jobName } = locate(cloud, workspace, uri);
  const folder = blobFolder(cloud, workspace, modelUri);
  if (!folder) throw refused(`it names a datastore that workspace ${workspace.name} does not have`, uri);
  const flavors = modelType === "mlflow_model" ? await readFlavors(cloud, folder, uri) : {};
  return { modelUri, jobName, flavors };
}

function locate(
  cloud: Cloud,
  workspace: Workspace,
  uri: string,
): { modelUri: string; jobName: string | null } {
  const parsed = parseAssetUri(uri, "models");
  if (parsed?.kind === "jobOutput") return fromJob(cloud, workspace, uri, parsed);
  if (parsed?.kind === "datastore") {
    return { modelUri: longDatastoreUri(workspace, parsed.datastore, parsed.path), jobName: null };
  }
  throw refused(
    "allowed are azureml://jobs/<job>/outputs/<output>, runs:/<job>/<output> and azureml://datastores/<datastore>/paths/<path>",
    uri,
  );
}

function fromJob(
  cloud: Cloud,
  workspace: Workspace,
  uri: string,
  { job: name, output, path }: { job: string; output: string; path: string },
): { modelUri: string; jobName: string } {
  const run = runNamed(cloud, workspace, name);
  if (!run) {
    const message = `properties.modelUri is "${uri}": job ${name} was not found in workspace ${workspace.name}.`;
    throw new ArmError(404, "NotFound", message, { target: "properties.modelUri" });
  }
  modelOfCompletedJob(name, (run.step ?? run.node)?.status ?? stateOf(run.job), uri);
  const outputs = outputsOf(run);
  const base = outputs[output]?.uri;
  if (base === undefined) {
    const known = Object.keys(outputs).join(", ");
    throw refused(`job ${name} has no output "${output}" (it has: ${known || "none"})`, uri);
  }
  return { modelUri: path === "" ? base : `${base}/${path}`, jobName: name };
}

async function readFlavors(cloud: Cloud, folder: BlobPath, uri: string): Promise<Record<string, unknown>> {
  const text = await cloud.blobs.getText({ ...folder, path: `${folder.path}/MLmodel` });
  if (text === undefined)
    throw refused("that folder has no MLmodel file, which an mlflow_model requires", uri);
  let mlmodel: unknown;
  try {
    mlmodel = parse(text);
  } catch (error) {
    throw refused(
      `its MLmodel file is not YAML (${error instanceof Error ? error.message : String(error)})`,
      uri,
    );
  }
  const flavors = isObject(mlmodel) ? mlmodel["flavors"] : undefined;
  if (!isObject(flavors)) throw refused("its MLmodel file has no flavors", uri);
  return Object.fromEntries(
    Object.entries(flavors).map(([name, flavor]) => [name, { data: flavorData(flavor) }]),
  );
}

/** The settings of a flavor in the API's form: texts under `data`. */
function flavorData(flavor: unknown): Record<string, string> {
  if (!isObject(flavor)) return {};
  const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
  return Object.fromEntries(Object.entries(flavor).map(([name, value]) => [name, text(value)]));
}

function refused(problem: string, uri: string): ArmError {
  return new ArmError(400, "UserError", `properties.modelUri is "${uri}": ${problem}.`, {
    target: "properties.modelUri",
  });
}
