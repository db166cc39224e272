/** Replays golden exchanges against a local cloud. */
import type { FastifyInstance } from "fastify";
import type { Core } from "../../../../local/cloud/core";
import { studioPort } from "../../../../local/cloud/ports";
import { readIdentitySecret } from "../../../../local/cloud/identity/secret";
import { registerMlPartsWith } from "../../../../local/cloud/ml/parts";
import {
  type Answer,
  startTestCloud,
  SUBSCRIPTION,
  temporaryDirectory,
  type TestCloud,
} from "../helpers/testCloud";
import { chat, fakeTrainer, pipelineJob } from "../ml/mlCloud";
import { differences, filledIn, type Remembered } from "./compare";
import type { Exchange, Golden } from "./exchange";

const GROUP = `${SUBSCRIPTION}/resourceGroups/golden`;
const WORKSPACE = `${GROUP}/providers/Microsoft.MachineLearningServices/workspaces/golden-ws`;
const STORE = `${GROUP}/providers/Microsoft.Storage/storageAccounts/goldenstore`;
const VAULT = `${GROUP}/providers/Microsoft.KeyVault/vaults/golden-vault`;
const LOCATION = { location: "westeurope" };

export interface Replay {
  cloud: TestCloud;
  remembered: Remembered;
  /** Routes that were called, `METHOD url` as they are registered. */
  called: Set<string>;
}

const shared = new Map<Golden["needs"], Promise<Replay>>();

/** A cloud with what the exchanges need; goldens that leave it as it was share one. */
export async function replayFor({ needs, changesCloud }: Golden): Promise<Replay> {
  if (changesCloud) return startReplay(needs);
  const replay = shared.get(needs) ?? startReplay(needs);
  shared.set(needs, replay);
  const { remembered, ...rest } = await replay;
  return { ...rest, remembered: new Map(remembered) };
}

export async function disposeShared(): Promise<void> {
  for (const replay of shared.values()) await (await replay).cloud.dispose();
}

async function startReplay(needs: Golden["needs"]): Promise<Replay> {
  const home = temporaryDirectory();
  const trainer = fakeTrainer(home);
  const called = new Set<string>();
  const watch = (app: FastifyInstance): void => {
    app.addHook("onRequest", (request, _reply, done) => {
      called.add(`${request.method} ${request.routeOptions.url ?? ""}`);
      done();
    });
  };
  const cloud = await startTestCloud({
    home,
    parts: [watch, (app, part) => registerMlPartsWith(app, part, trainer)],
  });
  const remembered: Remembered = new Map([
    ["secret", readIdentitySecret(home)],
    ["base", cloud.cloud.baseUrl],
    ["host", cloud.cloud.baseUrl.replace("https://", "")],
  ]);
  await prepare(cloud, needs);
  called.clear();
  const core = cloud.cloud as Core;
  remembered.set("blobport", String(core.azurite.port));
  remembered.set("studioport", String(studioPort(core.port)));
  const guid = core.resources.get(WORKSPACE)?.properties["workspaceId"];
  if (typeof guid === "string") remembered.set("goldenWs", guid);
  const blobs = core.azurite.keysOf("goldenstore") && core.azurite.accountUrl("goldenstore");
  if (blobs) remembered.set("blobs", blobs);
  return { cloud, remembered, called };
}

async function prepare(cloud: TestCloud, needs: Golden["needs"]): Promise<void> {
  const put = async (id: string, body: unknown): Promise<void> => {
    const answer = await cloud.call("PUT", id, body);
    if (answer.status >= 400) throw new Error(`${id}: ${JSON.stringify(answer.body)}`);
    await cloud.finish(answer);
  };
  if (needs === "nothing") return;
  await put(GROUP, LOCATION);
  if (needs === "group") return;
  await put(STORE, { ...LOCATION, kind: "StorageV2", sku: { name: "Standard_LRS" } });
  await put(VAULT, { ...LOCATION, properties: { sku: { family: "A", name: "standard" } } });
  await put(WORKSPACE, {
    ...LOCATION,
    identity: { type: "SystemAssigned" },
    properties: { storageAccount: STORE, keyVault: VAULT },
  });
  const { containerName } = (await cloud.call("GET", `${WORKSPACE}/datastores/workspaceblobstore`)).body
    .properties as Record<string, string>;
  const row = `${chat("Question?", "Answer.")}\n`;
  for (const name of ["train.jsonl", "test.jsonl"]) {
    const blob = { account: "goldenstore", container: containerName ?? "", path: `data/${name}` };
    await cloud.cloud.blobs.putText(blob, row.repeat(3));
  }
  const scaleSettings = { minNodeCount: 0, maxNodeCount: 1 };
  const properties = { vmSize: "Standard_NC24ads_A100_v4", scaleSettings };
  await put(`${WORKSPACE}/computes/cpu`, { properties: { computeType: "AmlCompute", properties } });
  if (needs === "workspace") return;
  await put(`${WORKSPACE}/jobs/done`, pipelineJob());
  for (;;) {
    const { body } = await cloud.call("GET", `${WORKSPACE}/jobs/done`);
    if (body.properties.status === "Completed") break;
    if (body.properties.status === "Failed") throw new Error(JSON.stringify(body));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await put(`${WORKSPACE}/models/tuned/versions/1`, {
    properties: { modelType: "mlflow_model", modelUri: "azureml://jobs/done/outputs/trained_model" },
  });
}

/** Short forms of ids, in requests and in golden bodies. */
function expanded<T>(value: T): T {
  if (typeof value === "string") {
    return value
      .replaceAll("{ws}", WORKSPACE)
      .replaceAll("{group}", GROUP)
      .replaceAll("{sub}", SUBSCRIPTION) as T;
  }
  if (Array.isArray(value)) return value.map(expanded) as T;
  if (typeof value !== "object" || value === null) return value;
  // Keeps the prototype: open arrays in golden bodies are instances of their own classes.
  const copy = Object.create(Object.getPrototypeOf(value) as object) as Record<string, unknown>;
  for (const [name, member] of Object.entries(value)) copy[expanded(name)] = expanded(member);
  return copy as T;
}

/** A repeated exchange that is not golden after this many tries is reported. */
const MOST_TRIES = 2_000;

/** Sends the request and returns every difference from the golden answer. */
export async function replay(replayed: Replay, exchange: Exchange): Promise<string[]> {
  const { cloud, remembered } = replayed;
  const [method = "", ...path] = expanded(exchange.send).split(" ");
  const target = path.join(" ");
  const { body } = exchange;
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(expanded(body));
  const headers = Object.fromEntries(
    Object.entries(exchange.headers ?? {}).map(([name, value]) => [name, filledIn(value, remembered)]),
  );
  for (let tries = 1; ; tries++) {
    const answer = await cloud.call(
      method,
      filledIn(target, remembered),
      text === undefined ? undefined : filledIn(text, remembered),
      headers,
    );
    const found = differencesIn(answer, exchange, remembered);
    if (found.length > 0 && exchange.repeated && tries < MOST_TRIES) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      continue;
    }
    if (exchange.settles) await cloud.finish(answer);
    return found;
  }
}

function differencesIn(
  { status, headers, body }: Answer,
  exchange: Exchange,
  remembered: Remembered,
): string[] {
  const ids = { "x-ms-request-id": "<guid>", "x-ms-correlation-request-id": "<guid>" };
  const expected = { ...ids, ...exchange.has };
  return [
    ...differences(status, exchange.status, remembered, "status"),
    ...Object.entries(expected).flatMap(([name, value]) =>
      differences(headers[name], expanded(value), remembered, `header ${name}`),
    ),
    ...differences(body === "" ? undefined : body, expanded(exchange.returns), remembered),
  ];
}
