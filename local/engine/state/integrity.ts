import { isProviderType, isUrn } from "../values/urn";
import { dependenciesOf, type ResourceState } from "./state";

/**
 * As the Pulumi CLI enforces them when it loads and saves: one sentence for each problem. `only` limits the
 * check, which is enough where resources were only added at the end.
 */
export function integrityProblems(
  resources: readonly ResourceState[],
  only?: ReadonlySet<ResourceState>,
): string[] {
  const problems: string[] = [];
  const earlier = new Set<string>();
  const live = new Set<string>();
  const providers = new Set<string>();
  resources.forEach((resource, index) => {
    const { urn } = resource;
    if (!isUrn(urn)) return problems.push(`resource ${index} has no valid urn (${JSON.stringify(urn)})`);
    const problem = (text: string): number => problems.push(`${urn}: ${text}`);
    if (!resource.delete && live.has(urn)) problem("appears twice");
    if (!resource.delete) live.add(urn);
    if (only?.has(resource) ?? true) {
      if (!resource.type) problem("has no type");
      if (!resource.custom && resource.id) problem("is a component, yet has an id");
      // A resource that was deleted before its replacement may have lost its provider.
      const lost = resource.provider && !providers.has(resource.provider) && !resource.pendingReplacement;
      if (lost) problem(`its provider ${resource.provider} does not come before it`);
      for (const other of dependenciesOf(resource)) {
        if (!earlier.has(other) && !resource.provider?.startsWith(`${other}::`))
          problem(`refers to ${other}, which does not come before it`);
      }
    }
    earlier.add(urn);
    if (isProviderType(resource.type)) providers.add(`${urn}::${resource.id ?? ""}`);
  });
  return problems;
}
