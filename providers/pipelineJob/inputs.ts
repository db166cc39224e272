import { z } from "zod";
import { fromTrain } from "../../azureml/evaluation";
import { nonEmpty, resourceName, workspaceSchema } from "../shared/schemas";
import { gateSchema } from "./gateSchema";
import type { Accepted } from "./resource";

const assetUri = z
  .string()
  .regex(
    /^(azureml:|\/subscriptions\/)/,
    "a data asset id (/subscriptions/…/data/…/versions/…) or an azureml:// URI",
  );

export const jobSchema = z.object({
  workspace: workspaceSchema,
  // Leaves room for "-<10 hex digits>-<attempt>"; the service allows 255 characters.
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
  // Absent only in states of version 0.1.0, whose jobs were submitted without validation data.
  validationData: z.union([z.literal(fromTrain), assetUri]).optional(),
  compute: resourceName,
  gpusPerNode: z.int("a whole number").min(1, "at least 1"),
  parameters: z.record(z.string(), z.string("must be text; numbers and booleans are sent as text")),
  description: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  deadlineMinutes: z.number().positive("more than 0 minutes"),
  // Absent in older states and where the configuration sets none: `defaultMaxPreemptions`.
  maxPreemptions: z.int("a whole number").min(0, "at least 0").optional(),
  onDestroy: z.enum(["archive", "delete", "keep"]),
  // What a training may use, and its price. Absent in states of earlier versions; a change changes nothing in Azure.
  training: z
    .object({
      size: nonEmpty,
      lowPriority: z.boolean(),
      nodes: z.number().positive("more than 0"),
      gpusPerNode: z.number().positive("more than 0"),
      price: z.object({ perHour: z.number(), currency: nonEmpty, origin: nonEmpty }).optional(),
      maxGpuHours: z.number().optional(),
    })
    .optional(),
  // Settings that select the rows, by name. Absent in states of earlier versions.
  settings: z.record(z.string(), z.string()).optional(),
  gate: gateSchema.optional(),
});

/** The inputs of the resource and what `check` adds to them. */
export type JobInputs = z.infer<typeof jobSchema> & {
  componentId: string;
  omittedParameters: string[];
  specHash: string;
  /** The component splits the training data itself. Absent in states of version 0.1.0, for which it is true. */
  ownSplit?: boolean;
};

export interface JobOutputs extends JobInputs {
  /** Id of this instance of the resource, new for every create (ownership.ts). Absent in states of earlier versions. */
  instance?: string;
  /**
   * Makes the version of the registered model unique when a create adopts a job whose model was registered before and
   * whose user has been deleted since. Absent in states of earlier versions than 0.1.0.
   */
  registration?: string;
  jobName: string;
  attempt: number;
  status: string;
  studioUrl: string;
  outputUri: string;
  metrics: Record<string, number>;
  /** Tags for the model version: measured metrics, commit, run, person (azureml/recordedTags.ts). Absent in states of earlier versions. */
  recorded?: Record<string, string>;
  /** The model that the stack uses: the job's, or the one that serves. Only with `gate.onMiss: keepServing`. */
  accepted?: Accepted;
  /** Names of jobs of other resources that this one uses, because their model stayed (acceptance.ts). */
  keptJobs?: string[];
  startedAt: string;
  endedAt: string;
}

/** The parameters that the job request contains. */
export function sentParameters(
  inputs: Pick<JobInputs, "parameters" | "omittedParameters">,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inputs.parameters).filter(([name]) => !inputs.omittedParameters.includes(name)),
  );
}

/** The validation data that the job sends; `undefined` when the component splits the training data itself. */
export function validationFile({ validationData }: Pick<JobInputs, "validationData">): string | undefined {
  return validationData === fromTrain ? undefined : validationData;
}

/** The data of a job's `eval_loss`, for messages. */
export function lossDataOf(inputs: Pick<JobInputs, "validationData">): string {
  const file = validationFile(inputs);
  if (file === undefined) return "the last 20 % of the training data";
  const [, name, version] = /\/data\/([^/]+)\/versions\/([^/]+)$/.exec(file) ?? [];
  return name === undefined ? file : `data asset ${name}:${version}`;
}
