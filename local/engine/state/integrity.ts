import { isUrn } from "../values/urn";
import { leansOn, type ResourceState } from "./state";

/**
 * The rules a list of resources has to satisfy to be a sound state, as the Pulumi CLI enforces them at load and save.
 * Returns what is wrong, one sentence each; an empty list means sound.
 */
export function integrityProblems(resources: readonly ResourceState[]): string[] {
  const problems: string[] = [];
  const earlier = new Set<string>();
  const live = new Set<string>();
  const providers = new Set<string>();
  resources.forEach((resource, index) => {
    if (typeof resource.urn !== "string" || !isUrn(resource.urn)) {
      problems.push(`resource ${index} has no valid urn (${JSON.stringify(resource.urn ?? null)})`);
      return;
    }
    const problem = (text: string): number => problems.push(`${resource.urn}: ${text}`);
    if (!resource.type) problem("has no type");
    if (!resource.custom && resource.id) problem("is a component, yet has an id");
    if (resource.provider && !providers.has(resource.provider)) {
      problem(`its provider ${resource.provider} does not come before it`);
    }
    const providerUrn = resource.provider?.slice(0, resource.provider.lastIndexOf("::"));
    for (const urn of leansOn(resource)) {
      if (urn !== providerUrn && !earlier.has(urn))
        problem(`refers to ${urn}, which does not come before it`);
    }
    if (!resource.delete) {
      if (live.has(resource.urn)) problem("is there twice");
      live.add(resource.urn);
    }
    earlier.add(resource.urn);
    if (resource.type?.startsWith("pulumi:providers:"))
      providers.add(`${resource.urn}::${resource.id ?? ""}`);
  });
  return problems;
}
