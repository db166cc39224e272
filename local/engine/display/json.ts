import type { Display } from "./display";
import { diffKeys, cleanOutput } from "./text";
import type { EngineEvent } from "./events";
import { isSecret, rewriteAll, type Properties } from "../values/values";

/** One JSON document at the end, shaped like that of `pulumi preview --json`; secrets are never in it. */
export function jsonDisplay(write: (text: string) => void): Display {
  const steps: Record<string, unknown>[] = [];
  const diagnostics: Record<string, unknown>[] = [];
  let outputs: Properties = {};
  let document: Record<string, unknown> | undefined;
  const show = (event: EngineEvent): void => {
    switch (event.kind) {
      case "step-done":
      case "step-failed": {
        const { operation, urn, diff } = event.step;
        const keys = diff?.keys.filter((key) => !key.startsWith("__")) ?? [];
        const failed = event.kind === "step-failed" ? { failed: true } : {};
        steps.push({
          op: operation,
          urn,
          ...(diffKeys(event.step) ? { diffReasons: keys, replaceReasons: diff?.replaceKeys } : {}),
          ...failed,
        });
        return;
      }
      case "diagnostic":
        if (!event.ephemeral)
          diagnostics.push({
            severity: event.severity,
            message: event.message,
            ...(event.urn ? { urn: event.urn } : {}),
          });
        return;
      case "output": {
        const message = cleanOutput(event);
        if (message !== undefined) diagnostics.push({ severity: event.error ? "info#err" : "info", message });
        return;
      }
      case "outputs":
        outputs = rewriteAll(event.after, (value) => (isSecret(value) ? "[secret]" : value));
        return;
      case "summary":
        document = {
          steps,
          diagnostics,
          outputs,
          duration: Math.round(event.seconds * 1e9),
          changeSummary: event.counts,
          result: event.result,
          maybeCorrupt: false,
        };
        return;
      case "started":
      case "step-started":
        return;
    }
  };
  return {
    show,
    close: () => {
      if (document) write(`${JSON.stringify(document, null, 2)}\n`);
    },
  };
}
