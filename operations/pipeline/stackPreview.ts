import { z } from "zod";
import { changesOf, planDigest } from "./changes";
import { type EngineDocument, typeOf } from "./engineJson";
import { standingCosts } from "./machines";

const standingCost = z.object({
  machines: z.array(z.string()),
  perMonth: z.number().optional(),
  currency: z.string(),
});

/**
 * The preview of one stack as a file between two jobs: names and counts, and no value of a property. The short form of the run report
 * has its own rule for rows (docs/report.md).
 */
export const stackPreview = z.object({
  version: z.literal(1),
  stack: z.string(),
  /** The commit that was previewed; absent outside a pipeline. */
  commit: z.string().optional(),
  /** Whether the preview ended well. */
  ok: z.boolean(),
  changes: z.array(
    z.object({
      kind: z.enum(["create", "change", "replace", "delete"]),
      type: z.string(),
      name: z.string(),
      because: z.array(z.string()),
    }),
  ),
  /** What the program printed about training, promotion and costs. */
  notes: z.array(z.string()),
  errors: z.array(z.string()),
  /** Limits that a model must meet: `maxEvalLoss: 1.5`. */
  gate: z.array(z.string()),
  cost: z.object({ before: standingCost, after: standingCost }),
  /** Equal for two previews that plan the same. */
  digest: z.string(),
  /** Short form of the run report, in Markdown; absent if the stack has none. */
  report: z.string().optional(),
});

export type StackPreview = z.infer<typeof stackPreview>;

/** `[training] will train: …`, as resources and promotion print their decisions. */
const decision = /^\[[a-z][\w -]*\] /;
/** Whether a training starts. The state of the job it attaches to may differ between two previews. */
const trainingDecision = /^\[training\] (will train|trains nothing|starts no job|cannot train)[^(]*/;

/**
 * What a preview found.
 * @param document what the engine printed; `undefined` if it printed none.
 * @param failure the end of the engine's error output, for a preview that failed.
 */
export function summarizePreview(
  document: EngineDocument | undefined,
  { stack, commit, failure }: { stack: string; commit?: string | undefined; failure?: string | undefined },
): StackPreview {
  const steps = document?.steps ?? [];
  const diagnostics = document?.diagnostics ?? [];
  const lines = diagnostics
    .flatMap(({ message }) => (message ?? "").split("\n"))
    .map((line) => line.trimEnd());
  const notes = [...new Set([...lines.filter((line) => decision.test(line)), ...costLines(lines)])];
  const decisions = notes.flatMap((line) => trainingDecision.exec(line)?.[0].trim() ?? []);
  const reported = diagnostics.flatMap(({ message, severity }) =>
    severity === "error" && message ? [message.trim()] : [],
  );
  const errors = reported.length > 0 || failure === undefined ? reported : [failure];
  return {
    version: 1,
    stack,
    ...(commit ? { commit } : {}),
    ok: failure === undefined,
    changes: changesOf(steps),
    notes,
    errors,
    gate: gateOf(document),
    cost: standingCosts(steps, notes),
    digest: planDigest(steps, decisions),
  };
}

/** The block of lines that starts with `Cost of machines`. */
function costLines(lines: readonly string[]): string[] {
  const start = lines.findIndex((line) => line.startsWith("Cost of machines"));
  if (start < 0) return [];
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => !line.startsWith("  "));
  return [lines[start] ?? "", ...rest.slice(0, end < 0 ? undefined : end)];
}

function gateOf(document: EngineDocument | undefined): string[] {
  const job = (document?.steps ?? []).find(
    ({ urn, newState }) => typeOf(urn).endsWith(":PipelineJob") && newState?.inputs?.gate,
  );
  return Object.entries((job?.newState?.inputs?.gate ?? {}) as Record<string, unknown>).map(
    ([name, limit]) => `${name}: ${String(limit)}`,
  );
}
