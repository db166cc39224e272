import { createHash } from "node:crypto";
import { z } from "zod";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { canonicalJson } from "../../azureml/records";
import { diffOf, type DiffResult, type Properties } from "../handlers/base";
import { nonEmpty, resourceName, workspaceSchema } from "../handlers/schemas";

export interface JobInputs {
  workspace: WorkspaceRef;
  namePrefix: string;
  experimentName: string;
  displayName: string;
  component: { registry: string; name: string; version: string };
  modelId: string;
  trainData: string;
  testData: string;
  compute: string;
  gpusPerNode: number;
  parameters: Record<string, string>;
  description?: string;
  tags?: Record<string, string>;
  deadlineMinutes: number;
  onDestroy: "archive" | "delete" | "keep";
  gate?: { maxEvalLoss?: number };
  /** Added by check. */
  componentId: string;
  omittedParameters: string[];
  specHash: string;
}

export interface JobOutputs extends JobInputs {
  /** Made anew by every create, kept by updates: names of what is made from an adopted job must not meet earlier ones. */
  registration?: string;
  jobName: string;
  attempt: number;
  status: string;
  studioUrl: string;
  outputUri: string;
  metrics: Record<string, number>;
  startedAt: string;
  endedAt: string;
}

const assetUri = z
  .string()
  .regex(
    /^(azureml:|\/subscriptions\/)/,
    "a data asset id (/subscriptions/…/data/…/versions/…) or an azureml:// URI",
  );

export const jobSchema = z.looseObject({
  workspace: workspaceSchema,
  // Room for "-<10 hex digits>-<attempt>"; the service allows 255 characters.
  namePrefix: z
    .string()
    .regex(
      /^[A-Za-z0-9][\w-]{0,199}$/,
      "1 to 200 letters, digits, '-' and '_', beginning with a letter or digit",
    ),
  experimentName: nonEmpty.max(255, "at most 255 characters"),
  displayName: nonEmpty,
  component: z.object({ registry: resourceName, name: resourceName, version: nonEmpty }),
  modelId: assetUri,
  trainData: assetUri,
  testData: assetUri,
  compute: resourceName,
  gpusPerNode: z.int("a whole number").min(1, "at least 1"),
  parameters: z.record(z.string(), z.string("must be text; numbers and booleans are sent as text")),
  description: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  deadlineMinutes: z.number().positive("more than 0 minutes"),
  onDestroy: z.enum(["archive", "delete", "keep"]),
  gate: z.object({ maxEvalLoss: z.number().positive("more than 0").optional() }).optional(),
});

/** Inputs that make another training: another value of one is another job. */
const trainedOn = ["modelId", "trainData", "testData", "gpusPerNode", "componentId"] as const;

/** Inputs that concern how it runs or what is said about it: the finished training stays. */
const aboutIt = [
  "experimentName",
  "displayName",
  "component",
  "compute",
  "description",
  "tags",
  "deadlineMinutes",
  "onDestroy",
  "gate",
  "omittedParameters",
] as const;

/** Parameters that are really sent. */
export function sentParameters(
  inputs: Pick<JobInputs, "parameters" | "omittedParameters">,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inputs.parameters).filter(([name]) => !inputs.omittedParameters.includes(name)),
  );
}

/** Hash (64 hex digits) of what a job trains on and how; nothing of names, time or place is in it. */
export function specHash(
  inputs: Pick<JobInputs, (typeof trainedOn)[number] | "parameters" | "omittedParameters">,
): string {
  const spec = {
    ...Object.fromEntries(trainedOn.map((key) => [key, inputs[key]])),
    parameters: sentParameters(inputs),
  };
  return createHash("sha256").update(canonicalJson(spec), "utf8").digest("hex");
}

/** `<namePrefix>-<first 10 digits of the hash>`; the id of the resource. */
export function baseName(inputs: Pick<JobInputs, "namePrefix" | "specHash">): string {
  return `${inputs.namePrefix}-${inputs.specHash.slice(0, 10)}`;
}

/** Attempt 1 has the base name, later ones `-2`, `-3`, … */
export function attemptName(base: string, attempt: number): string {
  return attempt === 1 ? base : `${base}-${attempt}`;
}

/** Where the trained model of a job is. */
export function outputUri(jobName: string): string {
  return `azureml://jobs/${jobName}/outputs/trained_model`;
}

/**
 * What the change of inputs means. Another training is a replacement, made before the old one goes; anything else is an
 * update. A job that is not Completed always needs an update: it is followed to its end or tried again.
 */
export function diffFineTuneJob(olds: Properties, news: Properties): DiffResult {
  const place = diffOf(olds, news, { replace: ["workspace", "namePrefix"], update: aboutIt });
  const sameTraining = olds.specHash === news.specHash;
  const causes = sameTraining
    ? []
    : diffOf(olds, news, { replace: [...trainedOn, "parameters"], update: [] }).replaces;
  const replaces = [...place.replaces, ...(sameTraining || causes.length > 0 ? causes : ["specHash"])];
  return {
    ...place,
    replaces,
    changes: place.changes || replaces.length > 0 || olds.status !== "Completed",
  };
}
