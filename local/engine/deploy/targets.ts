import { dependenciesOf, type ResourceState } from "../state/state";
import { isProviderType, stackType } from "../values/urn";

export type Targets = {
  /** True if the option was not given: all resources are targets. */
  all: boolean;
  /** Or, where dependants are included, depends on a named one. Results are remembered. */
  names(resource: ResourceState): boolean;
  /** The patterns that match none of the URNs. */
  missing(known: readonly string[]): string[];
};

/** `*` matches within one part of a URN, `**` across parts, as in Pulumi's --target. */
export function openTargets(patterns: readonly string[] | undefined, dependents = false): Targets {
  const globs = (patterns ?? []).map((pattern) => ({ pattern, expression: globExpression(pattern) }));
  const named = new Set<string>();
  return {
    all: patterns === undefined,
    names(resource) {
      if (patterns === undefined || named.has(resource.urn)) return true;
      const isNamed =
        globs.some(({ expression }) => expression.test(resource.urn)) ||
        (dependents && [...dependenciesOf(resource)].some((urn) => named.has(urn)));
      if (isNamed) named.add(resource.urn);
      return isNamed;
    },
    missing: (known) =>
      globs
        .filter(({ expression }) => !known.some((urn) => expression.test(urn)))
        .map(({ pattern }) => pattern),
  };
}

function globExpression(pattern: string): RegExp {
  const parts = pattern.split(/(\*\*|\*)/).map((part) => {
    if (part === "**") return ".*";
    return part === "*" ? "[^:]*" : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("")}$`);
}

/** Providers and the stack itself take part in every `up`, whatever the targets are. */
export function isSelected(targets: Targets, resource: ResourceState): boolean {
  return resource.type === stackType || isProviderType(resource.type) || targets.names(resource);
}
