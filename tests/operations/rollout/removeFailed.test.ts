import type { AzureSession } from "../../../azureml/clients/session";
import type { HttpRequest } from "../../../azureml/http/http";
import { type ExportedState, exportedState, resourcesOf } from "../../../operations/recovery/deployment";
import { removeFailed } from "../../../operations/rollout/removeFailed";

const tags = { "pulumi-project": "shop", "pulumi-stack": "dev" };
const endpointId = "/subscriptions/s/onlineEndpoints/chat";
const native = "azure-native:machinelearningservices:";

/** A stack whose deployment `b` did not answer, beside `a`, which serves. */
function recordedState(): ExportedState {
  const urn = (type: string): string => `urn:pulumi:dev::shop::${type}::endpoint`;
  const deployment = { urn: urn("deployment"), type: `${native}OnlineDeployment`, custom: true };
  return exportedState.parse({
    version: 3,
    deployment: {
      resources: [
        { urn: urn("e"), type: `${native}OnlineEndpoint`, custom: true, id: endpointId, inputs: { tags } },
        { ...deployment, id: `${endpointId}/deployments/b` },
        {
          urn: urn("score"),
          type: "pulumi-nodejs:dynamic/azureml:Score",
          custom: true,
          id: "chat/score",
          inputs: { deploymentName: "b" },
          initErrors: ["no answer"],
        },
        { ...deployment, id: `${endpointId}/deployments/a`, delete: true },
      ],
    },
  });
}

interface Options {
  keepFailed?: boolean;
  /** The traffic at each read of the endpoint; the last one stays. Undefined: there is no endpoint. */
  traffic?: Array<Record<string, number>> | undefined;
  deletion?: "succeeds" | "fails";
}

async function run({ keepFailed = false, traffic, deletion = "succeeds" }: Options) {
  const requests: string[] = [];
  const lines: string[] = [];
  let state = recordedState();
  const answer = (body: unknown, status = 200) => ({ status, body, header: () => undefined });
  const session = {
    cloud: { resourceManager: "https://arm", armScope: "arm" },
    http: async ({ method, url }: HttpRequest) => {
      const path = url.replace("https://arm", "");
      if (method !== "GET") requests.push(`${method} ${path.replace(endpointId, "")}`);
      if (method === "POST") return answer({ content: "loading\nout of memory\n" });
      if (method === "DELETE") {
        if (deletion === "fails") throw new Error("conflict");
        return answer(undefined);
      }
      if (!traffic) return answer(undefined, 404);
      if (path === endpointId) {
        const split = traffic.length > 1 ? traffic.shift() : traffic[0];
        return answer({ id: endpointId, name: "chat", properties: { traffic: split } });
      }
      const value = ["a", "b"].map((name) => ({
        id: `${endpointId}/deployments/${name}`,
        name,
        tags,
        properties: { provisioningState: "Succeeded" },
      }));
      return answer({ value });
    },
  } as unknown as AzureSession;
  const count = await removeFailed({
    session,
    keepFailed,
    engine: { exportState: async () => state, importState: async (next) => void (state = next) },
    log: (line) => void lines.push(line),
  });
  return { count, requests, text: lines.join("\n"), ids: resourcesOf(state).map(({ id }) => id?.at(-1)) };
}

const serving = [{ a: 100 }];
const untouched = ["t", "b", "e", "a"];

describe("a failed deployment", () => {
  test("is deleted in Azure and taken out of the state, after the end of its log", async () => {
    const { count, requests, text, ids } = await run({ traffic: serving });
    expect(requests).toEqual(["POST /deployments/b/getLogs", "DELETE /deployments/b"]);
    expect(text).toMatch(
      /b failed: it did not answer.*end of its log:\n {2}loading\n {2}out of memory\nDeleted: /s,
    );
    expect([count, ids]).toEqual([1, ["t", "e", "a"]]);
  });

  test("is kept on request, with its log", async () => {
    const { count, requests, text, ids } = await run({ traffic: serving, keepFailed: true });
    expect(requests).toEqual(["POST /deployments/b/getLogs"]);
    expect(text).toMatch(/out of memory\nKept: deployment b \(rollout.keepFailed\). It bills/);
    expect([count, ids]).toEqual([0, untouched]);
  });

  test("is kept when somebody moves traffic to it meanwhile", async () => {
    const { requests, text, ids } = await run({ traffic: [{ a: 100 }, { a: 90, b: 10 }] });
    expect(requests).toEqual(["POST /deployments/b/getLogs"]);
    expect([text.split("\n").at(-1), ids]).toEqual([
      "Kept: deployment b. It receives traffic now.",
      untouched,
    ]);
  });

  test("stays in the state when Azure does not delete it", async () => {
    const { text, ids } = await run({ traffic: serving, deletion: "fails" });
    expect(text).toContain("Kept: deployment b could not be deleted, and it bills. conflict");
    expect(ids).toEqual(untouched);
  });

  test("is not searched for without its endpoint", async () => {
    expect(await run({})).toEqual({ count: 0, requests: [], text: "", ids: untouched });
  });
});
