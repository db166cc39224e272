import type { Display, EngineEvent, Step } from "./events";
import { cleanOutput } from "./text";
import { isSecret, rewriteAll, type Properties } from "../values/values";
import type { ResourceState } from "../state/state";

const redact = (properties: Properties): Properties =>
  rewriteAll(properties, (value) => (isSecret(value) ? "[secret]" : value));

/** A resource as in the state, without empty lists and maps and without its secrets. */
function redactState(state: ResourceState): Record<string, unknown> {
  const isEmpty = (value: unknown): boolean =>
    typeof value === "object" && value !== null && Object.keys(value).length === 0;
  const { inputs = {}, outputs = {}, ...rest } = state;
  const fields = Object.entries({ ...rest, inputs: redact(inputs), outputs: redact(outputs) });
  return Object.fromEntries(fields.filter(([, value]) => !isEmpty(value)));
}

/** A step as in `pulumi preview --json`: states without secrets, changes by property path. */
function jsonStep({ operation, urn, old, next, diff }: Step, failed: boolean): Record<string, unknown> {
  const known = (key: string): boolean => !key.startsWith("__");
  const detailed = Object.entries(diff?.detailed ?? {}).map(([path, { kind, replace }]) => [
    path,
    { kind: replace ? `${kind}-replace` : kind, inputDiff: true },
  ]);
  return {
    op: operation,
    urn,
    provider: (next ?? old)?.provider,
    oldState: old && redactState(old),
    newState: next && redactState(next),
    ...(diff?.changed
      ? { diffReasons: diff.keys.filter(known), replaceReasons: diff.replaceKeys.filter(known) }
      : {}),
    detailedDiff: detailed.length > 0 ? Object.fromEntries(detailed) : null,
    ...(failed ? { failed } : {}),
  };
}

/** One JSON document at the end, in the form of `pulumi preview --json`. It contains no secrets. */
export function jsonDisplay(write: (text: string) => void): Display {
  const steps: Record<string, unknown>[] = [];
  const diagnostics: Record<string, unknown>[] = [];
  let outputs: Properties = {};
  let summary: Extract<EngineEvent, { kind: "summary" }> | undefined;
  const show = (event: EngineEvent): void => {
    if (event.kind === "step-done" || event.kind === "step-failed") {
      steps.push(jsonStep(event.step, event.kind === "step-failed"));
    } else if (event.kind === "diagnostic" && !event.ephemeral) {
      const { urn, message, severity } = event;
      diagnostics.push({ urn, message, severity });
    } else if (event.kind === "policy") {
      const { urn, level, policy, message } = event.violation;
      diagnostics.push({
        urn,
        message: `[${level}] ${policy}: ${message}`,
        severity: level === "mandatory" ? "error" : "warning",
      });
    } else if (event.kind === "output") {
      const message = cleanOutput(event);
      if (message !== undefined) diagnostics.push({ message, severity: event.error ? "info#err" : "info" });
    } else if (event.kind === "outputs") outputs = redact(event.after);
    else if (event.kind === "summary") summary = event;
  };
  const close = (): void => {
    if (!summary) return;
    const { counts, seconds, result } = summary;
    const document = {
      ...{ steps, diagnostics, outputs, changeSummary: counts, result, maybeCorrupt: false },
      duration: Math.round(seconds * 1e9),
    };
    write(`${JSON.stringify(document, null, 4)}\n`);
  };
  return { show, close };
}
