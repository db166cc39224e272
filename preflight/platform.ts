import * as pulumi from "@pulumi/pulumi";
import type { WorkspaceRef } from "../azureml/clients/workspaces";
import { type StackIdentity, workspaceNames } from "../azureml/names";
import { formatValue } from "../azureml/problem";
import type { RegistryConfig } from "../config/platform";
import type { StackConfig } from "../config/stackConfig";
import { type CheckContext, ProblemCollector } from "./checks/context";
import { checkIdentity } from "./checks/identity";
import { azureCloud, type PreflightCloud } from "./cloud";
import { refusal } from "./run";

/** What the component of a platform stack takes from preflight. */
export interface PlatformPlan {
  subscriptionId: string;
  resourceGroupName: string;
  /** Primary region of the registry. */
  location: string;
  /** All its regions, the primary one first. */
  locations: string[];
}

/**
 * All checks of a platform stack, in preview and in up: credential, regions, and that the registry's name is free or the
 * stack's own. They only read.
 * @throws pulumi.RunError that lists every problem.
 */
export async function runPlatformPreflight(
  config: StackConfig,
  registry: RegistryConfig,
  identity: StackIdentity,
  cloud: PreflightCloud = azureCloud(),
): Promise<PlatformPlan> {
  const report = new ProblemCollector(identity.project);
  const context: CheckContext = { config, identity, cloud, report, notes: [], sizes: [], endpointName: "" };
  const { subscriptionId } = identity;
  // Always set: `workspace.mode` is `create` in a platform stack.
  const { location = "" } = config;
  const names = workspaceNames(identity);
  const resourceGroupName = registry.resourceGroup ?? names.resourceGroup;
  const locations = [...new Set([location, ...registry.locations])];
  const ref: WorkspaceRef = { subscriptionId, resourceGroupName, workspaceName: names.workspace };
  if (await checkIdentity(context, ref))
    await Promise.all([checkRegions(context, locations), checkName(context, registry.name, ref)]);
  for (const warning of report.warnings) await pulumi.log.warn(warning);
  if (report.problems.length > 0) throw refusal(report.problems);
  for (const note of context.notes) await pulumi.log.info(note);
  await pulumi.log.info(
    `Registry ${registry.name} in ${locations.join(", ")}: it bills a Premium container registry with a replica in each further region, and the storage of its models, whether it is used or not.`,
  );
  return { subscriptionId, resourceGroupName, location, locations };
}

async function checkRegions({ cloud, report, identity }: CheckContext, regions: string[]): Promise<void> {
  const offered = await report.attempt("azure-native:location", () =>
    cloud.registryLocations(identity.subscriptionId),
  );
  // A subscription that has never used the provider may list nothing.
  if (!offered || offered.length === 0) return;
  for (const [index, region] of regions.entries()) {
    if (offered.includes(region.toLowerCase().replaceAll(" ", ""))) continue;
    report.add({
      property: index === 0 ? "azure-native:location" : report.key("platform.registry.locations"),
      seen: `Azure ML offers no registries in ${formatValue(region)}`,
      allowed: [...offered].sort().join(", "),
      remedy: "Use one of these regions.",
    });
  }
}

/** A registry's name is unique in the tenant (how-to-manage-registries.md). */
async function checkName(
  { cloud, report }: CheckContext,
  name: string,
  { subscriptionId, resourceGroupName }: WorkspaceRef,
): Promise<void> {
  const property = report.key("platform.registry.name");
  const found = await report.attempt(property, async () => ({ place: await cloud.registryPlace(name) }));
  const place = found?.place;
  if (!place) return;
  const own =
    place.subscriptionId.toLowerCase() === subscriptionId.toLowerCase() &&
    place.resourceGroup.toLowerCase() === resourceGroupName.toLowerCase();
  if (own) return;
  report.add({
    property,
    seen: `${formatValue(name)} exists in resource group ${place.resourceGroup} of subscription ${place.subscriptionId}`,
    allowed: "a name that no registry of the Entra tenant has",
    remedy:
      "Choose another name, or use that registry: model.shareTo and model.promote.registry take its name.",
  });
}
