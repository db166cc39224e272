import { getJob, type Job } from "../../azureml/clients/jobs";
import { getServedModel, type ServedModel } from "../../azureml/clients/servedModel";
import type { AzureSession } from "../../azureml/clients/session";
import { AzureMlError } from "../../azureml/errors";
import { hasComparisonTags, modelVersion } from "../../azureml/names";
import { pickTags, recordedTagNames } from "../../azureml/recordedTags";
import { servingLimit, validationTag } from "../../azureml/servingLimit";
import { logLine } from "../shared/log";
import { checkGate, needsServedModel } from "./gate";
import type { JobInputs } from "./inputs";
import { attemptsOf, trainedModelUri } from "./jobName";
import { readOutcome } from "./outcome";
import { takeJob } from "./ownership";
import type { Accepted } from "./resource";

/** A completed job to judge. */
interface Candidate {
  name: string;
  studioUrl: string;
  registration: string;
  metrics: Record<string, number>;
  /** As in the outputs. */
  recorded?: Record<string, string>;
}

/** `accepted` and `keptJobs` of the outputs; nothing without `gate.onMiss: keepServing`. */
export interface Acceptance {
  accepted?: Accepted;
  keptJobs?: string[];
}

/** Jobs that stay in use, without repetitions; undefined for none, so that the outputs do not contain an empty list. */
export function allKept(...lists: Array<string[] | undefined>): string[] | undefined {
  const names = new Set(lists.flatMap((list) => list ?? []));
  return names.size > 0 ? [...names] : undefined;
}

/**
 * Decides which model the stack uses: that of the job if it meets the gate, else, with `onMiss: keepServing`, the one that
 * serves now.
 * @param instance the resource that then uses the job of the model that stays. Without it nothing is written (previews).
 * @throws AzureMlError `LossGate`, `LossGateNoMetric` if the job misses the gate and no model stays.
 */
export async function acceptModel(
  session: AzureSession,
  inputs: JobInputs,
  candidate: Candidate,
  instance?: string,
): Promise<Acceptance> {
  const { gate } = inputs;
  const served =
    needsServedModel(gate) && gate?.endpointName
      ? await getServedModel(session, inputs.workspace, gate.endpointName)
      : undefined;
  const serving = gate?.notWorseThanServing ? servingLimit(served, candidate.name, inputs) : undefined;
  if (serving && "reason" in serving)
    logLine(candidate.name, `gate.notWorseThanServing is not applied: ${serving.reason}`);
  try {
    checkGate(inputs, candidate.metrics, candidate, serving);
    return gate?.onMiss === "keepServing" ? { accepted: ownModel(inputs, candidate) } : {};
  } catch (error) {
    if (gate?.onMiss !== "keepServing" || !(error instanceof AzureMlError)) throw error;
    const kept = keptModel(served, candidate.name, gate.modelName);
    if ("reason" in kept) {
      logLine(candidate.name, `gate.onMiss: keepServing is not possible: ${kept.reason}`);
      throw error;
    }
    logLine(
      candidate.name,
      `warning: ${error.message} ${kept.model.name}:${kept.model.version} continues to serve.`,
    );
    return keep(session, inputs, kept, instance);
  }
}

function ownModel(inputs: JobInputs, candidate: Candidate): Accepted {
  const { name, studioUrl, registration, metrics, recorded } = candidate;
  const { modelId, componentId, trainData, testData } = inputs;
  const lineage = { modelId, componentId, trainData, testData };
  return {
    ...{ jobName: name, registration, studioUrl, outputUri: trainedModelUri(name), metrics, ...lineage },
    ...modelTags(inputs, candidate),
    recorded,
  };
}

/** Tags by which a later job can be compared with a model. */
function modelTags(
  { validationData }: JobInputs,
  { registration, metrics }: Candidate,
): Pick<Accepted, "evalLoss" | "validationData"> {
  if (!hasComparisonTags(registration) || metrics.eval_loss === undefined) return {};
  return { evalLoss: String(metrics.eval_loss), validationData: validationTag(validationData) };
}

type Kept = { model: ServedModel; jobName: string; registration: string } | { reason: string };

/** The model that serves, if the stack can describe it exactly as it was registered: otherwise it would be replaced. */
function keptModel(served: ServedModel | undefined, candidate: string, modelName: string | undefined): Kept {
  if (!served) return { reason: "no model serves yet" };
  const { name, version, tags } = served;
  if (served.registry !== undefined)
    return {
      reason: `${name}:${version} of registry ${served.registry} serves: this stack did not train it`,
    };
  const { job, registration } = tags;
  if (job === candidate) return { reason: "the model that serves is the one of this job" };
  if (name !== modelName)
    return { reason: `${name}:${version} serves, and the stack registers models as ${modelName}` };
  const missing = ["job", "registration", "baseModel", "component", "trainData", "testData"].filter(
    (tag) => !tags[tag],
  );
  if (job === undefined || registration === undefined || missing.length > 0)
    return { reason: `${name}:${version}, which serves, has no tags ${missing.join(", ")}` };
  if (modelVersion(job, registration) !== version)
    return { reason: `${name}:${version}, which serves, was not registered from job ${job} by this program` };
  return { model: served, jobName: job, registration };
}

async function keep(
  session: AzureSession,
  { workspace }: JobInputs,
  { model: { tags }, jobName, registration }: Exclude<Kept, { reason: string }>,
  instance: string | undefined,
): Promise<Acceptance> {
  const job = await getJob(session, workspace, jobName);
  const keptJobs = instance === undefined ? [] : attemptsOf(jobName);
  // Earlier attempts too: if their user deleted them, a return to their settings would train again.
  for (const name of keptJobs) {
    const one: Job | undefined = name === jobName ? job : await getJob(session, workspace, name);
    if (one && instance !== undefined) await takeJob(session, workspace, one, { instance, registration });
  }
  const { metrics } = job ? await readOutcome(session, workspace, job) : { metrics: {} };
  const lineage = {
    modelId: tags.baseModel ?? "",
    componentId: tags.component ?? "",
    trainData: tags.trainData ?? "",
    testData: tags.testData ?? "",
  };
  const comparable =
    tags.evalLoss === undefined ? {} : { evalLoss: tags.evalLoss, validationData: tags.validationData };
  return {
    accepted: {
      ...{ jobName, registration, studioUrl: job?.studioUrl ?? "", outputUri: trainedModelUri(jobName) },
      ...{ metrics, ...lineage, ...comparable },
      // As they are: a model that stays must keep its tags.
      recorded: pickTags(tags, recordedTagNames),
    },
    keptJobs,
  };
}
