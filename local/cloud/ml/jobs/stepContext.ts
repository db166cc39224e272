import * as fs from "node:fs";
import * as path from "node:path";
import type { FineTune, LoadChatModel } from "../../../trainer/contract";
import { resolveDataUri } from "../assetUris";
import { StepError } from "./chatRows";
import type { JobContext } from "./jobRecord";
import type { PipelineSpec } from "./pipelineSpec";
import type { CheckedJob } from "./validateJob";

/** What the work of a step uses. */
export interface StepContext {
  job: JobContext;
  spec: PipelineSpec;
  checked: CheckedJob;
  /** Folder of the job, in which the steps leave files for each other. */
  folder: string;
  runId: string;
  fineTune: FineTune;
  loadChatModel: LoadChatModel;
  baseModelDir: string;
  signal: AbortSignal;
  /** Called after every optimizer step. */
  onTrainingStep: () => void;
  log: (line: string) => void;
}

/** Downloads the file of an input. Undefined if the job does not have the input. */
export async function downloadInput(step: StepContext, name: string): Promise<string | undefined> {
  const input = step.spec.inputs[name];
  if (input?.kind !== "asset") return undefined;
  const { cloud, workspace } = step.job;
  const blob = resolveDataUri(cloud, workspace, input.uri, `Input "${name}"`);
  const [file, ...more] = await cloud.blobs.downloadTo(blob, path.join(step.folder, "inputs", name));
  if (!file || more.length > 0) {
    throw new StepError(
      "UserError",
      `Input "${name}" is "${input.uri}": it must be one file, found ${more.length + (file ? 1 : 0)}.`,
    );
  }
  step.log(`Downloaded ${input.uri} (${fs.statSync(file).size} bytes)`);
  return file;
}

/** The files between the steps `chat_completion_datapreprocess`, `chat_completion_finetune` and `model_prediction`. */
export function dataFiles(folder: string): { train: string; validation: string; test: string } {
  const data = path.join(folder, "preprocessed");
  fs.mkdirSync(data, { recursive: true });
  const file = (name: string): string => path.join(data, `${name}.jsonl`);
  return { train: file("train"), validation: file("validation"), test: file("test") };
}
