import { canaries, workspace, wsPath } from "./support/azureStubTypes";
import type { Properties } from "./support/dynamicHost";
import { changes, failureOf, type Fixture, openFixture } from "./support/fixture";

let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

interface Live {
  traffic: Record<string, number>;
  mirrorTraffic?: Record<string, number>;
}

describe("traffic that moves in steps", () => {
  const rollout = { steps: [10, 100], holdSeconds: 0, maxErrorRate: 0.05, mirrorPercent: 20 };
  const inputs = { workspace, endpointName: "chat", traffic: { next: 100 }, rollout };
  const olds = { workspace, endpointName: "chat", traffic: { demo: 100 } };
  const answers = (deployment: string, statusCode: string, requests = 10, latencyMs = 100) =>
    fixture.azure.answered.push({ deployment, statusCode, requests, latencyMs });
  const live = () => fixture.azure.endpoints.get("chat")?.resource.properties as unknown as Live;
  /** Live and mirrored split of each PUT. */
  const puts = (): Live[] =>
    fixture.azure.requests
      .filter(({ method, path }) => method === "PUT" && path.endsWith("/chat"))
      .map(({ body }) => (JSON.parse(body) as { properties: Live }).properties)
      .map(({ traffic, mirrorTraffic }) => ({ traffic, ...(mirrorTraffic ? { mirrorTraffic } : {}) }));

  beforeEach(() => {
    fixture.azure.requests.length = 0;
    fixture.azure.answered = [];
    fixture.azure.endpoints.set("chat", {
      resource: {
        id: `${wsPath}/onlineEndpoints/chat`,
        name: "chat",
        location: "westeurope",
        properties: { authMode: "Key", provisioningState: "Succeeded", traffic: { demo: 100 } } as Properties,
      },
      deployments: new Set(["demo", "next"]),
    });
  });

  test("mirrors, takes each step, and leaves all traffic at the new deployment", async () => {
    answers("next", "200");
    const outs = await fixture.host.update("traffic", "chat/traffic", olds, inputs);
    expect(outs).toMatchObject({ traffic: { next: 100 } });
    expect(puts()).toEqual([
      { traffic: { demo: 100 }, mirrorTraffic: { next: 20 } },
      { traffic: { demo: 90, next: 10 }, mirrorTraffic: {} },
      { traffic: { next: 100 }, mirrorTraffic: {} },
    ]);
    expect(fixture.host.output()).toContain("10 % for next: 10 requests, error rate 0 %, latency 100 ms");
  });

  test("puts all traffic back at a missed limit, with the figures, in a state that tries again", async () => {
    answers("next", "200", 9);
    answers("next", "424", 1);
    answers("demo", "500", 50);
    const unmirrored = { ...inputs, rollout: { ...rollout, mirrorPercent: 0 } };
    const error = await failureOf(fixture.host.update("traffic", "chat/traffic", olds, unmirrored));
    expect(error.message).toMatch(
      /\[RolloutStepFailed\].*step 10 % of deployment next.*10 requests, error rate 10 %.*limit 5 %.*All traffic is back/s,
    );
    expect(live().traffic).toEqual({ demo: 100 });
    const recorded = error.properties ?? {};
    expect(recorded.traffic).toEqual({ demo: 100 });
    expect((await fixture.host.diff("traffic", recorded, unmirrored)).changes).toBe(changes.some);
    expect((await fixture.host.diff("traffic", recorded, olds)).changes).toBe(changes.none);
  });

  test("checks the latency too, and ends the mirroring", async () => {
    answers("next", "200", 10, 900);
    const fast = { ...inputs, rollout: { ...rollout, maxLatencyMs: 500 } };
    const error = await failureOf(fixture.host.update("traffic", "chat/traffic", olds, fast));
    expect(error.message).toContain("step mirror 20 %");
    expect(error.message).toContain("latency 900 ms, limit 500 ms");
    expect(live()).toMatchObject({ traffic: { demo: 100 }, mirrorTraffic: {} });
  });

  test("goes on from the live split of an interrupted roll-out", async () => {
    live().traffic = { demo: 90, next: 10 };
    answers("next", "200");
    await fixture.host.update("traffic", "chat/traffic", olds, inputs);
    expect(puts()).toEqual([{ traffic: { next: 100 } }]);
  });

  test("moves all traffic at once, without metrics, if nothing serves yet", async () => {
    live().traffic = {};
    await fixture.host.create("traffic", inputs);
    expect(puts()).toEqual([{ traffic: { next: 100 } }]);
    expect(fixture.azure.count("GET", /metrics$/)).toBe(0);
  });

  test("moves nothing if the metrics may not be read", async () => {
    fixture.azure.faults.push({
      method: "GET",
      path: /metrics$/,
      times: 1,
      status: 403,
      body: { error: { code: "AuthorizationFailed", message: "no role" } },
    });
    const error = await failureOf(fixture.host.update("traffic", "chat/traffic", olds, inputs));
    expect(error.message).toMatch(/\[RolloutNotMeasurable\].*no role.*Monitoring Reader/);
    expect(error.properties).toBeUndefined();
    expect(puts()).toEqual([]);
  });

  test("a change of the roll-out alone changes nothing", async () => {
    const moved = { ...inputs, rollout: { ...rollout, holdSeconds: 9 } };
    expect((await fixture.host.diff("traffic", inputs, moved)).changes).toBe(changes.none);
    const former = { workspace, endpointName: "chat", traffic: inputs.traffic };
    expect((await fixture.host.diff("traffic", former, moved)).changes).toBe(changes.none);
  });

  test("a score shows the end of the deployment's log without secrets, and is recorded as to be repeated", async () => {
    fixture.azure.logs.set("container", `loading\n"key": "${canaries.endpointKey}"\nout of memory\n`);
    fixture.azure.scores = [{ status: 200, body: { output: "" } }];
    const row = JSON.stringify({
      prompt: "What?",
      prompt_id: "a".repeat(64),
      messages: [
        { role: "user", content: "What?" },
        { role: "assistant", content: "That." },
      ],
    });
    fixture.azure.blobs.set("rows.jsonl", { bytes: Buffer.from(`${row}\n`), metadata: {} });
    const uri = `azureml:/${wsPath}/datastores/workspaceblobstore/paths/rows.jsonl`;
    live().traffic = {};
    Object.assign(live(), { scoringUri: `${fixture.azure.baseUrl}/score` });
    const score = {
      workspace,
      endpointName: "chat",
      deploymentName: "next",
      triggers: ["1"],
      heldOut: { genUri: uri, sftUri: uri },
      seed: 1,
      parameters: { temperature: 0.6, topP: 0.9, doSample: true, maxNewTokens: 200 },
      requestFile: ".data/sample_score.json",
    };
    const error = await failureOf(fixture.host.create("score", score));
    expect(error.message).toMatch(
      /\[ScoringEmpty\].*\nThe end of its log:\n {2}loading\n.*\n {2}out of memory/s,
    );
    expect(error.id).toBe("chat/score");
    expect((await fixture.host.diff("score", error.properties ?? {}, score)).changes).toBe(changes.some);
  });
});
