import { randomUUID } from "node:crypto";
import { getJob } from "../../azureml/clients/jobs";
import type { AzureSession } from "../../azureml/clients/session";
import { findWorkspace } from "../../azureml/clients/workspaces";
import { registrationDigits } from "../../azureml/names";
import { canonicalJson } from "../../azureml/records";
import { handlerClass, PartialFailure } from "../shared/handler";
import { logLine } from "../shared/log";
import { acceptModel, allKept } from "./acceptance";
import { announceChange, resolveAndAnnounce } from "./announce";
import { diffPipelineJob } from "./diff";
import { type JobInputs, type JobOutputs, jobSchema } from "./inputs";
import { baseName } from "./jobName";
import { removeJobs } from "./removal";
import { train } from "./training";

const deletedOutside =
  "this job was deleted outside the stack; its result is kept. To train again, change a training input, for example finetune.seed";

/** True for a completed training with the same inputs whose job was deleted. It is not trained again. */
async function isDeletedButComplete(
  session: AzureSession,
  olds: JobOutputs,
  inputs: JobInputs,
): Promise<boolean> {
  if (olds.status !== "Completed" || olds.specHash !== inputs.specHash) return false;
  return !(await getJob(session, inputs.workspace, olds.jobName));
}

/** Outputs of a job that no longer exists: its result with the new inputs. */
async function keepResult(session: AzureSession, olds: JobOutputs, inputs: JobInputs): Promise<JobOutputs> {
  const { instance, registration = "", jobName, attempt, status, studioUrl, outputUri, keptJobs } = olds;
  const { metrics, recorded, startedAt, endedAt } = olds;
  logLine(jobName, deletedOutside);
  const result = { instance, registration, jobName, attempt, status, studioUrl, outputUri, keptJobs };
  const outs = { ...inputs, ...result, metrics, recorded, startedAt, endedAt };
  try {
    const candidate = { name: jobName, studioUrl, registration, metrics, recorded };
    const acceptance = await acceptModel(session, inputs, candidate, instance);
    return { ...outs, accepted: acceptance.accepted, keptJobs: allKept(keptJobs, acceptance.keptJobs) };
  } catch (error) {
    throw new PartialFailure(baseName(inputs), { ...outs, status: "Rejected" }, error);
  }
}

const newInstance = (): string => randomUUID().replaceAll("-", "").slice(0, registrationDigits);

/** Inputs that Azure ML shows with the job. A submitted job cannot take new values. */
const submittedLabels = ["displayName", "description", "tags", "experimentName"] as const;

export const Handler = handlerClass<JobInputs, JobOutputs>({
  type: "PipelineJob",
  schema: jobSchema,
  resolve: resolveAndAnnounce,
  announce: announceChange,
  diff: diffPipelineJob,
  create: async (inputs, context) => {
    const outs = await train(await context.session(), inputs, { instance: newInstance() });
    return { id: baseName(inputs), outs };
  },
  update: async (_id, olds, inputs, context) => {
    const session = await context.session();
    const outs = (await isDeletedButComplete(session, olds, inputs))
      ? await keepResult(session, olds, inputs)
      : await train(session, inputs, {
          instance: olds.instance ?? newInstance(),
          registration: olds.registration ?? "",
          attempt: olds.attempt,
          keptJobs: olds.keptJobs,
        });
    const changed = submittedLabels.filter((key) => canonicalJson(olds[key]) !== canonicalJson(inputs[key]));
    if (changed.length > 0 && olds.jobName === outs.jobName) {
      logLine(outs.jobName, `${changed.join(", ")}: changed in the state only; the job keeps its values`);
    }
    return { outs };
  },
  read: async (_id, outs, context) => {
    const session = await context.session();
    if (await getJob(session, outs.workspace, outs.jobName)) return outs;
    if (outs.status !== "Completed" || !(await findWorkspace(session, outs.workspace))) return undefined;
    logLine(outs.jobName, deletedOutside);
    return outs;
  },
  delete: async (id, outs, context) => removeJobs(await context.session(), id, outs),
});
