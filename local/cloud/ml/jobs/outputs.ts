import * as fs from "node:fs";
import * as path from "node:path";
import { isObject } from "../../arm/body";
import { ArmError } from "../../armError";
import { blobFolder, longDatastoreUri } from "../assetUris";
import type { Workspace } from "../workspace";
import type { JobContext } from "./jobRecord";
import type { PipelineSpec } from "./pipelineSpec";

const DEFAULT_DATASTORE = "workspaceblobstore";

const FOLDERS: Record<string, string> = {
  mlflow_model_folder: "mlflow_model_folder",
  pytorch_model_folder: "pytorch_model",
  evaluation_result: "evaluation_result",
};

/** Where the service stores a pipeline output unless the job names another place. */
function outputUri(workspace: Workspace, jobName: string, output: string): string {
  return longDatastoreUri(workspace, DEFAULT_DATASTORE, `azureml/${jobName}/${output}`);
}

/** Every declared output. @throws ArmError 400 for an output that is not an object */
export function shownOutputs(
  workspace: Workspace,
  jobName: string,
  declared: unknown,
): Record<string, unknown> {
  if (declared === undefined || declared === null) return {};
  if (!isObject(declared))
    throw new ArmError(400, "ValidationError", "properties.outputs must be an object.");
  return Object.fromEntries(
    Object.entries(declared).map(([name, output]) => {
      if (!isObject(output))
        throw new ArmError(400, "ValidationError", `properties.outputs.${name} must be an object.`);
      const given = output["uri"];
      const uri = typeof given === "string" && given !== "" ? given : outputUri(workspace, jobName, name);
      return [name, { mode: "ReadWriteMount", ...output, uri }];
    }),
  );
}

/** Uploads the component's outputs of these names that the pipeline's outputs refer to. Returns the URI of each. */
export async function uploadOutputs(
  { cloud, workspace, jobId }: JobContext,
  spec: PipelineSpec,
  folder: string,
  names: readonly string[],
): Promise<Array<{ output: string; uri: string }>> {
  const shown = cloud.resources.get(jobId)?.properties["outputs"];
  const uploaded: Array<{ output: string; uri: string }> = [];
  for (const [componentOutput, output] of Object.entries(spec.outputs)) {
    if (!names.includes(componentOutput)) continue;
    const source = path.join(folder, FOLDERS[componentOutput] ?? componentOutput);
    const entry = isObject(shown) ? shown[output] : undefined;
    const uri = isObject(entry) ? String(entry["uri"]) : "";
    const target = blobFolder(cloud, workspace, uri);
    if (!target)
      throw new ArmError(
        400,
        "UserError",
        `Output "${output}" has the uri "${uri}", which is not a datastore path.`,
      );
    if (!fs.existsSync(source)) continue;
    await cloud.blobs.uploadFrom(source, target);
    uploaded.push({ output, uri });
  }
  return uploaded;
}
