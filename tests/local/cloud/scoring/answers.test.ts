import type { Answer } from "../helpers/testCloud";
import type { MlCloud } from "../ml/mlCloud";
import {
  BLUE,
  BODY,
  deploymentBody,
  endpointId,
  GREEN,
  makeEndpoint,
  type ScoredEndpoint,
  startScoringCloud,
} from "./endpoint";

const MINUTE = 60;

describe("scoring an endpoint", () => {
  let cloud: MlCloud;
  let endpoint: ScoredEndpoint;
  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
  beforeAll(async () => {
    cloud = await startScoringCloud();
    endpoint = await makeEndpoint(cloud, "answers");
  });
  afterEach(() => {
    cloud.trainer.reply = (answer) => Promise.resolve(answer);
  });
  afterAll(() => cloud.dispose());

  const expectText = (answer: Answer, status: number, text: string): void => {
    expect([answer.status, answer.body]).toEqual([status, text]);
    expect(answer.headers["content-type"]).toMatch(/^text\/plain/);
  };

  describe("with a key", () => {
    it("accepts both of its keys", async () => {
      for (const key of [endpoint.keys.primaryKey, endpoint.keys.secondaryKey]) {
        const answer = await endpoint.score(bearer(key));
        expect([answer.status, answer.body]).toEqual([200, { output: BLUE }]);
      }
    });

    it("refuses the keys of another endpoint with 401", async () => {
      const other = await makeEndpoint(cloud, "another");
      expect((await other.score()).status).toBe(200);
      for (const key of Object.values(other.keys)) {
        expectText(await endpoint.score(bearer(key)), 401, "key_auth_access_denied");
      }
    });

    it("refuses a missing or malformed header with 401, before it reads the body", async () => {
      for (const authorization of ["", endpoint.keys.primaryKey, `Basic ${endpoint.keys.primaryKey}`]) {
        expectText(await endpoint.score({ authorization }, "{"), 401, "key_auth_bad_header_forbidden");
      }
      const token = cloud.cloud.issueToken("https://ml.azure.com");
      expectText(await endpoint.score(bearer(token)), 401, "key_auth_access_denied");
    });

    it("refuses a regenerated key's old value, and accepts its new value and the other key", async () => {
      const { secondaryKey, primaryKey } = endpoint.keys;
      await cloud.done("POST", `${endpointId("answers")}/regenerateKeys`, { keyType: "Secondary" });
      expectText(await endpoint.score(bearer(secondaryKey)), 401, "key_auth_access_denied");
      const { body: keys } = await cloud.call("POST", `${endpointId("answers")}/listKeys`);
      expect(keys.secondaryKey).not.toBe(secondaryKey);
      for (const key of [keys.secondaryKey, primaryKey])
        expect((await endpoint.score(bearer(key))).status).toBe(200);
    });
  });

  describe("with authMode AMLToken", () => {
    let aml: ScoredEndpoint;
    const audience = `azureml-endpoint:${endpointId("aml").toLowerCase()}`;
    const ask = (token: string) => aml.score(bearer(token));
    beforeAll(async () => {
      aml = await makeEndpoint(cloud, "aml", { authMode: "AMLToken", traffic: { blue: 100 } });
    });

    it("accepts the token that the endpoint issues, whose expiry is in wall-clock time", async () => {
      await cloud.call("POST", "/local/clock", { advance: "P2D" });
      const hourFromNow = (): number => Math.floor(Date.now() / 1000) + 60 * MINUTE;
      const earliest = hourFromNow();
      const { body } = await cloud.call("POST", `${endpointId("aml")}/token`);
      const latest = hourFromNow();
      expect((await ask(body.accessToken)).body).toEqual({ output: BLUE });
      expect(body.expiryTimeUtc).toBeGreaterThanOrEqual(earliest);
      expect(body.expiryTimeUtc).toBeLessThanOrEqual(latest);
      expect(body.refreshAfterTimeUtc).toBeLessThan(body.expiryTimeUtc);
    });

    it("refuses an expired token, a token for another audience and a forged token with 401", async () => {
      const { issueToken } = cloud.cloud;
      expect((await ask(issueToken(audience, MINUTE))).status).toBe(200);
      const expired = await ask(issueToken(audience, -MINUTE));
      expect([expired.status, expired.body.error.code]).toEqual([401, "ExpiredAuthenticationToken"]);
      for (const wrong of [
        "https://management.azure.com",
        "https://ml.azure.com",
        audience.replace(/aml$/, "answers"),
      ]) {
        const answer = await ask(issueToken(wrong, MINUTE));
        expect([answer.status, answer.body.error.code]).toEqual([401, "InvalidAuthenticationTokenAudience"]);
      }
      const forged = await ask(`${issueToken(audience, MINUTE).slice(0, -8)}AAAAAAAA`);
      expect([forged.status, forged.body.error.code]).toEqual([401, "InvalidAuthenticationToken"]);
    });

    it("has no keys, and an endpoint with keys issues no token", async () => {
      expect((await ask(endpoint.keys.primaryKey)).status).toBe(401);
      expect((await cloud.call("POST", `${endpointId("aml")}/listKeys`)).status).toBe(400);
      expect((await cloud.call("POST", `${endpointId("answers")}/token`)).status).toBe(400);
    });
  });

  it("accepts only tokens of Entra ID for Azure ML with authMode AADToken", async () => {
    const aad = await makeEndpoint(cloud, "aad", { authMode: "AADToken", traffic: { blue: 100 } });
    const { issueToken } = cloud.cloud;
    expect((await aad.score(bearer(issueToken("https://ml.azure.com")))).body).toEqual({ output: BLUE });
    for (const token of [
      issueToken("https://management.azure.com"),
      issueToken("https://ml.azure.com", -MINUTE),
      endpoint.keys.primaryKey,
    ]) {
      expect((await aad.score(bearer(token))).status).toBe(401);
    }
  });

  it("queries the deployment that the header names, and answers 404 if it does not exist", async () => {
    const green = await endpoint.score({ "azureml-model-deployment": "green" });
    expect([green.body, green.headers["azureml-model-deployment"]]).toEqual([{ output: GREEN }, "green"]);
    const unknown = await endpoint.score({ "azureml-model-deployment": "red" });
    expect([unknown.status, unknown.body.error.message]).toEqual([
      404,
      'Endpoint answers has no deployment "red".',
    ]);
  });

  it("answers 404 if no deployment has traffic, and for an unknown endpoint", async () => {
    const idle = await makeEndpoint(cloud, "idle", { traffic: { blue: 0, green: 0 } });
    const answer = await idle.score();
    expect([answer.status, answer.body.error.message]).toEqual([
      404,
      expect.stringContaining("no deployment with traffic"),
    ]);
    expect((await idle.score({ "azureml-model-deployment": "green" })).status).toBe(200);
    const nobody = idle.uri.replace("/idle/", "/nobody/");
    expect((await cloud.call("POST", nobody, BODY)).status).toBe(404);
  });

  it("answers 503 with Retry-After while the deployment is being created", async () => {
    const { resources } = cloud.cloud;
    const blue = resources.get(`${endpointId("answers")}/deployments/blue`);
    if (!blue) throw new Error("the deployment blue does not exist");
    resources.put({ ...blue, properties: { ...blue.properties, provisioningState: "Creating" } });
    const answer = await endpoint.score();
    resources.put(blue);
    expect(answer.status).toBe(503);
    expect(answer.headers).toMatchObject({ "retry-after": "1", "retry-after-ms": "200" });
  });

  it.each([
    ["JSON that is broken", "{", 400, /not JSON/],
    ["no body", "", 400, /not JSON/],
    ["a list", [], 400, /must be a JSON object/],
    ["an unknown role", { input_data: { input_string: [{ role: "robot", content: "" }] } }, 400, /"robot"/],
  ])("passes the model's error for %s on as 424", async (_what, body, status, says) => {
    const answer = await endpoint.score({}, body);
    expect(answer.status).toBe(424);
    expect(answer.headers).toMatchObject({
      "ms-azureml-model-error-statuscode": String(status),
      "ms-azureml-model-error-reason": "model_error",
    });
    expect(answer.body.error.message).toMatch(says);
  });

  it("accepts a body of any content type: the model validates it", async () => {
    const answer = await endpoint.score({ "content-type": "application/octet-stream" });
    expect(answer.body).toEqual({ output: BLUE });
  });

  it("answers 424 with status 500 when the model fails, and logs the reason in the deployment's log", async () => {
    cloud.trainer.reply = () => Promise.reject(new Error("out of memory"));
    const answer = await endpoint.score();
    expect(answer.status).toBe(424);
    expect(answer.headers).toMatchObject({
      "ms-azureml-model-error-statuscode": "500",
      "ms-azureml-model-error-reason": "model_error",
    });
    const logs = await cloud.call("POST", `${endpointId("answers")}/deployments/blue/getLogs`, {});
    expect(logs.body.content).toContain("POST /score 424 out of memory");
  });

  it("answers 413 to a body that is larger than the cloud accepts", async () => {
    const answer = await endpoint.score({}, `"${"x".repeat(4 * 1024 * 1024)}"`);
    expect([answer.status, answer.body.error.code]).toEqual([413, "RequestContentTooLarge"]);
  });

  it("answers 408 when the model takes longer than the request timeout, and logs it", async () => {
    const id = `${endpointId("answers")}/deployments/green`;
    await cloud.done("PUT", id, deploymentBody(2, { requestSettings: { requestTimeout: "PT0.1S" } }));
    let release = (): void => {};
    cloud.trainer.reply = (answer) => new Promise((resolve) => (release = () => resolve(answer)));
    const answer = await endpoint.score({ "azureml-model-deployment": "green" });
    release();
    expectText(answer, 408, "upstream request timeout");
    const logs = await cloud.call("POST", `${id}/getLogs`, {});
    expect(logs.body.content).toMatch(/POST \/score 408 .*request timeout of 100 ms/);
  });

  it("answers 429 to more than twice as many requests as its instances run concurrently", async () => {
    const requestSettings = { requestTimeout: "PT1M", maxConcurrentRequestsPerInstance: 2 };
    const id = `${endpointId("answers")}/deployments/green`;
    await cloud.done("PUT", id, deploymentBody(2, { capacity: 2, requestSettings }));
    const release: Array<() => void> = [];
    cloud.trainer.reply = (answer) => new Promise((resolve) => release.push(() => resolve(answer)));
    const held: Promise<Answer>[] = [];
    const ask = () => endpoint.score({ "azureml-model-deployment": "green" });
    // Four requests run (2 instances x 2), four more wait, and the ninth is one too many.
    for (let index = 0; index < 9; index++) held.push(ask());
    const refused = await Promise.race(held);
    expectText(refused, 429, "");
    expect(refused.headers).toMatchObject({
      "ms-azureml-model-error-reason": "too_many_pending_request",
      "retry-after": "1",
      "retry-after-ms": "200",
      "x-ms-retry-after-ms": "200",
    });
    while (release.length < 4) await new Promise((resolve) => setImmediate(resolve));
    expect(release).toHaveLength(4);
    cloud.trainer.reply = (answer) => Promise.resolve(answer);
    for (const free of release) free();
    const statuses = (await Promise.all(held)).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 200, 200, 429]);
  });
});
