import { type ExportedState, resourcesOf, type StateResource } from "../recovery/deployment";
import { ownershipProblem } from "../recovery/ownership";
import { inOrder } from "../recovery/takeOver";

/** A deployment as Azure lists it. */
export interface LiveDeployment {
  id: string;
  name: string;
  provisioningState: string;
  tags: Record<string, string>;
  /** Live and mirrored traffic together, in percent. */
  traffic: number;
}

/** A new deployment that failed and serves nobody. */
export interface FailedDeployment {
  id: string;
  name: string;
  /** Why, for people. */
  reason: string;
}

const endpointType = "azure-native:machinelearningservices:OnlineEndpoint";
const deploymentType = "azure-native:machinelearningservices:OnlineDeployment";
/** The resources that test a deployment in an update, with what their failure says about it. `EndpointScore`: the score in states of version 0.1.0. */
const tests: Readonly<Record<string, string>> = {
  "pulumi-nodejs:dynamic/azureml:Score": "it did not answer the question",
  "pulumi-nodejs:dynamic/azureml:EndpointScore": "it did not answer the question",
  "pulumi-nodejs:dynamic/azureml:Traffic": "it missed the limits of the roll-out",
};

/** Recorded with the test of a removed deployment: both engines repeat a resource with a recorded error as an update. */
const repeatTest = "The deployment that it tested is gone; the next update repeats it.";

/** The endpoints of a stack that Azure can have: their resources with an id. */
export const endpointsOf = (state: ExportedState): StateResource[] =>
  resourcesOf(state).filter(({ type, id, delete: isReplaced }) => type === endpointType && id && !isReplaced);

/**
 * The deployments of one endpoint that failed: Azure's own state says so, or the resource that tests a deployment failed for it in the last
 * update. A deployment with traffic, or of another owner, is never one, and neither is one whose update failed for
 * another reason: then no step has recorded a failure.
 */
export function failedDeployments(
  state: ExportedState,
  endpoint: StateResource,
  deployments: readonly LiveDeployment[],
): FailedDeployment[] {
  const blamed = blamedDeployments(state);
  return deployments.flatMap(({ id, name, provisioningState, tags, traffic }) => {
    if (traffic > 0 || ownershipProblem(endpoint.inputs ?? {}, { tags, properties: {} })) return [];
    if (/^(failed|canceled)$/i.test(provisioningState))
      return [{ id, name, reason: `its creation ended as ${provisioningState}` }];
    if (!/^succeeded$/i.test(provisioningState)) return [];
    const reason = blamed.get(name.toLowerCase());
    return reason === undefined ? [] : [{ id, name, reason }];
  });
}

/** Reason by name of the deployment, in lower case. */
function blamedDeployments(state: ExportedState): Map<string, string> {
  const blamed = new Map<string, string>();
  for (const resource of resourcesOf(state)) {
    const { type, initErrors, delete: isReplaced } = resource;
    const reason = tests[type];
    const failures = (initErrors ?? []).filter((text) => text !== repeatTest);
    if (reason === undefined || isReplaced || failures.length === 0) continue;
    for (const name of testedDeployments(resource)) blamed.set(name.toLowerCase(), reason);
  }
  return blamed;
}

/** Whether a resource tested only deployments with these ids, in lower case. */
function isTestOf(resource: StateResource, ids: ReadonlySet<string>): boolean {
  const names = tests[resource.type] === undefined ? [] : testedDeployments(resource);
  const removed = new Set([...ids].map((id) => id.slice(id.lastIndexOf("/") + 1)));
  return names.length > 0 && names.every((name) => removed.has(name.toLowerCase()));
}

/** A failed update keeps its old inputs, so the outputs name the deployment that failed. States of version 0.1.0 have the inputs only. */
function testedDeployments({ inputs, outputs }: StateResource): string[] {
  const tested = outputs?.testedDeployment;
  if (typeof tested === "string") return [tested];
  const { deploymentName, traffic } = inputs ?? {};
  if (typeof deploymentName === "string") return [deploymentName];
  const shares = typeof traffic === "object" && traffic !== null ? Object.entries(traffic) : [];
  return shares.filter(([, percent]) => Number(percent) > 0).map(([name]) => name);
}

/** Deployments below an endpoint that the state records and Azure no longer has. */
export function lostDeployments(
  state: ExportedState,
  endpoint: StateResource,
  deployments: readonly LiveDeployment[],
): string[] {
  const existing = new Set(deployments.map(({ id }) => id.toLowerCase()));
  const below = `${endpoint.id}/deployments/`.toLowerCase();
  return resourcesOf(state).flatMap(({ type, id, delete: isReplaced }) =>
    type === deploymentType &&
    !isReplaced &&
    id?.toLowerCase().startsWith(below) &&
    !existing.has(id.toLowerCase())
      ? [id]
      : [],
  );
}

/**
 * The state without these deployments. Where one had replaced a deployment that still serves, that one is current again, as before
 * the update: the next update compares with it, and does not only delete it. A test of a removed one is repeated by the next
 * update. Its failure is no longer recorded: it says nothing about the deployment that this update creates with the same name.
 */
export function withoutDeployments(
  state: ExportedState,
  removed: readonly string[],
  deployments: readonly LiveDeployment[],
): ExportedState {
  const ids = new Set(removed.map((id) => id.toLowerCase()));
  const isRemoved = ({ type, id }: StateResource): boolean =>
    type === deploymentType && ids.has(id?.toLowerCase() ?? "");
  const serving = new Set(deployments.flatMap(({ id, traffic }) => (traffic > 0 ? [id.toLowerCase()] : [])));
  const all = resourcesOf(state);
  const vacant = new Set(all.filter((item) => isRemoved(item) && !item.delete).map(({ urn }) => urn));
  const kept = all.flatMap((item) => {
    if (isRemoved(item)) return [];
    if (isTestOf(item, ids)) return [{ ...item, initErrors: [repeatTest] }];
    if (!item.delete || !vacant.has(item.urn) || !serving.has(item.id?.toLowerCase() ?? "")) return [item];
    return [{ ...item, delete: undefined, pendingReplacement: undefined }];
  });
  return { ...state, deployment: { ...state.deployment, resources: inOrder(kept) } };
}
