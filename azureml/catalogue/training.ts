import type { Entry } from "./entry";

/** Errors of the fine-tuning job. */
export const trainingErrors = {
  ForeignJob: {
    message: "jobName: job {job} already exists and was created for other inputs ({detail})",
    remedy: "Use another namePrefix (stack or project name), or delete that job in Azure ML studio.",
  },
  TooManyAttempts: {
    message: "jobName: all {attempts} attempts of job {job} have failed",
    remedy:
      "Check the last attempt ({studioUrl}), correct its cause, and change an input or delete the failed jobs.",
  },
  TrainingBudget: {
    message: "budget.maxGpuHours: {training} could use {gpuHours} ({bound}); allowed: at most {limit}",
    remedy: "{change}, or raise budget.maxGpuHours. No job was submitted.",
  },
  JobFailed: {
    message: "{job}: the fine-tuning job ended with status {status}{step}: {detail}",
    remedy:
      "Check {studioUrl}, correct the cause and run `up` again to start the next attempt. All other resources are kept.",
  },
  JobCanceled: {
    message: "{job}: the fine-tuning job was canceled in Azure ML{detail}",
    remedy: "Run `up` again to start the next attempt. Studio: {studioUrl}",
  },
  JobNotResponding: {
    message: "{job}: Azure ML lost contact with the job's node (NotResponding){detail}",
    remedy: "Run `up` again to start the next attempt. Studio: {studioUrl}",
  },
  JobPaused: {
    message: "{job}: the job is Paused and does not continue by itself{detail}",
    remedy: "Resume or cancel it in Azure ML studio ({studioUrl}), then run `up` again.",
  },
  JobDeadline: {
    message: "deadlineMinutes: {job} was still {status} after {minutes} minutes and was canceled",
    remedy:
      "Raise finetune.deadlineMinutes or set a larger compute size. `up` starts the next attempt. Studio: {studioUrl}",
  },
  JobPreempted: {
    message: "{job}: Azure took the job's low-priority nodes away{detail}",
    remedy:
      "Set compute.tier to dedicated and run `up` again. The next attempt trains from the beginning: a job cannot read the checkpoints of another. Studio: {studioUrl}",
  },
  JobDetached: {
    message:
      "{job}: detached. The job is {status} in Azure ML; it continues on cluster {compute}, and its nodes bill until it ends",
    remedy:
      "`npm run up` (or `pulumi up`) follows it again and does not train twice. `npm run destroy` cancels it; to cancel the job alone: `az ml job cancel --name {job}`, or the studio: {studioUrl}",
  },
  JobLost: {
    message: "{job}: the job was deleted while it was running",
    remedy: "Run `up` again to submit the job again.",
  },
  LossGate: {
    message: "gate.{gate}: {detail}",
    remedy:
      "Change the training parameters or finetune.gate: a gate that this job meets uses it without training again. Nothing is deployed from this job. Studio: {studioUrl}",
  },
  LossGateNoMetric: {
    message: "gate.{gate}: {job} logged no {metric}, so the limit {limit} cannot be checked",
    remedy: "{remedy}, or remove the limit. Studio: {studioUrl}",
  },
} as const satisfies Record<string, Entry>;
