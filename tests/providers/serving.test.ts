import * as fs from "node:fs";
import * as path from "node:path";
import { canaries, workspace } from "./support/azureStubTypes";
import type { Properties } from "./support/dynamicHost";
import { openFixture, type Fixture, changes, failureOf } from "./support/fixture";

let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
});

// Also checks that no secret and no machine path was sent or printed.
afterAll(() => fixture.close());

describe("traffic and score", () => {
  const row = (id: string, turns: string[]): string =>
    JSON.stringify({
      prompt: turns[0],
      prompt_id: id,
      messages: turns.map((content, turn) => ({ role: turn % 2 ? "assistant" : "user", content })),
    });
  const data = (name: string): string =>
    `azureml://subscriptions/${workspace.subscriptionId}/resourcegroups/rg/workspaces/ws/datastores/workspaceblobstore/paths/${name}`;
  const score = (): Properties => ({
    workspace,
    endpointName: "chat",
    deploymentName: "demo",
    triggers: ["1"],
    heldOut: { genUri: data("gen.jsonl"), sftUri: data("sft.jsonl") },
    seed: 1,
    parameters: { temperature: 0.6, topP: 0.9, doSample: true, maxNewTokens: 200 },
    requestFile: ".data/sample_score.json",
  });

  beforeEach(() => {
    fixture.azure.endpoints.set("chat", {
      resource: {
        id: "/endpoints/chat",
        name: "chat",
        location: "westeurope",
        kind: "Managed",
        identity: { type: "SystemAssigned", principalId: "p" },
        properties: {
          authMode: "Key",
          description: "kept",
          scoringUri: `${fixture.azure.baseUrl}/score`,
          provisioningState: "Succeeded",
          traffic: {},
        },
      },
      deployments: new Set(["demo"]),
    });
    const blobs = {
      "gen.jsonl": `${row("b".repeat(64), ["What?"])}\nnot json\n`,
      "sft.jsonl": `${row("a".repeat(64), ["Who?", "Me."])}\n${row("b".repeat(64), ["What?", "That."])}\n`,
    };
    for (const [name, text] of Object.entries(blobs)) {
      fixture.azure.blobs.set(name, { bytes: Buffer.from(text), metadata: {} });
    }
  });

  test("traffic writes the whole endpoint, retries while it is busy, and removes its split on delete", async () => {
    const inputs = { workspace, endpointName: "chat", traffic: { demo: 100 } };
    const { id, outs } = await fixture.host.create("traffic", inputs);
    const put = fixture.azure.requests
      .filter((seen) => seen.method === "PUT" && seen.path.endsWith("/chat"))
      .at(-1);
    expect(JSON.parse(put?.body ?? "")).toEqual({
      location: "westeurope",
      tags: {},
      kind: "Managed",
      identity: { type: "SystemAssigned" },
      properties: { authMode: "Key", description: "kept", traffic: { demo: 100 } },
    });
    const moved = { ...inputs, traffic: { demo: 0, next: 100 } };
    expect((await fixture.host.diff("traffic", outs, moved)).changes).toBe(changes.some);
    fixture.azure.faults.push({ method: "PUT", path: /\/chat$/, times: 1, status: 409 });
    const after = await fixture.host.update("traffic", id, outs, moved);
    expect(after.traffic).toEqual(moved.traffic);
    expect((await fixture.host.read("traffic", id, after)).outs.traffic).toEqual(moved.traffic);
    await fixture.host.delete("traffic", id, after);
    const endpoint = fixture.azure.endpoints.get("chat")?.resource.properties as { traffic: unknown };
    expect(endpoint.traffic).toEqual({});
    fixture.azure.endpoints.delete("chat");
    await fixture.host.delete("traffic", id, after);
    expect((await fixture.host.read("traffic", id, after)).id).toBe("");
  });

  test("traffic writes the endpoint's settings in the same request, and detects drift", async () => {
    const settings = { description: "changed", publicNetworkAccess: "Disabled", tags: { a: "b" } };
    const inputs = { workspace, endpointName: "chat", traffic: { demo: 100 }, settings };
    const { id, outs } = await fixture.host.create("traffic", inputs);
    const resource = (): Properties => fixture.azure.endpoints.get("chat")?.resource as Properties;
    expect(resource()).toMatchObject({ tags: { a: "b" }, properties: { description: "changed" } });
    const changed = { ...inputs, settings: { ...settings, tags: { a: "c" } } };
    expect((await fixture.host.diff("traffic", outs, changed)).changes).toBe(changes.some);
    const after = await fixture.host.update("traffic", id, outs, changed);
    expect(resource()).toMatchObject({ tags: { a: "c" }, properties: { traffic: { demo: 100 } } });
    expect((await fixture.host.read("traffic", id, after)).outs.settings).toEqual(changed.settings);
    // An Azure Policy tags the endpoint: not our tag, so no drift, and it stays.
    resource().tags = { a: "c", CostCenter: "42" };
    const tagged = (await fixture.host.read("traffic", id, after)).outs;
    expect(tagged.settings).toEqual(changed.settings);
    const renamed = { ...inputs, settings: { ...settings, tags: { d: "e" } } };
    await fixture.host.update("traffic", id, tagged, renamed);
    expect(resource().tags).toEqual({ CostCenter: "42", d: "e" });
    await fixture.host.update("traffic", id, renamed, changed);
    resource().tags = { a: "by hand" };
    const seen = (await fixture.host.read("traffic", id, after)).outs;
    expect((await fixture.host.diff("traffic", seen, changed)).changes).toBe(changes.some);
  });

  test("traffic that somebody mirrors is drift, and the next update ends it", async () => {
    const inputs = { workspace, endpointName: "chat", traffic: { demo: 100 } };
    const { id, outs } = await fixture.host.create("traffic", inputs);
    const properties = fixture.azure.endpoints.get("chat")?.resource.properties as Properties;
    properties.mirrorTraffic = { other: 10 };
    const seen = (await fixture.host.read("traffic", id, outs)).outs;
    expect((await fixture.host.diff("traffic", seen, inputs)).changes).toBe(changes.some);
    const after = await fixture.host.update("traffic", id, seen, inputs);
    const endpoint = fixture.azure.endpoints.get("chat")?.resource.properties as Properties;
    expect(endpoint.mirrorTraffic).toEqual({});
    expect((await fixture.host.diff("traffic", after, inputs)).changes).toBe(changes.none);
    const again = (await fixture.host.read("traffic", id, after)).outs;
    expect((await fixture.host.diff("traffic", again, inputs)).changes).toBe(changes.none);
  });

  test("traffic that does not add up to 100 is refused with its sum", async () => {
    const { failures } = await fixture.host.check(
      "traffic",
      {},
      { workspace, endpointName: "chat", traffic: { a: 50, b: 40 } },
    );
    expect(failures).toEqual([
      'traffic: adds up to 90; allowed: 100, or 0 for no traffic; seen: {"a":50,"b":40}',
    ]);
  });

  test("score sends the prompt without its reference to the deployment and waits for the answer", async () => {
    fixture.azure.scores = [
      { status: 424, body: "starting" },
      { status: 200, body: { output: "That, I think." } },
    ];
    const { outs } = await fixture.host.create("score", score());
    expect(outs).toMatchObject({
      question: "What?",
      reference: "That.",
      answer: "That, I think.",
      promptId: "b".repeat(64),
      rowIndex: 0,
      messages: [{ role: "user", content: "What?" }],
    });
    const request = fixture.azure.requests.filter((seen) => seen.path === "/score").at(-1);
    expect(request?.headers["azureml-model-deployment"]).toBe("demo");
    expect(request?.headers.authorization).toBe(`Bearer ${canaries.endpointKey}`);
    expect(request?.body).not.toContain("That.");
    const written = JSON.parse(
      fs.readFileSync(path.join(fixture.home, ".data/sample_score.json"), "utf8"),
    ) as unknown;
    expect(written).toEqual({
      input_data: {
        input_string: [[{ role: "user", content: "What?" }]],
        parameters: { temperature: 0.6, top_p: 0.9, do_sample: true, max_new_tokens: 200 },
      },
      params: {},
    });
  });

  test("score fails at once when the deployment refuses the request", async () => {
    fixture.azure.scores = [
      { status: 400, body: { error: { code: "BadRequest", message: "no such parameter" } } },
    ];
    const error = await failureOf(fixture.host.create("score", score()));
    expect(error.message).toContain(
      "demo of endpoint chat did not answer the question (400: no such parameter)",
    );
  });

  test("score keeps no text of rows that are not shown, in outputs, file and errors", async () => {
    const file = path.join(fixture.home, ".data/sample_score.json");
    fs.rmSync(file, { force: true });
    fixture.azure.scores = [{ status: 200, body: JSON.stringify("An answer.") }];
    const { outs } = await fixture.host.create("score", { ...score(), showRows: false });
    expect(Object.keys(outs)).toEqual(expect.arrayContaining(["latencyMs", "rowIndex", "showRows"]));
    for (const name of ["question", "messages", "reference", "answer", "promptId"])
      expect(outs).not.toHaveProperty(name);
    expect(fs.existsSync(file)).toBe(false);
    fixture.azure.scores = [{ status: 400, body: { error: { message: "cannot answer What?" } } }];
    const error = await failureOf(fixture.host.create("score", { ...score(), showRows: false }));
    expect(error.message).toContain("cannot answer [hidden]");
    const shown = (await fixture.host.diff("score", score(), { ...score(), showRows: false })).changes;
    expect(shown).toBe(changes.some);
  });

  test("score does not wait for a deployment that does not exist", async () => {
    fixture.azure.endpoints.get("chat")?.deployments.clear();
    fixture.azure.scores = [{ status: 404, body: "no route" }];
    const error = await failureOf(fixture.host.create("score", score()));
    expect(error.message).toContain(
      "did not answer the question (404: the deployment does not exist; no route)",
    );
  });

  test("score is gone when its deployment is gone", async () => {
    expect((await fixture.host.read("score", "chat/score", score())).id).toBe("chat/score");
    fixture.azure.endpoints.get("chat")?.deployments.clear();
    expect((await fixture.host.read("score", "chat/score", score())).id).toBe("");
  });
});
