import type { Diff } from "../values/diff";
import type { ResourceState } from "../state/state";
import type { Properties } from "../values/values";

/** Step operations, named as in Pulumi's engine events. */
export type Operation =
  | "create"
  | "same"
  | "update"
  | "delete"
  | "replace"
  | "create-replacement"
  | "delete-replaced"
  | "remove-pending-replace"
  | "read"
  | "discard"
  | "refresh"
  | "import";

export type Severity = "debug" | "info" | "warning" | "error";

export type Step = {
  operation: Operation;
  urn: string;
  type: string;
  name: string;
  old?: ResourceState | undefined;
  next?: ResourceState | undefined;
  diff?: Diff | undefined;
};

/** What a policy found. The URN is empty if there is none to name. */
export type Violation = {
  pack: string;
  version: string;
  policy: string;
  level: "advisory" | "mandatory";
  urn: string;
  message: string;
};

export type EngineEvent =
  | { kind: "started"; operation: string; stack: string; dryRun: boolean }
  | { kind: "step-started"; step: Step }
  | { kind: "step-done"; step: Step; seconds: number }
  | { kind: "step-failed"; step: Step; seconds: number }
  | { kind: "diagnostic"; severity: Severity; message: string; urn?: string | undefined; ephemeral?: boolean }
  /** A line that a provider or the program printed. */
  | { kind: "output"; line: string; from: string; error: boolean }
  | { kind: "policy-packs"; packs: { name: string; version: string; directory: string }[] }
  | { kind: "policy"; violation: Violation }
  | { kind: "outputs"; before: Properties; after: Properties }
  | { kind: "summary"; counts: Record<string, number>; seconds: number; result: Result; dryRun: boolean };

export type Result = "succeeded" | "failed" | "canceled";
export type Emit = (event: EngineEvent) => void;

/** `diff` shows changes by property; `brief` keeps only warnings, failures and long steps. */
export type DisplayOptions = { diff: boolean; brief?: boolean };
export type Display = { show: Emit; close: () => void };
