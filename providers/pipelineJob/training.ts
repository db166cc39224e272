import type { Job } from "../../azureml/clients/jobs";
import type { AzureSession } from "../../azureml/clients/session";
import { recordedTags } from "../../azureml/recordedTags";
import { PartialFailure } from "../shared/handler";
import { logLine } from "../shared/log";
import { acceptModel, allKept } from "./acceptance";
import { type Claim, claimJob, type Claimant } from "./claim";
import { jobFailure } from "./failure";
import { followToCompletion } from "./follow";
import { type JobInputs, type JobOutputs, lossDataOf, sentParameters } from "./inputs";
import { baseName, trainedModelUri } from "./jobName";
import { readOutcome } from "./outcome";
import { defaultMaxPreemptions } from "./preemption";
import { formatDuration, formatMetric } from "./progressText";

/**
 * Claims a job and follows it to completion. Every error after the claim is a `PartialFailure`, so that the state keeps
 * the job.
 */
export async function train(
  session: AzureSession,
  inputs: JobInputs,
  claimant: Claimant,
): Promise<JobOutputs> {
  const claim = await claimJob(session, inputs, claimant);
  const { job, registration } = claim;
  reportClaim(claim, inputs);
  const outs: JobOutputs = {
    ...inputs,
    instance: claimant.instance,
    registration,
    keptJobs: claimant.keptJobs,
    jobName: job.name,
    attempt: claim.attempt,
    status: job.status,
    studioUrl: job.studioUrl,
    outputUri: trainedModelUri(job.name),
    metrics: {},
    startedAt: "",
    endedAt: "",
  };
  try {
    const ended = claim.decision === "adopt" ? job : await follow(session, inputs, job, outs);
    if (ended.status !== "Completed") throw await jobFailure(session, inputs.workspace, ended);
    Object.assign(outs, await readOutcome(session, inputs.workspace, ended));
    const { name, studioUrl } = ended;
    outs.recorded = recordedTags(job.tags, outs.metrics);
    const { metrics, recorded } = outs;
    const candidate = { name, studioUrl, registration, metrics, recorded };
    const { accepted, keptJobs } = await acceptModel(session, inputs, candidate, claimant.instance);
    outs.accepted = accepted;
    // Jobs that stayed in use earlier are released with this resource, after a new model has replaced theirs.
    outs.keptJobs = allKept(outs.keptJobs, keptJobs);
    reportOutcome(outs);
    return outs;
  } catch (error) {
    // A completed job that misses the gate must not look successful in the state.
    if (outs.status === "Completed") outs.status = "Rejected";
    throw new PartialFailure(baseName(inputs), outs, error);
  }
}

async function follow(session: AzureSession, inputs: JobInputs, job: Job, outs: JobOutputs): Promise<Job> {
  const ended = await followToCompletion({
    session,
    job,
    workspace: inputs.workspace,
    compute: inputs.compute,
    parameters: sentParameters(inputs),
    deadlineMinutes: inputs.deadlineMinutes,
    maxPreemptions: inputs.maxPreemptions ?? defaultMaxPreemptions,
    onStatus: (status) => {
      outs.status = status;
    },
  });
  // The response to the PUT does not always contain the URL.
  outs.studioUrl ||= ended.studioUrl;
  return ended;
}

function reportClaim({ job, attempt, decision }: Claim, inputs: JobInputs): void {
  const text = {
    submit: attempt === 1 ? "submitted" : `submitted as attempt ${attempt}`,
    adopt: "adopted: this training has already completed",
    attach: `attached: this training is already ${job.status}`,
  }[decision];
  logLine(job.name, `${text}${job.studioUrl ? `, ${job.studioUrl}` : ""}`);
  const omitted = inputs.omittedParameters.filter((name) => name in inputs.parameters);
  if (decision === "submit" && omitted.length > 0)
    logLine(job.name, `not sent, the component does not declare them: ${omitted.join(", ")}`);
}

function reportOutcome(outs: JobOutputs): void {
  const took = Date.parse(outs.endedAt) - Date.parse(outs.startedAt);
  const metrics = ["train_loss", "loss", "eval_loss"]
    .filter((name) => outs.metrics[name] !== undefined)
    .map((name) => `${name} ${formatMetric(outs.metrics[name] ?? 0)}`);
  const measured = outs.metrics.eval_loss === undefined ? [] : [`eval_loss measured on ${lossDataOf(outs)}`];
  const parts = [...(Number.isFinite(took) ? [`took ${formatDuration(took)}`] : []), ...metrics, ...measured];
  logLine(outs.jobName, `finished${parts.length > 0 ? `: ${parts.join(", ")}` : ""}`);
}
