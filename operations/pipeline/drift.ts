import { z } from "zod";
import type { Issue } from "./forge";
import { changesOf } from "./changes";
import type { EngineDocument, EngineStep } from "./engineJson";
import { code, fenced, plain, table } from "./markdown";

/** What a comparison of one stack with Azure found, as a file between two jobs. */
export const stackDrift = z.object({
  version: z.literal(1),
  stack: z.string(),
  /** Whether the comparison itself worked. */
  ok: z.boolean(),
  resources: z.array(
    z.object({
      kind: z.enum(["changed", "deleted"]),
      type: z.string(),
      name: z.string(),
      properties: z.array(z.string()),
    }),
  ),
  errors: z.array(z.string()),
});

export type StackDrift = z.infer<typeof stackDrift>;

export const driftMarker = "<!-- azureml-finetune: drift -->";
export const driftLabel = "drift";

/**
 * Whether a difference is only in properties that the program leaves to others (`ignoreChanges`): the next `up` changes nothing. The
 * Pulumi CLI reports it, for example the traffic of an endpoint after every roll-out; the embedded engine does not.
 */
function isIgnored({ op, oldState, detailedDiff }: EngineStep): boolean {
  const paths = Object.keys(detailedDiff ?? {});
  const ignored = oldState?.ignoreChanges ?? [];
  const isBelow = (path: string, parent: string): boolean =>
    path === parent || path.startsWith(`${parent}.`) || path.startsWith(`${parent}[`);
  return (
    op === "update" && paths.length > 0 && paths.every((path) => ignored.some((one) => isBelow(path, one)))
  );
}

/**
 * What `refresh --preview-only` found.
 * @param failure the end of the engine's error output, if it could not compare.
 */
export function summarizeDrift(
  document: EngineDocument | undefined,
  { stack, failure }: { stack: string; failure?: string | undefined },
): StackDrift {
  const steps = (document?.steps ?? []).filter((step) => !isIgnored(step));
  const resources = changesOf(steps).map(({ kind, type, name, because }) => ({
    kind: kind === "delete" ? ("deleted" as const) : ("changed" as const),
    ...{ type, name, properties: because },
  }));
  return {
    version: 1,
    ...{ stack, ok: failure === undefined, resources },
    errors: failure === undefined ? [] : [failure],
  };
}

const hasDrift = ({ ok, resources }: StackDrift): boolean => !ok || resources.length > 0;

/** The one issue about all stacks; it is to be closed if none differs. */
export function driftIssue(stacks: readonly StackDrift[], day: string): Issue {
  const differing = stacks.filter(hasDrift);
  const names = differing.map(({ stack }) => stack).join(", ");
  const text =
    differing.length === 0
      ? [`No stack differs from Azure any more (${day}).`]
      : [
          `Compared on ${day}. Something was changed outside Pulumi, or could not be compared.`,
          ...stacks.flatMap(section),
          "",
          "To take Azure's values into the state: `npm run refresh -- --stack <stack>`. To put back what the program says: " +
            "`npm run up -- --stack <stack>` after it. A change that is to stay belongs into the stack's file.",
        ];
  return {
    marker: driftMarker,
    label: driftLabel,
    title: differing.length === 0 ? "Drift: none" : `Drift: ${names}`,
    body: `${[driftMarker, ...text].join("\n")}\n`,
    isOpen: differing.length > 0,
  };
}

function section(drift: StackDrift): string[] {
  const { stack, ok, resources, errors } = drift;
  const title = ["", `### ${plain(stack)}`, ""];
  if (!ok) return [...title, "It could not be compared:", "", ...fenced(errors.join("\n").slice(0, 4000))];
  if (resources.length === 0) return [...title, "No difference."];
  return [
    ...title,
    ...table(
      ["", "resource", "name", "properties"],
      resources.map(({ kind, type, name, properties }) => [
        kind,
        code(type),
        code(name),
        properties.map(code).join(", "),
      ]),
    ),
  ];
}
