import { isReplacement, type Diff } from "../values/diff";
import type { ResourceState } from "../state/state";

/** What becomes of a resource before anyone has looked at what changed. */
export type Opening =
  /** There is none yet. */
  | "create"
  /** It was deleted in this run already, ahead of something it depends on; it comes back now. */
  | "recreate"
  /** It is known, but only as something read; a resource of our own takes its place. */
  | "take-ownership"
  /** It is there: the difference decides. */
  | "compare";

/** Pulumi's four cases (engine.md §6.6). */
export function opening(old: ResourceState | undefined, deletedInThisRun: boolean): Opening {
  if (!old) return "create";
  if (deletedInThisRun) return "recreate";
  if (old.external) return "take-ownership";
  return "compare";
}

export type Verdict = "same" | "update" | "replace";

/**
 * What a difference leads to. A resource that did not come up is updated even without one; a resource whose
 * replacement was interrupted after its deletion is replaced.
 */
export function verdict(old: ResourceState, diff: Diff): Verdict {
  if (old.pendingReplacement) return "replace";
  if (diff.changed && isReplacement(diff)) return "replace";
  if (diff.changed || (old.initErrors ?? []).length > 0) return "update";
  return "same";
}

/** Whether the old resource is deleted before the new one is made: the option if it is set, else the provider's wish. */
export function deletesFirst(option: boolean | undefined, diff: Diff): boolean {
  return option ?? diff.deleteBeforeReplace;
}

/** Options a child inherits when it leaves them open (the SDK hands down providers and protect itself as well). */
export type Inheritable = {
  protect: boolean | undefined;
  retainOnDelete: boolean | undefined;
  deletedWith: string | undefined;
};

export function inherit<T extends Inheritable>(child: T, parent: Inheritable | undefined): T {
  if (!parent) return child;
  return {
    ...child,
    protect: child.protect ?? parent.protect,
    retainOnDelete: child.retainOnDelete ?? parent.retainOnDelete,
    deletedWith: child.deletedWith ?? parent.deletedWith,
  };
}
