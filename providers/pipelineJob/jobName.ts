import { createHash } from "node:crypto";
import { canonicalJson } from "../../azureml/records";
import { type JobInputs, sentParameters, validationFile } from "./inputs";

/** Inputs that determine the trained model. A new value of one of them, or of a sent parameter, is a new job. */
export const specInputs = ["modelId", "trainData", "testData", "gpusPerNode", "componentId"] as const;

/** SHA-256 (64 hex digits) of everything that determines the trained model. Names, times and places are no part of it. */
export function specHash(
  inputs: Pick<
    JobInputs,
    (typeof specInputs)[number] | "validationData" | "parameters" | "omittedParameters"
  >,
): string {
  const spec = {
    ...Object.fromEntries(specInputs.map((key) => [key, inputs[key]])),
    // Without validation data the hash is that of version 0.1.0, and so is the training.
    validationData: validationFile(inputs),
    parameters: sentParameters(inputs),
  };
  return createHash("sha256").update(canonicalJson(spec), "utf8").digest("hex");
}

/** `<namePrefix>-<first 10 digits of the hash>`: the id of the resource and the name of the first attempt. */
export function baseName(inputs: Pick<JobInputs, "namePrefix" | "specHash">): string {
  return `${inputs.namePrefix}-${inputs.specHash.slice(0, 10)}`;
}

/** The base name for attempt 1, with `-2`, `-3`, … for later attempts. */
export function attemptName(base: string, attempt: number): string {
  return attempt === 1 ? base : `${base}-${attempt}`;
}

/** The names of a job and of the attempts before it. */
export function attemptsOf(jobName: string): string[] {
  const [, base = jobName, last = "1"] = /^(.*-[0-9a-f]{10})-(\d+)$/.exec(jobName) ?? [];
  return Array.from({ length: Number(last) }, (_, index) => attemptName(base, index + 1));
}

/** URI of a job's trained model. */
export function trainedModelUri(jobName: string): string {
  return `azureml://jobs/${jobName}/outputs/trained_model`;
}
