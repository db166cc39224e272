import { mostPoints } from "../../../operations/workspaceView/thinned";
import { bigWorkspace } from "./bigWorkspace";
import { enter, secrets, send, studioOf } from "./support";

let started: Awaited<ReturnType<typeof studioOf>>;
beforeEach(async () => {
  started = await studioOf(bigWorkspace);
});
afterEach(() => started.studio.close());

const views = ["overview", "jobs", "jobs/j1", "models", "data", "endpoints", "cost"];
const question = {
  endpoint: "chat",
  deployment: "blue",
  messages: [{ role: "user", content: "capital of France?" }],
  temperature: 0,
  topP: 0.9,
  maxNewTokens: 10,
};

describe("a request is refused", () => {
  const refused = async (change: Record<string, string>, method = "POST") => {
    const { studio } = started;
    const headers = { ...(await enter(studio)), ...change };
    const answer = await send(studio.port, method === "GET" ? "/live/jobs" : "/api/ask", {
      method,
      headers,
      ...(method === "POST" ? { body: question } : {}),
    });
    // Nothing reaches Azure.
    expect(started.sent).toEqual([]);
    return answer;
  };

  it("with the Host of another name for this machine, as after DNS rebinding", async () => {
    const { status, text } = await refused({ host: "evil.test" }, "GET");
    expect(status).toBe(403);
    expect(text).toContain("evil.test");
    expect((await refused({ host: "127.0.0.1:1" }, "GET")).status).toBe(403);
  });

  it("with the Origin of another page", async () => {
    expect((await refused({ origin: "https://evil.test" })).status).toBe(403);
    expect((await refused({ origin: "null" })).status).toBe(403);
    expect((await refused({ origin: "https://evil.test" }, "GET")).status).toBe(403);
  });

  it("without a session, or with a wrong one", async () => {
    const { studio } = started;
    expect((await refused({ cookie: "" })).status).toBe(401);
    expect((await refused({ cookie: `azureml_studio_${studio.port}=wrong` }, "GET")).status).toBe(401);
    for (const path of ["/", "/style.css", "/api/about", "/nothing"])
      expect((await send(studio.port, path)).status).toBe(401);
  });

  it("if it would change something and names no Origin", async () => {
    const { cookie } = await enter(started.studio);
    const { status } = await send(started.studio.port, "/api/ask", {
      method: "POST",
      headers: { cookie },
      body: question,
    });
    expect(status).toBe(403);
  });
});

describe("the printed address", () => {
  it("lets one browser in, and the next address another one", async () => {
    const { studio, opened } = started;
    const { pathname, search } = new URL(studio.address);
    const first = await send(studio.port, `${pathname}${search}`);
    expect(first.status).toBe(303);
    expect(first.headers.location).toBe("/");
    expect(String(first.headers["set-cookie"])).toMatch(/; HttpOnly; SameSite=Strict$/);
    expect((await send(studio.port, `${pathname}${search}`)).status).toBe(401);
    expect(opened).toHaveLength(1);
    const { cookie } = await enter({ ...studio, address: opened[0] ?? "" });
    expect((await send(studio.port, "/api/about", { headers: { cookie } })).status).toBe(200);
  });

  it("refuses a wrong token, and stays valid after it", async () => {
    const { studio } = started;
    expect((await send(studio.port, "/open?token=wrong")).status).toBe(401);
    expect((await send(studio.port, "/open")).status).toBe(401);
    expect((await enter(studio)).cookie).not.toBe("");
  });
});

it("allows the page no inline script and no other server", async () => {
  const headers = await enter(started.studio);
  for (const path of ["/", "/live/jobs"]) {
    const policy = String(
      (await send(started.studio.port, path, { headers })).headers["content-security-policy"],
    );
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain("unsafe");
  }
  expect((await send(started.studio.port, "/", { headers })).text).not.toMatch(
    /<script(?![^>]* src=)|<style| on\w+=/,
  );
});

it("sends no token and no key to the page", async () => {
  const { studio, sent } = started;
  const headers = await enter(studio);
  const all = await Promise.all([
    ...views.map((view) => send(studio.port, `/live/${view}`, { headers })),
    send(studio.port, "/", { headers }),
    send(studio.port, "/api/about", { headers }),
    send(studio.port, "/api/ask", { method: "POST", headers, body: question }),
  ]);
  for (const { status, text, headers: answered } of all) {
    expect(status).toBe(200);
    expect(text).not.toContain("event: problem");
    for (const secret of secrets) expect(text + JSON.stringify(answered)).not.toContain(secret);
  }
  // Both were used.
  const authorizations = sent.map((request) => request.headers.get("authorization"));
  for (const secret of secrets) expect(authorizations).toContain(`Bearer ${secret}`);
});

it("sends a question to the deployment that was chosen, and shows the request without its key", async () => {
  const { studio, sent } = started;
  const headers = await enter(studio);
  const { text } = await send(studio.port, "/api/ask", { method: "POST", headers, body: question });
  const { answer, request } = JSON.parse(text) as {
    answer: string;
    request: { headers: object; body: object };
  };
  expect(answer).toBe("Paris");
  expect(request.headers).toMatchObject({ authorization: "Bearer ***", "azureml-model-deployment": "blue" });
  const scored = sent.find(({ url }) => url === "https://chat.test/score");
  expect(scored?.headers.get("azureml-model-deployment")).toBe("blue");
  expect(JSON.parse(String(scored?.body))).toEqual(request.body);
});

it("names what is wrong with a question", async () => {
  const headers = await enter(started.studio);
  const body = { ...question, temperature: 7 };
  const { status, text } = await send(started.studio.port, "/api/ask", { method: "POST", headers, body });
  expect(status).toBe(400);
  expect(text).toContain("temperature");
});

it("reports why a view cannot be read, as an event of its stream", async () => {
  const { studio } = await studioOf({ onlineEndpoints: { value: [{ name: 5 }] } });
  const { text } = await send(studio.port, "/live/endpoints", { headers: await enter(studio) });
  expect(text).toMatch(/^event: problem\ndata: {"message":".*id/);
  await studio.close();
});

it("sends bounded views of 500 jobs and 10,000 points", async () => {
  const headers = await enter(started.studio);
  const read = async (view: string): Promise<unknown> => {
    const { text } = await send(started.studio.port, `/live/${view}`, { headers });
    expect(text.length).toBeLessThan(64_000);
    return JSON.parse(text.slice(text.indexOf("data: ") + 6));
  };
  expect(await read("jobs")).toMatchObject({ total: 500, jobs: { length: 50 } });
  expect(await read("jobs?limit=100")).toMatchObject({ jobs: { length: 100 } });
  const { curves } = (await read("jobs/j1")) as { curves: { loss: number[][] } };
  expect(curves.loss.length).toBeLessThanOrEqual(mostPoints);
  expect(curves.loss[0]).toEqual([0, 1]);
  expect(curves.loss.at(-1)).toEqual([9_999, 1 / 10_000]);
});

it("has no controls of a cloud unless they are passed", async () => {
  const headers = await enter(started.studio);
  expect((await send(started.studio.port, "/live/cloud", { headers })).status).toBe(404);
  expect(JSON.parse((await send(started.studio.port, "/api/about", { headers })).text)).toMatchObject({
    hasControls: false,
  });
});
