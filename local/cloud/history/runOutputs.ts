/** The outputs of runs as run history shows them, and the addresses of their files. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { bodyOf } from "../arm/body";
import { ArmError } from "../armError";
import type { Cloud } from "../cloud";
import type { StoredOutput } from "../ml/jobs/jobRecord";
import { outputsOf, runNamed, type JobRun } from "../ml/jobs/jobRuns";
import { invalidProperty } from "../ml/request";
import { workspaceOf, WORKSPACE_ROUTE, type Workspace } from "../ml/workspace";
import { accepts, members } from "../strict/declaration";

/**
 * Run history's names of asset types: MLFlowModel is in the details of public runs (best_model of AutoML runs), UriFolder
 * is what promptflow writes (microsoft/promptflow, run history client), and azure-ai-ml compares with all of them
 * (operations/_job_ops_helper.py). The versions 1.33.0 to 1.35.2 of azure-ai-ml fail on a model here, in their own code
 * (`BatchGetResolvedUrisDto` got an unexpected argument `values`), as users see on Azure too.
 */
const TYPES: Record<string, string> = {
  mlflow_model: "MLFlowModel",
  custom_model: "CustomModel",
  triton_model: "TritonModel",
  uri_file: "UriFile",
  uri_folder: "UriFolder",
  mltable: "MLTable",
};

export function historyType(type: string): string {
  return TYPES[type] ?? type;
}

/** Outputs are maps of typed references. */
export function outputsDto(workspace: Workspace, run: JobRun): Record<string, unknown> {
  const entries = Object.entries(outputsOf(run)).map(([name, output]) => [
    name,
    { assetId: assetId(workspace, output), type: historyType(output.type) },
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

/**
 * Every output is an asset, with a name of the service's unless the job names it: the forms are those of public runs
 * (`azureml_<run>_output_<output>` of models, `azureml_<run>_output_data_<output>` of data).
 */
function assetId({ location, guid }: Workspace, { component, runId, type, asset }: StoredOutput): string {
  const isModel = type.endsWith("_model");
  const own = { name: `azureml_${runId}_output_${isModel ? "" : "data_"}${component}`, version: "1" };
  const { name, version } = asset ?? own;
  return `azureml://locations/${location}/workspaces/${guid}/${isModel ? "models" : "data"}/${name}/versions/${version}`;
}

const OWN = /^azureml_(.+)_output_(?:data_)?[^/]+$/;

/** `azureml://locations/<location>/workspaces/<guid>/<models|data>/<name>/versions/<version>` */
function resolve(
  cloud: Cloud,
  workspace: Workspace,
  segment: string,
  id: string,
): { uri: string; type: string } {
  const [, guid = "", kind = "", name = "", version = ""] =
    /^azureml:\/\/locations\/[^/]+\/workspaces\/([^/]+)\/([^/]+)\/([^/]+)\/versions\/([^/]+)$/i.exec(id) ??
    [];
  if (guid === workspace.guid && kind === segment) {
    const run = runNamed(cloud, workspace, OWN.exec(name)?.[1] ?? "");
    const output = run && Object.values(outputsOf(run)).find((one) => assetId(workspace, one) === id);
    const asset = cloud.resources.get(`${workspace.id}/${segment}/${name}/versions/${version}`)?.properties;
    const uri = output?.uri ?? asset?.[segment === "models" ? "modelUri" : "dataUri"];
    const type = output?.type ?? asset?.[segment === "models" ? "modelType" : "dataType"];
    if (typeof uri === "string") return { uri, type: historyType(String(type)) };
  }
  throw new ArmError(404, "UserError", `The asset ${id} was not found in workspace ${workspace.name}.`);
}

/** azure-ai-ml resolves the outputs of a run with these before it downloads them (_restclient: dataset and model dataplane). */
export function registerResolvedUris(app: FastifyInstance, cloud: Cloud): void {
  const body = members("values");
  const resolveAll = (
    request: FastifyRequest,
    segment: string,
  ): Array<[string, { uri: string; type: string }]> => {
    const workspace = workspaceOf(cloud, request);
    const { values } = bodyOf(request);
    if (!Array.isArray(values)) throw invalidProperty("values", "must be a list of asset ids.");
    return values.map((id: unknown) => [String(id), resolve(cloud, workspace, segment, String(id))]);
  };
  const models = accepts("addresses of model assets", { readOnly: true, body });
  app.post(`/modelregistry/v1.0${WORKSPACE_ROUTE}/models/batchGetResolvedUris`, models, (request) => {
    const found = resolveAll(request, "models").map(([id, { uri: path, type }]) => [id, { path, type }]);
    return { values: Object.fromEntries(found) as unknown };
  });
  const data = accepts("addresses of data assets", { readOnly: true, body });
  app.post(`/data/v1.0${WORKSPACE_ROUTE}/dataversion/batchGetResolvedUris`, data, (request) => ({
    values: Object.fromEntries(resolveAll(request, "data")) as unknown,
  }));
}
