/** Resources that several tests of the azure-native plugin use. */
import type { Properties } from "../../../../local/plugins/host/values";
import { SUBSCRIPTION, type FakeArm } from "./arm";
import { urn } from "./plugin";

export const ML = "azure-native:machinelearningservices";
export const GROUP_PATH = `/subscriptions/${SUBSCRIPTION}/resourcegroups/rg`;
export const WORKSPACE_PATH = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws1`;
export const ENDPOINT_PATH = `${WORKSPACE_PATH}/onlineEndpoints/ep`;
/** Keeps polls and retries short. */
export const FAST = { "retry-after-ms": "5" };

export const group = urn("azure-native:resources:ResourceGroup", "rg");
export const workspace = urn(`${ML}:Workspace`, "ws");
export const endpoint = urn(`${ML}:OnlineEndpoint`, "ep");
export const endpointInputs: Properties = {
  resourceGroupName: "rg",
  workspaceName: "ws1",
  endpointName: "ep",
  location: "westeurope",
  properties: { authMode: "Key" },
  azureApiVersion: "2025-12-01",
};

/** Address of an operation whose polls return the given states in order, then Succeeded. */
export function operation(arm: FakeArm, states: Properties[]): string {
  arm.rules.push(({ path }) =>
    path === "/operations/1"
      ? { status: 200, body: states.shift() ?? { status: "Succeeded" }, headers: FAST }
      : undefined,
  );
  return `${arm.url}/operations/1?api-version=x`;
}

/** An operation that does not end while a test runs. */
export function endlessOperation(arm: FakeArm): string {
  return operation(
    arm,
    Array.from({ length: 5000 }, () => ({ status: "InProgress" })),
  );
}
