import { setTimeout as delay } from "node:timers/promises";
import type { Harness } from "../sweep/harness";
import type { DriftKind } from "./actions";

const version = "2025-12-01";
const ml = "Microsoft.MachineLearningServices/workspaces";
const types: Readonly<Record<DriftKind, string>> = {
  "traffic set to 0": `${ml}/onlineEndpoints`,
  "endpoint deleted": `${ml}/onlineEndpoints`,
  "deployment deleted": `${ml}/onlineEndpoints/deployments`,
  "cluster deleted": `${ml}/computes`,
  "model version deleted": `${ml}/models/versions`,
  "data version deleted": `${ml}/data/versions`,
  "job deleted": `${ml}/jobs`,
};

interface Live {
  statusCode: number;
  body: { properties?: Record<string, unknown>; [member: string]: unknown };
}

/** Requests of a person to the harness's cloud, past the requests that a run's faults strike. */
async function send(
  { cloud }: Harness,
  method: "GET" | "PUT" | "DELETE",
  id: string,
  payload?: object,
): Promise<Live> {
  const { app, cloud: core } = cloud.running;
  const headers = { authorization: `Bearer ${core.issueToken("https://management.azure.com")}` };
  const answer = await app.inject({
    method,
    url: `${id}?api-version=${version}`,
    headers,
    ...(payload === undefined ? {} : { payload }),
  });
  return { statusCode: answer.statusCode, body: answer.body === "" ? {} : answer.json() };
}

/** Waits until the service no longer works on a resource. */
async function settle(harness: Harness, id: string): Promise<void> {
  for (;;) {
    const { statusCode, body } = await send(harness, "GET", id);
    const state = body.properties?.provisioningState ?? "Succeeded";
    if (statusCode === 404 || ["Succeeded", "Failed"].includes(String(state))) return;
    await delay(1_000);
  }
}

/**
 * Does what somebody does outside the stack.
 * @returns false if there was nothing to do it to.
 */
export async function applyDrift(harness: Harness, what: DriftKind): Promise<boolean> {
  const [id] = harness.cloud.idsOf(types[what]);
  if (id === undefined) return false;
  if (what === "traffic set to 0") return setTraffic(harness, id);
  // A deployment with traffic cannot be deleted.
  if (what === "deployment deleted") await setTraffic(harness, id.slice(0, id.indexOf("/deployments/")));
  const { statusCode } = await send(harness, "DELETE", id);
  if (statusCode >= 300) return false;
  while ((await send(harness, "GET", id)).statusCode !== 404) await delay(1_000);
  return true;
}

async function setTraffic(harness: Harness, id: string): Promise<boolean> {
  const { body } = await send(harness, "GET", id);
  const { location, tags, kind, properties } = body;
  const identity = { type: "SystemAssigned" };
  const changed = { location, tags, kind, identity, properties: { ...properties, traffic: {} } };
  const { statusCode } = await send(harness, "PUT", id, changed);
  await settle(harness, id);
  return statusCode < 300;
}

/** Why the endpoint cannot answer; undefined if traffic goes to deployments that are healthy. */
export async function servingProblem(harness: Harness): Promise<string | undefined> {
  const [id] = harness.cloud.idsOf(`${ml}/onlineEndpoints`);
  if (id === undefined) return "there is no endpoint";
  const { body } = await send(harness, "GET", id);
  const traffic = Object.entries((body.properties?.traffic ?? {}) as Record<string, number>);
  const receiving = traffic.filter(([, percent]) => percent > 0);
  if (receiving.reduce((sum, [, percent]) => sum + percent, 0) !== 100)
    return `traffic is ${JSON.stringify(body.properties?.traffic)}`;
  for (const [name] of receiving) {
    const deployment = await send(harness, "GET", `${id}/deployments/${name}`);
    const state = deployment.body.properties?.provisioningState;
    if (state === "Failed" || deployment.statusCode === 404)
      return `traffic goes to ${name}, which is ${String(state)}`;
  }
  return undefined;
}
