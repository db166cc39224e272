import type { Entry } from "./entry";

/** Errors of the operations beside the program. */
export const operationErrors = {
  ForeignResource: {
    message: "recovery: not of this stack, but with the name of one of its resources: {resources}",
    remedy:
      "Delete it, or use other names: another stack name, workspace.generation, or the name in the stack's configuration.",
  },
} as const satisfies Record<string, Entry>;
