import { unit, type TestOf } from "../lib/testOf";

const lifecycle = (file: string, name: string): TestOf => ({
  file: `tests/lifecycle/${file}.long.test.ts`,
  name,
});

/** Rows of the runbook, by their first cell, whose state and command another test proves. */
export const covered: Readonly<Record<string, TestOf>> = {
  "killed while the job ran": lifecycle(
    "failures",
    "kill -9 of the whole command during training leaves one job, which the next up follows",
  ),
  "killed while the job ran, and the model is not wanted": lifecycle(
    "recovery",
    "leaves nothing that bills in an adopted workspace, the running job included",
  ),
  "`cannot create already existing resource`": lifecycle(
    "existing",
    "are taken over by the same update if the last one succeeded",
  ),
  "one Ctrl-C": unit(
    "providers/following",
    "the first Ctrl-C says what is awaited; the end of the process detaches, and the job continues",
  ),
  "a second Ctrl-C, or `detached from job`": unit(
    "local/engine/crash",
    "two Ctrl-C end the run at once; steps in progress stay pending and the lock is removed",
  ),
  "an update in a state that a kill left: `Attempting to deploy or update resources with 1 pending operations` (Pulumi CLI)":
    unit(
      "operations/recovery/recovery",
      "contains it as one whose initialisation failed, and no longer as pending",
    ),
  "`lost contact with the job's node`": unit(
    "providers/pipelineJob",
    "reports a job that ends as %s with the code %s",
  ),
  // In the harness nothing takes time, so a client sees no node that was taken away.
  "`Azure took the job's low-priority nodes away`": unit(
    "providers/following",
    "a job that is preempted more often than allowed is canceled, and the error names the setting and the remedy",
  ),
  "`the job is Paused`": unit("providers/pipelineJob", "reports a job that ends as %s with the code %s"),
  // The harness sends the service's times as they are, which a deadline is compared with.
  "`was still … after … minutes and was canceled`": unit(
    "providers/following",
    "a deadline is applied by the service's times",
  ),
  "`gate.maxEvalLoss: eval_loss of … is …`": lifecycle(
    "gate",
    "fails while nothing serves, and uses the same job once it meets the gate",
  ),
  "back to the former settings after a failure": lifecycle(
    "revert",
    "after a deployment that never became healthy keeps job, model version and deployment",
  ),
  "the new deployment failed (probe, capacity, score)": lifecycle(
    "rollout",
    "deletes a deployment whose probe failed, and keeps it on request",
  ),
  "the new deployment failed, with `rollout.keepFailed: true`": lifecycle(
    "rollout",
    "deletes a deployment whose probe failed, and keeps it on request",
  ),
  "a step missed `maxErrorRate` or `maxLatencyMs`": lifecycle(
    "rollout",
    "puts all traffic back without a failed request if a step is too slow, deletes the deployment, and tries again",
  ),
  "Ctrl-C in a step of the roll-out: `RolloutCanceled`": unit(
    "providers/rolloutWaits",
    "a Ctrl-C ends the wait of a step at once, and all traffic goes back",
  ),
  "`AnotherOperationInProgress`, a 504 of a deployment": unit(
    "operations/recovery/settled",
    "after a run that failed, a recovery follows what Azure still does with any resource of the state",
  ),
  "the login has expired": unit(
    "providers/following",
    "a job is followed through storms of 429 and 503, expired tokens and pages of a proxy",
  ),
  "`… is soft-deleted, and its storage account is gone`": lifecycle(
    "softDelete",
    "up purges the workspace and recovers the vault after the group was deleted with the state lost",
  ),
  "`key vault … is soft-deleted in …: an update recovers it`": lifecycle(
    "softDelete",
    "up recovers a vault that cannot be purged",
  ),
  "`workspace … is soft-deleted and keeps its name`": lifecycle(
    "softDelete",
    "a workspace that somebody deleted is kept for whoever wants its models back",
  ),
  "`the stack is currently locked`": unit(
    "local/engine/crash",
    "a lock of a live process or another host is respected, and cancel removes it",
  ),
  "the state is damaged": lifecycle(
    "failures",
    "a truncated state file is refused with its name and the backup to restore",
  ),
  "the state is older than the stack": lifecycle(
    "existing",
    "are taken over with the cluster and the rest of a stack whose state is older",
  ),
  workspace: lifecycle(
    "softDelete",
    "a workspace that somebody deleted is kept for whoever wants its models back",
  ),
  "resource group": lifecycle(
    "softDelete",
    "up works after these kills, and after the resource group was deleted by hand and a refresh",
  ),
  ...Object.fromEntries(
    [
      "endpoint or deployment",
      "cluster",
      "storage account",
      "key vault, alerts, logs, blobs of the data",
    ].map((deleted) => [
      deleted,
      lifecycle(
        "drift",
        "${round}: refresh shows it, up repairs it without training, and the endpoint answers",
      ),
    ]),
  ),
};
