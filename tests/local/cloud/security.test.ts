import * as fs from "node:fs";
import * as http from "node:http";
import * as net from "node:net";
import * as path from "node:path";
import * as tls from "node:tls";
import { registerHub } from "../../../local/cloud/hub/hub";
import { main } from "../../../local/cloud/main";
import { registerMlParts } from "../../../local/cloud/ml/parts";
import { createCloud } from "../../../local/cloud/server";
import { GROUP, type MlCloud, pipelineJob, startMlCloud, WORKSPACE } from "./ml/mlCloud";
import {
  newestApiVersion,
  startTestCloud,
  SUBSCRIPTION,
  temporaryDirectory,
  type TestCloud,
} from "./helpers/testCloud";

/**
 * Sends raw bytes, pausing where the list has a number of milliseconds; returns everything received until the
 * end.
 */
async function sendRaw(cloud: TestCloud, parts: Array<string | number>): Promise<string> {
  const socket = tls.connect({ host: "127.0.0.1", port: cloud.port, ca: fs.readFileSync(cloud.caFile) });
  let answer = "";
  const ended = new Promise<void>((resolve) => {
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString())).on("close", () => resolve());
    socket.on("error", () => resolve());
  });
  await new Promise((resolve) => socket.once("secureConnect", resolve));
  for (const part of parts) {
    if (typeof part === "string") socket.write(part);
    else await new Promise((resolve) => setTimeout(resolve, part));
  }
  await ended;
  return answer;
}

function statusOfPlain(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = http.get(url, { headers, agent: false }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    });
    sent.on("error", reject);
  });
}

/** Public routes, and those that authenticate their callers themselves. */
const PUBLIC = /^\/(metadata|:tenant|discovery|hub|runs)\//;
const OWN = /^\/endpoints\//;

describe("every endpoint of the local cloud", () => {
  let cloud: TestCloud;
  beforeAll(async () => {
    cloud = await startTestCloud({ parts: [registerMlParts, registerHub] });
  });
  afterAll(() => cloud.dispose());
  const endpoints = () =>
    cloud.app.declaredRoutes
      .filter(({ method, url }) => !PUBLIC.test(url) && !OWN.test(url) && url !== "*" && method !== "OPTIONS")
      .map(({ method, url }) => ({ method, path: url.replace(/:\w+/g, "x").replace("*", "x") }));
  // Without the network, which is the same for all of them.
  const statusOf = async (method: string, target: string, authorization: string): Promise<number> => {
    const url = `${target}?api-version=${newestApiVersion(target)}`;
    const headers = { authorization };
    return (await cloud.app.inject({ method: method as "GET", url, headers })).statusCode;
  };
  const statusesWith = async (authorization: string): Promise<Set<number>> => {
    const statuses = new Set<number>();
    for (const { method, path: target } of endpoints())
      statuses.add(await statusOf(method, target, authorization));
    return statuses;
  };

  it("requires a token", async () => {
    expect(endpoints().length).toBeGreaterThan(150);
    expect([...(await statusesWith(""))]).toEqual([401]);
  });

  it("refuses a token for another service", async () => {
    expect([...(await statusesWith(`Bearer ${cloud.cloud.issueToken("https://vault.azure.net")}`))]).toEqual([
      401,
    ]);
  });

  it("refuses an expired token", async () => {
    const old = cloud.cloud.issueToken("https://management.azure.com", -1);
    expect([...(await statusesWith(`Bearer ${old}`))]).toEqual([401]);
  });

  it("refuses a token of another cloud", async () => {
    const other = await startTestCloud();
    const token = other.cloud.issueToken("https://management.azure.com");
    await other.dispose();
    expect([...(await statusesWith(`Bearer ${token}`))]).toEqual([401]);
  });

  it("listens on loopback, and refuses any other address", async () => {
    for (const host of ["0.0.0.0", "::", "192.168.0.1", "localhost.example"]) {
      await expect(main(["--host", host, "--home", temporaryDirectory()])).rejects.toThrow(
        /listens on 127\.0\.0\.1 only/,
      );
    }
    const files = ["tcp", "tcp6"]
      .map((name) => `/proc/self/net/${name}`)
      .filter((file) => fs.existsSync(file));
    const ports = [cloud.port, cloud.identityPort].map((port) =>
      port.toString(16).toUpperCase().padStart(4, "0"),
    );
    const listening = files
      .flatMap((file) => fs.readFileSync(file, "utf8").split("\n"))
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === "0A" && ports.includes(fields[1]?.split(":")[1] ?? ""));
    // 127.0.0.1 in the kernel's notation.
    if (files.length > 0)
      expect(new Set(listening.map((fields) => fields[1]?.split(":")[0]))).toEqual(new Set(["0100007F"]));
  });

  it.each([
    "/runs/ws/../../token-key.pem",
    "/runs/ws/run/%2e%2e/%2e%2e/%2e%2e/token-key.pem",
    "/runs/ws/run/..%2f..%2f..%2ftoken-key.pem",
    "/runs/%2e%2e/%2e%2e/token-key.pem",
    "/hub/datasets/HuggingFaceH4/ultrachat_200k/resolve/main/..%2f..%2f..%2ftoken-key.pem",
    "/hub/datasets/..%2f..%2f/x/resolve/main/README.md",
    "/hub/cdn/..%2f..%2ftoken-key.pem",
    `${SUBSCRIPTION}/resourceGroups/..%2f..%2f..%2ftoken-key.pem?api-version=2021-04-01`,
    "/subscriptions/..%2f..%2ftoken-key.pem?api-version=2021-04-01",
    "/discovery/workspaces/..%2f..%2ftoken-key.pem",
    "/%00/token-key.pem",
    "/runs/ws/run/%ff",
  ])("cannot be escaped by a path: %s", async (target) => {
    const token = cloud.cloud.issueToken("https://management.azure.com");
    const answer = await sendRaw(cloud, [
      `GET ${target} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\nconnection: close\r\n\r\n`,
    ]);
    expect(answer).not.toContain("PRIVATE KEY");
    if (!target.startsWith("/discovery/")) expect(answer).toMatch(/^HTTP\/1\.1 (4\d\d|501) /);
  });

  it.each([
    ["no JSON", "{", /could not be deserialized/],
    ["half a text", '{"location": "west', /could not be deserialized/],
    ["two documents", "{}{}", /could not be deserialized/],
    ["a list", "[]", /must be a JSON object; got an array/],
    ["a number", "1", /must be a JSON object; got number/],
    ["null", "null", /must be a JSON object/],
    ["a prototype", '{"__proto__": {"admin": true}, "location": "westeurope"}', /could not be deserialized/],
    ["a constructor's prototype", '{"constructor": {"prototype": {}}}', /could not be deserialized/],
    ["excessively nested", `${"[".repeat(200_000)}`, /nested more than 64 deep/],
    ["65 deep", `{"tags": ${'{"a":'.repeat(64)}"[["${"}".repeat(64)}}`, /nested more than 64 deep/],
    ["64 deep", `{"location": ${'{"a":'.repeat(63)}"[["${"}".repeat(63)}}`, /must be a string/],
    ["nothing", "", /must be a JSON object; got no content/],
  ])("refuses a body that is %s, in ARM's words, and continues to serve", async (_what, body, message) => {
    const answer = await cloud.call("PUT", `${SUBSCRIPTION}/resourceGroups/malformed`, body, {
      "content-type": "application/json",
    });
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toMatch(message);
    expect((await cloud.call("GET", `${SUBSCRIPTION}/resourceGroups/malformed`)).status).toBe(404);
  });

  it("refuses bodies and headers that are too large, announced or not", async () => {
    const token = cloud.cloud.issueToken("https://management.azure.com");
    const head = `PUT ${SUBSCRIPTION}/resourceGroups/large?api-version=2021-04-01 HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\nconnection: close\r\n`;
    expect(await sendRaw(cloud, [`${head}content-length: 5000000\r\n\r\n{`])).toMatch(/^HTTP\/1\.1 413 /);
    const chunk = `${(100_000).toString(16)}\r\n${"x".repeat(100_000)}\r\n`;
    const chunked = [`${head}transfer-encoding: chunked\r\n\r\n`, ...Array.from({ length: 50 }, () => chunk)];
    expect(await sendRaw(cloud, chunked)).toMatch(/^HTTP\/1\.1 413 |^$/);
    expect(await sendRaw(cloud, [`${head}x-large: ${"x".repeat(100_000)}\r\n\r\n`])).toMatch(
      /^HTTP\/1\.1 431 /,
    );
    expect(await sendRaw(cloud, [`${head}content-type: text/plain\r\ncontent-length: 2\r\n\r\nhi`])).toMatch(
      /^HTTP\/1\.1 4/,
    );
    expect((await cloud.call("GET", `${SUBSCRIPTION}/resourceGroups/large`)).status).toBe(404);
  });

  it.each([
    "evil.example",
    "evil.example:443",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "10.0.0.1",
  ])("refuses the Host header %s, whose page resolves its own name to this machine", async (host) => {
    const ask = async (target: string): Promise<string> =>
      sendRaw(cloud, [`GET ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`]);
    expect(await ask("/metadata/endpoints?api-version=2022-09-01")).toMatch(
      /^HTTP\/1\.1 400 [^]*"InvalidHostname"[^]*answers to 127\.0\.0\.1/,
    );
    const identity = `http://127.0.0.1:${cloud.identityPort}/msi/token`;
    expect(await statusOfPlain(identity, { host, "x-identity-header": "any" })).toBe(400);
  });

  it.each(["localhost", "127.0.0.1:10440", "clientsaccount.blob.localhost:10442", "LocalHost:1"])(
    "answers to the Host header %s",
    async (host) => {
      const answer = await sendRaw(cloud, [
        `GET /metadata/endpoints?api-version=2022-09-01 HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`,
      ]);
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    },
  );

  it("requires TLS: a plain request gets no answer", async () => {
    const answer = await new Promise<string>((resolve) => {
      let text = "";
      const socket = net.connect({ host: "127.0.0.1", port: cloud.port });
      socket.on("data", (chunk) => (text += chunk.toString())).on("close", () => resolve(text));
      socket.on("error", () => resolve(text));
      socket.write("GET /metadata/endpoints?api-version=2022-09-01 HTTP/1.1\r\nhost: localhost\r\n\r\n");
    });
    expect(answer).not.toContain("resourceManager");
  });
});

describe("slow clients", () => {
  it("are cut off after the request time limit, and delay nobody else", async () => {
    const cloud = await startTestCloud({ requestTimeoutMs: 1_000 });
    const slowHeaders = sendRaw(cloud, ["GET / HTTP/1.1\r\nhost: localhost\r\nx-more: "]);
    const slowBody = sendRaw(cloud, [
      `PUT ${SUBSCRIPTION}/resourceGroups/slow?api-version=2021-04-01 HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${cloud.cloud.issueToken("https://management.azure.com")}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"loc`,
    ]);
    expect(
      (await cloud.call("PUT", `${SUBSCRIPTION}/resourceGroups/quick`, { location: "westeurope" })).status,
    ).toBe(201);
    expect(await slowHeaders).toMatch(/^HTTP\/1\.1 408 |^$/);
    expect(await slowBody).toMatch(/^HTTP\/1\.1 408 |^$/);
    expect((await cloud.call("GET", `${SUBSCRIPTION}/resourceGroups/slow`)).status).toBe(404);
    await cloud.dispose();
  });
});

describe("keys of endpoints", () => {
  let cloud: MlCloud;
  beforeAll(async () => {
    cloud = await startMlCloud();
  });
  afterAll(() => cloud.dispose());

  it("differ, and give no access to another endpoint", async () => {
    const keys: string[] = [];
    const addresses: string[] = [];
    for (const name of ["first-endpoint", "second-endpoint"]) {
      const id = `${WORKSPACE}/onlineEndpoints/${name}`;
      await cloud.done("PUT", id, { location: "westeurope", properties: { authMode: "Key" } });
      const { primaryKey, secondaryKey } = (await cloud.call("POST", `${id}/listKeys`)).body;
      keys.push(primaryKey, secondaryKey);
      addresses.push((await cloud.call("GET", id)).body.properties.scoringUri);
    }
    expect(new Set(keys).size).toBe(4);
    const body = { input_data: { input_string: [{ role: "user", content: "?" }] } };
    const ask = async (address: number, key: number) =>
      (await cloud.call("POST", addresses[address] ?? "", body, { authorization: `Bearer ${keys[key]}` }))
        .status;
    // With its own keys the request gets as far as the missing deployment.
    expect([await ask(0, 0), await ask(0, 1), await ask(0, 2), await ask(0, 3)]).toEqual([
      404, 404, 401, 401,
    ]);
    expect([await ask(1, 0), await ask(1, 2)]).toEqual([401, 404]);
    // A token for ARM does not, either.
    expect((await cloud.call("POST", addresses[0] ?? "", body)).status).toBe(401);
    expect((await cloud.call("GET", GROUP)).body.properties).not.toHaveProperty("keys");
  });

  it("do not matter to a job whose name leads to a parent directory: it is refused", async () => {
    for (const name of ["..%2f..%2fevil", "%2e%2e", "a%2fb"])
      expect(
        (await cloud.call("PUT", `${WORKSPACE}/jobs/${name}`, pipelineJob())).status,
      ).toBeGreaterThanOrEqual(400);
    expect(fs.existsSync(path.join(cloud.home, "..", "evil"))).toBe(false);
  });
});

describe("files of the local cloud", () => {
  it("are readable by their owner only if they are secret, and a damaged key is reported with what to do", async () => {
    const home = temporaryDirectory();
    const first = await createCloud({ home, port: 0 });
    await first.close();
    for (const name of [
      "token-key.pem",
      "identity-header",
      path.join("store", "journal.jsonl"),
      "requests.log",
    ])
      expect([name, fs.statSync(path.join(home, name)).mode & 0o077]).toEqual([name, 0]);
    fs.writeFileSync(path.join(home, "token-key.pem"), "-----BEGIN PRIVATE KEY-----\nhalf");
    await expect(createCloud({ home, port: 0 })).rejects.toMatchObject({
      code: "KeyDamaged",
      message: expect.stringMatching(/token-key\.pem.*Delete it/),
    });
    fs.rmSync(home, { recursive: true, force: true });
  });
});
