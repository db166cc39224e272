/** An endpoint with two deployments, whose models answer `lr 0.001` (blue) and `lr 0.002` (green). */
import type { Answer } from "../helpers/testCloud";
import { type MlCloud, startMlCloud, WORKSPACE } from "../ml/mlCloud";

export const BLUE = "lr 0.001";
export const GREEN = "lr 0.002";
const MODELS = `${WORKSPACE}/models/phi-tuned/versions`;
export const BODY = { input_data: { input_string: [[{ role: "user", content: "Hello?" }]] }, params: {} };

export function endpointId(name: string): string {
  return `${WORKSPACE}/onlineEndpoints/${name}`;
}

export function endpointBody(properties: Record<string, unknown> = {}): unknown {
  return {
    location: "westeurope",
    identity: { type: "SystemAssigned" },
    properties: { authMode: "Key", ...properties },
  };
}

/** A deployment of a model version: 1 is blue, 2 is green. */
export function deploymentBody(
  version: number,
  {
    capacity = 1,
    requestSettings = { requestTimeout: "PT3M" },
  }: { capacity?: number; requestSettings?: unknown } = {},
): unknown {
  return {
    location: "westeurope",
    sku: { name: "Default", capacity },
    properties: {
      endpointComputeType: "Managed",
      model: `${MODELS}/${version}`,
      instanceType: "Standard_DS3_v2",
      requestSettings,
    },
  };
}

export interface ScoredEndpoint {
  uri: string;
  keys: { primaryKey: string; secondaryKey: string };
  /** Scores with the primary key. */
  score(headers?: Record<string, string>, body?: unknown): Promise<Answer>;
}

/** Starts a cloud with the two models registered. */
export async function startScoringCloud(): Promise<MlCloud> {
  const cloud = await startMlCloud();
  for (const [version, rate] of [
    [1, "0.001"],
    [2, "0.002"],
  ] as const) {
    await cloud.trained(`job${version}`, { learning_rate: rate });
    const modelUri = `azureml://jobs/job${version}/outputs/trained_model`;
    await cloud.call("PUT", `${MODELS}/${version}`, { properties: { modelType: "mlflow_model", modelUri } });
  }
  return cloud;
}

/** Creates an endpoint with both deployments and the given traffic. */
export async function makeEndpoint(
  cloud: MlCloud,
  name: string,
  properties: Record<string, unknown> = { traffic: { blue: 100 } },
): Promise<ScoredEndpoint> {
  const id = endpointId(name);
  const { authMode = "Key" } = properties;
  for (const [target, body] of [
    [id, endpointBody({ authMode })],
    [`${id}/deployments/blue`, deploymentBody(1)],
    [`${id}/deployments/green`, deploymentBody(2)],
    [id, endpointBody(properties)],
  ] as const) {
    const answer = await cloud.done("PUT", target, body);
    if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
  }
  return openEndpoint(cloud, name);
}

/** An existing endpoint under its current address. */
export async function openEndpoint(cloud: MlCloud, name: string): Promise<ScoredEndpoint> {
  const { properties } = (await cloud.call("GET", endpointId(name))).body;
  const uri = String(properties.scoringUri);
  const keys =
    properties.authMode === "Key" ? (await cloud.call("POST", `${endpointId(name)}/listKeys`)).body : {};
  return {
    uri,
    keys,
    score: (headers = {}, body = BODY) =>
      cloud.call("POST", uri, body, { authorization: `Bearer ${keys.primaryKey}`, ...headers }),
  };
}
