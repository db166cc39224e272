import { diffInputs, type DiffResult, type Properties } from "../shared/handler";
import { specInputs } from "./jobName";

/** Inputs that do not affect the trained model. A change updates the resource and keeps the finished job. */
const mutableInputs = [
  "experimentName",
  "displayName",
  "component",
  "compute",
  "description",
  "tags",
  "deadlineMinutes",
  "maxPreemptions",
  "onDestroy",
  "gate",
  "omittedParameters",
] as const;

/**
 * A new workspace, name prefix or spec hash replaces the resource; the new job is created before the old one is deleted.
 * Every other change is an update. A job that is not Completed always needs an update, which follows it or starts the
 * next attempt.
 */
export function diffPipelineJob(olds: Properties, news: Properties): DiffResult {
  const diff = diffInputs(olds, news, { replace: ["workspace", "namePrefix"], update: mutableInputs });
  const replaces = [...diff.replaces, ...(olds.specHash === news.specHash ? [] : changedSpec(olds, news))];
  return { replaces, changes: diff.changes || replaces.length > 0 || olds.status !== "Completed" };
}

/** The inputs behind a changed hash, so that the preview names them instead of the hash. */
function changedSpec(olds: Properties, news: Properties): string[] {
  const { replaces } = diffInputs(olds, news, {
    replace: [...specInputs, "validationData", "parameters"],
    update: [],
  });
  return replaces.length > 0 ? replaces : ["specHash"];
}
