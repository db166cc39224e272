import * as net from "node:net";
import * as os from "node:os";
import { createCloud } from "../../../local/cloud/server";
import { startTestCloud, SUBSCRIPTION, temporaryDirectory, type TestCloud } from "./helpers/testCloud";

const group = `${SUBSCRIPTION}/resourceGroups/first`;

describe("the local cloud's server", () => {
  let cloud: TestCloud;
  beforeAll(async () => {
    cloud = await startTestCloud();
  });
  afterAll(() => cloud.dispose());

  it("creates, reads, patches, lists and deletes a resource group", async () => {
    const made = await cloud.call("PUT", group, { location: "West Europe", tags: { a: "1" } });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      location: "westeurope",
      properties: { provisioningState: "Succeeded" },
    });
    expect((await cloud.call("PUT", group, { location: "westeurope" })).status).toBe(200);
    expect((await cloud.call("PATCH", group, { tags: { b: "2" } })).body.tags).toEqual({ b: "2" });
    expect((await cloud.call("HEAD", group)).status).toBe(204);
    expect((await cloud.call("HEAD", `${group}-not`)).status).toBe(404);
    const other = group.replace("resourceGroups", "RESOURCEGROUPS").replace("first", "FIRST");
    expect((await cloud.call("GET", other)).body.id).toBe(group);
    expect((await cloud.call("GET", `${SUBSCRIPTION}/resourcegroups`)).body.value).toHaveLength(1);
    const gone = await cloud.call("DELETE", group);
    expect(gone.status).toBe(202);
    expect(gone.headers["azure-asyncoperation"]).toBeUndefined();
    expect((await cloud.finish(gone)).status).toBe(204);
    expect((await cloud.call("GET", group)).status).toBe(404);
  });

  it("answers 501 with method, route and api-version for an unknown route", async () => {
    const answer = await cloud.call(
      "GET",
      `${SUBSCRIPTION}/providers/Microsoft.Quantum/things?api-version=2030-01-01`,
    );
    expect(answer.status).toBe(501);
    expect(answer.body.error.message).toMatch(/GET .*Microsoft\.Quantum\/things \(api-version 2030-01-01\)/);
  });

  it("answers 405 with the allowed methods", async () => {
    const answer = await cloud.call("POST", group, {});
    expect(answer.status).toBe(405);
    expect(answer.headers["allow"]).toContain("PUT");
  });

  it("refuses malformed JSON, a body that is not an object, and a missing or malformed api-version", async () => {
    expect((await cloud.call("PUT", group, "{oops")).body.error.code).toBe("InvalidRequestContent");
    expect((await cloud.call("PUT", group, [])).body.error.message).toContain("an array");
    expect((await cloud.call("GET", `${group}?api-version=`)).body.error.code).toBe(
      "MissingApiVersionParameter",
    );
    expect((await cloud.call("GET", `${group}?api-version=x`)).body.error.code).toBe(
      "InvalidApiVersionParameter",
    );
  });

  it("refuses a body over the limit with 413", async () => {
    const answer = await cloud.call("PUT", group, { location: "x".repeat(5 * 1024 * 1024) });
    expect(answer.status).toBe(413);
  });

  it("returns request and correlation ids", async () => {
    const { headers } = await cloud.call("GET", group, undefined, { "x-ms-correlation-request-id": "abc-1" });
    expect(headers["x-ms-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers["x-ms-correlation-request-id"]).toBe("abc-1");
  });

  it("counts requests and writes except those to its own routes", async () => {
    const before = (await cloud.call("GET", "/local/status")).body.requests;
    await cloud.call("GET", group);
    await cloud.call("PUT", group, { location: "westeurope" });
    await cloud.call("POST", `${group}/providers/Microsoft.Storage/storageAccounts/x/listKeys`);
    const after = (await cloud.call("GET", "/local/status")).body.requests;
    expect(after.total - before.total).toBe(3);
    expect(after.writes - before.writes).toBe(1);
  });

  it("listens on loopback only", async () => {
    const others = Object.values(os.networkInterfaces())
      .flat()
      .filter((entry) => entry && !entry.internal && entry.family === "IPv4");
    for (const port of [cloud.port, cloud.identityPort]) {
      for (const other of others) {
        const refused = await new Promise((resolve) => {
          const socket = net.connect({ host: other?.address, port, timeout: 2000 });
          socket
            .on("connect", () => resolve(false))
            .on("error", () => resolve(true))
            .on("timeout", () => resolve(true));
        });
        expect(refused).toBe(true);
      }
    }
  });

  it("reports which port is taken, its purpose and the variable that changes it", async () => {
    const home = temporaryDirectory();
    await expect(createCloud({ home, port: cloud.port })).rejects.toThrow(
      new RegExp(`Port ${cloud.port} .*AZUREML_LOCAL_PORT`),
    );
    // Nothing is left that would break the next start.
    const next = await createCloud({ home, port: 0 });
    await next.close();
  });
});
