import { sign } from "jsonwebtoken";
import { generateKeyPairSync } from "node:crypto";
import * as fs from "node:fs";
import * as http from "node:http";
import * as path from "node:path";
import { openTokens } from "../../../local/cloud/auth";
import type { Part } from "../../../local/cloud/cloud";
import { startTestCloud, SUBSCRIPTION, type TestCloud } from "./helpers/testCloud";

const path_ = `${SUBSCRIPTION}/resourceGroups`;

const openPart: Part = (app, cloud) => {
  app.get("/open", { config: { access: "public" } }, () => ({ open: true }));
  app.get("/own", { config: { access: "own" } }, (request) =>
    cloud.verifyToken(request.headers.authorization, ["own"]),
  );
};

describe("the token check", () => {
  let cloud: TestCloud;
  beforeAll(async () => {
    cloud = await startTestCloud({ parts: [openPart] });
  });
  afterAll(() => cloud.dispose());

  const withToken = async (token: string): Promise<[number, string | undefined]> => {
    const answer = await cloud.call("GET", path_, undefined, { authorization: token });
    return [answer.status, answer.body.error?.code];
  };

  it("refuses a request without a token, with a challenge", async () => {
    const answer = await cloud.call("GET", path_, undefined, { authorization: "" });
    expect(answer.status).toBe(401);
    expect(answer.headers["www-authenticate"]).toContain("Bearer");
    expect(await withToken("Basic abc")).toEqual([401, "AuthenticationFailed"]);
    expect(await withToken("Bearer not.a.token")).toEqual([401, "InvalidAuthenticationToken"]);
  });

  it("refuses an expired token, a wrong audience, a foreign key and a missing signature", async () => {
    const { issueToken } = cloud.cloud;
    expect(await withToken(`Bearer ${issueToken("https://management.azure.com", -120)}`)).toEqual([
      401,
      "ExpiredAuthenticationToken",
    ]);
    expect(await withToken(`Bearer ${issueToken("https://storage.azure.com")}`)).toEqual([
      401,
      "InvalidAuthenticationTokenAudience",
    ]);
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const claims = { aud: "https://management.azure.com", iss: "https://sts.windows.net/x/" };
    const foreign = sign(claims, privateKey, { algorithm: "RS256", expiresIn: 60 });
    expect(await withToken(`Bearer ${foreign}`)).toEqual([401, "InvalidAuthenticationToken"]);
    const unsigned = sign(claims, "", { algorithm: "none" as never, expiresIn: 60 });
    expect(await withToken(`Bearer ${unsigned}`)).toEqual([401, "InvalidAuthenticationToken"]);
  });

  it.each([
    "https://management.azure.com/",
    "https://management.core.windows.net",
    "https://ml.azure.com",
    "BASE",
    "BASE/",
  ])("accepts a token for %s", async (audience) => {
    const token = cloud.cloud.issueToken(audience.replace("BASE", cloud.cloud.baseUrl));
    expect((await withToken(`Bearer ${token}`))[0]).toBe(200);
  });

  it("accepts a token of any signer when it is told to, except for another service or an expired one", async () => {
    const { issue } = openTokens(path.join(cloud.home, "elsewhere"));
    const { verify } = openTokens(cloud.home, { anyToken: true });
    const arm = ["https://management.azure.com"];
    expect(verify(`Bearer ${issue(arm[0] ?? "")}`, arm)).toMatchObject({ audience: arm[0] });
    for (const token of ["not.a.token", issue(arm[0] ?? "", -1), issue("https://vault.azure.net")])
      expect(() => verify(`Bearer ${token}`, arm)).toThrow(/access token/);
  });

  it("is skipped by routes that are public or check callers themselves", async () => {
    expect((await cloud.call("GET", "/open", undefined, { authorization: "" })).body).toEqual({ open: true });
    expect((await cloud.call("GET", "/own")).status).toBe(401);
    const token = cloud.cloud.issueToken("own");
    expect(
      (await cloud.call("GET", "/own", undefined, { authorization: `Bearer ${token}` })).body.audience,
    ).toBe("own");
  });

  it("answers 404 for another subscription", async () => {
    const answer = await cloud.call(
      "GET",
      "/subscriptions/11111111-0000-0000-0000-000000000000/resourceGroups",
    );
    expect([answer.status, answer.body.error.code]).toEqual([404, "SubscriptionNotFound"]);
  });

  it("is passed by tokens from the identity endpoint, which requires the secret", async () => {
    const secret = fs.readFileSync(path.join(cloud.home, "identity-header"), "utf8");
    const ask = (query: string, header?: string): Promise<{ status: number; body: Record<string, string> }> =>
      new Promise((resolve, reject) => {
        const headers = header === undefined ? {} : { "X-IDENTITY-HEADER": header };
        const url = `http://127.0.0.1:${cloud.identityPort}${query}`;
        http
          .get(url, { headers, agent: false }, (response) => {
            let text = "";
            response.on("data", (chunk: Buffer) => (text += chunk.toString()));
            response.on("end", () =>
              resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as never }),
            );
          })
          .on("error", reject);
      });
    const query = "/msi/token?api-version=2019-08-01&resource=https://storage.azure.com";
    expect((await ask(query)).status).toBe(401);
    expect((await ask(query, "wrong")).status).toBe(401);
    expect((await ask("/msi/token?api-version=2019-08-01", secret)).status).toBe(400);
    expect((await ask("/elsewhere", secret)).status).toBe(404);
    const { body } = await ask(query, secret);
    expect(body).toMatchObject({ token_type: "Bearer", resource: "https://storage.azure.com" });
    expect(Number(body["expires_on"])).toBeGreaterThan(Date.now() / 1000);
    const claims = JSON.parse(
      Buffer.from(body["access_token"]?.split(".")[1] ?? "", "base64url").toString(),
    ) as object;
    expect(claims).toMatchObject({
      aud: "https://storage.azure.com",
      iss: "https://sts.windows.net/00000000-0000-0000-0000-00000000000a/",
      oid: expect.any(String),
      tid: "00000000-0000-0000-0000-00000000000a",
    });
  });

  it("keeps keys and secrets readable by their owner only", () => {
    for (const name of [
      "token-key.pem",
      "identity-header",
      "tls/server-key.pem",
      "tls/ca-key.pem",
      "store/journal.jsonl",
    ]) {
      expect(fs.statSync(path.join(cloud.home, name)).mode & 0o077).toBe(0);
    }
  });

  it("is described by metadata in both shapes that clients read", async () => {
    const get = async (version: string): Promise<unknown> =>
      (
        await cloud.call("GET", `/metadata/endpoints?api-version=${version}`, undefined, {
          authorization: "",
        })
      ).body;
    const base = cloud.cloud.baseUrl;
    expect(await get("2022-09-01")).toMatchObject({
      resourceManager: `${base}/`,
      authentication: {
        loginEndpoint: `${base}/`,
        audiences: [base, expect.any(String)],
        identityProvider: "AAD",
      },
      suffixes: { storage: expect.any(String), keyVaultDns: expect.any(String) },
      microsoftGraphResourceId: expect.any(String),
    });
    const [cloudOf2019] = (await get("2019-05-01")) as Array<Record<string, unknown>>;
    expect(new URL(String(cloudOf2019?.["portal"])).hostname.split(".").length).toBeGreaterThanOrEqual(3);
  });

  it("writes no token, key or signature to the request log", async () => {
    await cloud.call("GET", "/open?sig=topsecret&x=1");
    const read = (): string => fs.readFileSync(path.join(cloud.home, "requests.log"), "utf8");
    while (!read().includes("sig=")) await new Promise((resolve) => setTimeout(resolve, 5));
    const log = read();
    expect(log).toContain("sig=***");
    expect(log).not.toContain("topsecret");
    expect(log).not.toContain("eyJ");
  });
});
