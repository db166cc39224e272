import { armMissing } from "../../azureml/clients/arm";
import type { AzureSession } from "../../azureml/clients/session";
import { type ExportedState, resourcesOf } from "./deployment";
import { nativeAddress } from "./nativeIds";
import { inOrder } from "./takeOver";

/** A native resource of the state that Azure does not have. */
export interface Vanished {
  urn: string;
  /** For people: `data version 5e4d73ac`. */
  title: string;
  /** Azure's error code of the 404. */
  code: string;
}

/**
 * Error codes that the azure-native provider takes for the absence of a resource. Since 3.11.0 a `refresh` fails on a 404 with any
 * other code, because a proxy can answer 404 too. Source: pulumi/pulumi-azure-native#4416, and `azure.IsNotFound` as #4841 cites it in
 * September 2026; the last code came with #4730 in May 2026. The stand-in of the provider has its own copy, because the program
 * knows nothing of it; a test compares them.
 */
export const absenceCodes: readonly string[] = [
  "NotFound",
  "ResourceNotFound",
  "ResourceGroupNotFound",
  "LockNotFound",
  "ParentResourceNotFound",
  "EntityNotFound",
  "SubscriptionNotFound",
  "RoleAssignmentNotFound",
  "VulnerabilityAssessmentBaselineDoesNotExists",
];

/** The native resources of the state that no longer exist, whoever deleted them. A 404 without an error code does not count. */
export async function findVanished(
  state: ExportedState,
  session: AzureSession,
  subscriptionId: string,
): Promise<Vanished[]> {
  const recorded = resourcesOf(state).filter(({ delete: isLeftover, id }) => !isLeftover && id !== undefined);
  const results = await Promise.all(
    recorded.map(async ({ urn, type, inputs, id = "" }) => {
      const address = nativeAddress(type, inputs ?? {}, subscriptionId);
      if (!address) return [];
      const { apiVersion, title } = address;
      const code = await armMissing(session, { path: id, apiVersion, what: title });
      return code === undefined || code === "" ? [] : [{ urn, title, code }];
    }),
  );
  return results.flat();
}

/** The state without these resources, and without references to them. */
export function forget(state: ExportedState, vanished: readonly Vanished[]): ExportedState {
  const urns = new Set(vanished.map(({ urn }) => urn));
  const kept = resourcesOf(state).filter((item) => item.delete || !urns.has(item.urn));
  return { ...state, deployment: { ...state.deployment, resources: inOrder(kept) } };
}

/**
 * Before a refresh: removes from the state what Azure no longer has and what the provider's own refresh would fail on.
 * @returns the number of resources removed from the state.
 */
export async function forgetVanished(options: {
  session: AzureSession;
  subscriptionId: string;
  engine: { exportState(): Promise<ExportedState>; importState(state: ExportedState): Promise<void> };
  log(line: string): void;
}): Promise<number> {
  const { engine, session, subscriptionId, log } = options;
  const state = await engine.exportState();
  const found = await findVanished(state, session, subscriptionId);
  const unknown = found.filter(({ code }) => !absenceCodes.includes(code));
  if (unknown.length === 0) return 0;
  await engine.importState(forget(state, unknown));
  for (const { title } of unknown)
    log(`Deleted outside the stack: ${title}. It is removed from the state; the next up creates it again.`);
  return unknown.length;
}
