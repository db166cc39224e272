import type { VmSize } from "../../azureml/clients/sizes";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { clusterName } from "../../azureml/names";
import { formatValue, type Problem } from "../../azureml/problem";
import { type Retirement, retirementOf } from "../../azureml/retiredSizes";
import { findSize } from "../../azureml/sku";
import type { CheckContext, SizeFinding } from "./context";

/** Whether Azure has a resource of this stack with the size, has one with other sizes only, or has none. */
type Use = "used" | "other" | "none";

/** Checks the sizes of cluster and endpoint against the table of retired sizes, and the endpoint's against the region. */
export async function checkSizes(
  context: CheckContext,
  ref: WorkspaceRef,
  location: string,
  { cluster, offered }: { cluster: string; offered: readonly VmSize[] },
): Promise<SizeFinding[]> {
  const { config, report } = context;
  const { compute } = config;
  const adopted = compute.mode === "adopt";
  const findings = [
    await checkSize(context, report.key(`compute.${adopted ? "name" : "size"}`), cluster, {
      retired: retirementOf(cluster),
      use: () => (adopted ? Promise.resolve("none") : clusterUse(context, ref, cluster)),
    }),
  ];
  findings.push(await checkEndpointSize(context, ref, location, offered));
  return findings.filter((finding) => finding !== undefined);
}

/** Checks the size of the endpoint's instances. Nothing without an endpoint. */
export async function checkEndpointSize(
  context: CheckContext,
  ref: WorkspaceRef,
  location: string,
  offered: readonly VmSize[],
): Promise<SizeFinding | undefined> {
  const { endpoint } = context.config;
  if (!endpoint.enabled) return undefined;
  return checkSize(context, context.report.key("endpoint.instanceType"), endpoint.instanceType, {
    retired: retirementOf(endpoint.instanceType),
    // The list of the region (`locations/<l>/vmSizes`) is documented for clusters and compute instances only. No API
    // lists the sizes of managed endpoints; their documented list has no regions and still names retired sizes
    // (MicrosoftDocs/azure-ai-docs, articles/machine-learning/reference-managed-online-endpoints-vm-sku-list.md).
    // Both use the machines of the same family and quota, so a size that is not listed is refused by default.
    unlistedIn: findSize(endpoint.instanceType, offered) ? undefined : location,
    overridden: endpoint.allowUnlistedInstanceType,
    use: () => endpointUse(context, ref),
  });
}

async function checkSize(
  { notes, report }: CheckContext,
  property: string,
  size: string,
  facts: { retired?: Retirement; unlistedIn?: string; overridden?: boolean; use: () => Promise<Use> },
): Promise<SizeFinding | undefined> {
  const { retired, unlistedIn, overridden } = facts;
  if (!retired?.retired && unlistedIn === undefined) {
    if (retired)
      notes.push(
        `${property}: Azure retires ${size} (${retired.series}) on ${retired.date}. Plan to move to ${retired.successorSize} (${retired.successor}).`,
      );
    return undefined;
  }
  const seen = retired?.retired
    ? `Azure retired ${formatValue(size)} (${retired.series}) on ${retired.date}`
    : `${formatValue(size)} is not among the sizes Azure ML lists for ${unlistedIn}`;
  const use = overridden ? "used" : await facts.use();
  if (use === "used") {
    const effect = overridden ? "the deployment after the training may fail" : "it cannot be created again";
    report.warnings.push(`${property}: ${seen}; ${effect}.`);
    return undefined;
  }
  const override =
    facts.overridden === undefined
      ? ""
      : ", or endpoint.allowUnlistedInstanceType: true if you know that it works";
  const remedy = retired?.retired
    ? `Set ${retired.successorSize} (${retired.successor}) or another size${override}.`
    : `Set a size of the region${override}.`;
  const problem = { property, seen, remedy };
  return retired?.retired && use === "none" ? { problem, retiredOn: retired.date } : { problem };
}

// Without the permission to read, or without the workspace, nothing is known to be in use.
async function clusterUse(
  { config, identity, cloud }: CheckContext,
  ref: WorkspaceRef,
  size: string,
): Promise<Use> {
  const { name, tiers } = config.compute;
  const found = await Promise.all(
    tiers.map((tier) => cloud.cluster(ref, clusterName(identity, name, size, tier)).catch(() => undefined)),
  );
  return found.some((one) => one !== undefined) ? "used" : "none";
}

async function endpointUse({ config, endpointName, cloud }: CheckContext, ref: WorkspaceRef): Promise<Use> {
  const { instanceType } = config.endpoint;
  const found = await cloud.deployments(ref, endpointName).catch(() => []);
  if (found.length === 0) return "none";
  const same = found.some((one) => one.instanceType.toLowerCase() === instanceType.toLowerCase());
  return same ? "used" : "other";
}

/**
 * Splits the findings into problems and warnings.
 * @param pinnedOn day on which the stack pinned its base model (YYYY-MM-DD). Undefined for a stack of version 0.1.0, which
 * did not write it down. A size that was retired after that day may be in use although Azure shows no resource with it.
 */
export function sizeVerdict(
  findings: readonly SizeFinding[],
  pinnedOn: string | undefined,
): { problems: Problem[]; warnings: string[] } {
  const problems: Problem[] = [];
  const warnings: string[] = [];
  for (const { problem, retiredOn } of findings) {
    const deployedBefore = retiredOn !== undefined && (pinnedOn === undefined || pinnedOn < retiredOn);
    if (deployedBefore) warnings.push(`${problem.property}: ${problem.seen}. ${problem.remedy ?? ""}`.trim());
    else problems.push(problem);
  }
  return { problems, warnings };
}
