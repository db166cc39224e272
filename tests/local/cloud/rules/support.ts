/** Resources and helpers for the cases of the rules. */
import type { Core } from "../../../../local/cloud/core";
import { type Answer, SUBSCRIPTION } from "../helpers/testCloud";
import { GROUP, type MlCloud, WORKSPACE } from "../ml/mlCloud";

/** Violates one rule over HTTP and checks the answer. */
export type RuleCase = (cloud: MlCloud) => Promise<void> | void;

export const LOCATION = { location: "westeurope" };
export const ML = `${GROUP}/providers/Microsoft.MachineLearningServices`;
export const STORAGE = `${GROUP}/providers/Microsoft.Storage/storageAccounts`;
export const VAULTS = `${GROUP}/providers/Microsoft.KeyVault/vaults`;
export const ENDPOINT = `${WORKSPACE}/onlineEndpoints/rule-endpoint`;
export const BLUE = `${ENDPOINT}/deployments/blue`;
export const MODEL = `${WORKSPACE}/models/ruled/versions/1`;
export const JOB = `${WORKSPACE}/jobs/done`;

export const storageBody = { ...LOCATION, kind: "StorageV2", sku: { name: "Standard_LRS" } };
export const vaultBody = { ...LOCATION, properties: { sku: { name: "standard" } } };

export function clusterBody(
  vmSize = "Standard_NC24ads_A100_v4",
  more: Record<string, unknown> = {},
): unknown {
  const scaleSettings = { minNodeCount: 0, maxNodeCount: 1, nodeIdleTimeBeforeScaleDown: "PT2M" };
  const properties = { vmSize, vmPriority: "Dedicated", scaleSettings, ...more };
  return { ...LOCATION, properties: { computeType: "AmlCompute", properties } };
}

export function endpointBody(properties: Record<string, unknown> = {}): unknown {
  return { ...LOCATION, properties: { authMode: "Key", traffic: { blue: 100 }, ...properties } };
}

export function deploymentBody(
  instanceType = "Standard_NC4as_T4_v3",
  capacity = 1,
  properties: Record<string, unknown> = {},
): unknown {
  return {
    ...LOCATION,
    sku: { name: "Default", capacity },
    properties: { endpointComputeType: "Managed", model: MODEL, instanceType, ...properties },
  };
}

export const modelBody = {
  properties: { modelType: "mlflow_model", modelUri: "azureml://jobs/done/outputs/trained_model" },
};

/** Expects a refusal with that status and code, and a text in its message or its details. */
export function expectRefusal(answer: Answer, status: number, code: string, says: RegExp): void {
  expect({ status: answer.status, code: answer.body?.error?.code }).toEqual({ status, code });
  const { message, details = [] } = answer.body.error as { message: string; details?: { message: string }[] };
  expect([message, ...details.map((detail) => detail.message)].join(" ")).toMatch(says);
}

/** Runs a case while a resource is temporarily in a state. */
export async function whileInState(
  cloud: MlCloud,
  id: string,
  provisioningState: string,
  ruleCase: () => Promise<void>,
): Promise<void> {
  const { resources } = cloud.cloud as Core;
  const resource = resources.get(id);
  if (!resource) throw new Error(`${id} does not exist`);
  resources.put({ ...resource, properties: { ...resource.properties, provisioningState } });
  await ruleCase();
  resources.put(resource);
}

/** Creates what the cases expect: a second workspace and group, an account, a vault, and a serving endpoint. */
export async function createPrerequisites(cloud: MlCloud): Promise<void> {
  const { resources } = cloud.cloud as Core;
  const workspace = resources.get(WORKSPACE);
  if (workspace) resources.put({ ...workspace, id: WORKSPACE.replace(/ws$/, "other"), name: "other" });
  await cloud.call("PUT", `${SUBSCRIPTION}/resourceGroups/second`, LOCATION);
  await cloud.done("PUT", `${STORAGE}/rulestore`, storageBody);
  await cloud.done("PUT", `${VAULTS}/rulevault`, vaultBody);
  await cloud.trained("done");
  await cloud.call("PUT", MODEL, modelBody);
  await cloud.done("PUT", ENDPOINT, endpointBody({ traffic: {} }));
  // Long enough for requests that a test delays on purpose, on any machine.
  const requestSettings = { requestTimeout: "PT3M" };
  await cloud.done("PUT", BLUE, deploymentBody("Standard_NC4as_T4_v3", 1, { requestSettings }));
  await cloud.done("PUT", ENDPOINT, endpointBody());
  expect((await cloud.call("GET", BLUE)).body.properties.provisioningState).toBe("Succeeded");
}
