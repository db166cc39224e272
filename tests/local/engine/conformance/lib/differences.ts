type Difference = {
  /** The fields of a recorded step in which it shows. */
  fields: readonly string[];
  /** What the Pulumi CLI does, and why the embedded engine does not. docs/engine.md has the same sentence. */
  reason: string;
};

/** What the embedded engine does differently from the Pulumi CLI on purpose. */
export const differences = {
  duplicateRegistration: {
    fields: ["state"],
    reason:
      "Of two resources with the same URN, the CLI accepts the one that reaches it first, which differs from run to run. The embedded engine accepts the first one of the program.",
  },
  deletedOnce: {
    fields: ["steps", "calls"],
    reason:
      "After a failed replacement that deletes first, the CLI deletes the dependants again in the next run. The embedded engine knows that they are gone.",
  },
  independentResources: {
    fields: ["state", "cloud", "steps", "counts", "calls"],
    reason:
      "With `--continue-on-error`, the CLI can end before it has created everything that does not depend on the failure. The embedded engine creates it.",
  },
  ignoredDrift: {
    fields: ["exit", "steps", "counts", "calls"],
    reason:
      "A refresh of the CLI reports drift in properties under `ignoreChanges`, also with `--expect-no-changes`. The next `up` changes nothing about it, so the embedded engine takes it into the state and reports nothing.",
  },
  defaultProviders: {
    fields: ["steps", "counts", "state", "calls"],
    reason:
      "For a resource that names no plugin version, the CLI takes the version that another resource of the old state names. The embedded engine keeps one default provider without a version.",
  },
  targetDependants: {
    fields: ["calls"],
    reason:
      "For `destroy --target-dependents`, the CLI asks providers which dependants would be replaced. The embedded engine takes all of them, as the CLI does in the end.",
  },
} as const satisfies Record<string, Difference>;
