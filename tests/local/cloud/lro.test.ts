import { setTimeout as delay } from "node:timers/promises";
import { ArmError } from "../../../local/cloud/armError";
import type { ArmResource, Part } from "../../../local/cloud/cloud";
import { startTestCloud, SUBSCRIPTION, type TestCloud } from "./helpers/testCloud";

const id = `${SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.Test/things/t`;
const thing = (provisioningState: string): ArmResource => ({
  id,
  name: "t",
  type: "Microsoft.Test/things",
  properties: { provisioningState },
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(5);
}

describe("long-running operations", () => {
  let cloud: TestCloud;
  beforeAll(async () => {
    cloud = await startTestCloud();
  });
  afterAll(() => cloud.dispose());

  it("are InProgress, then Succeeded, with times and, until they end, with the time to poll in seconds too", async () => {
    let finish = (): void => {};
    const work = new Promise<void>((resolve) => (finish = resolve));
    cloud.cloud.resources.put(thing("Creating"));
    const headers = cloud.cloud.lro.start(id, "test", () => work);
    const wait = { "retry-after": "1", "retry-after-ms": "100", "x-ms-retry-after-ms": "100" };
    expect(headers).toMatchObject(wait);
    const poll = headers["azure-asyncoperation"] as string;
    const first = await cloud.call("GET", poll);
    expect(first.body).toMatchObject({ status: "InProgress", startTime: expect.any(String) });
    expect(first.headers).toMatchObject(wait);
    const pending = await cloud.call("GET", headers["location"] as string);
    // A client of Python refuses a relative address after the first poll (azure-core 1.41.0, LROBasePolling).
    const location = headers["location"] as string;
    expect([pending.status, pending.headers]).toMatchObject([202, { ...wait, location }]);
    expect((await cloud.call("GET", "/local/status")).body.operations).toHaveLength(1);
    finish();
    await until(async () => (await cloud.call("GET", poll)).body.status === "Succeeded");
    const over = await cloud.call("GET", poll);
    expect(over.body.endTime).toBeDefined();
    expect(over.headers["retry-after"]).toBeUndefined();
    expect((await cloud.call("GET", headers["location"] as string)).body.name).toBe("t");
  });

  it("end as Failed with the error, and leave the resource Failed", async () => {
    cloud.cloud.resources.put(thing("Creating"));
    const headers = cloud.cloud.lro.start(id, "test", async () => {
      throw new ArmError(400, "NoCapacity", "There is none.", {
        details: [{ code: "Inner", message: "why" }],
      });
    });
    const { body } = await cloud.finish({ status: 201, headers, body: undefined });
    expect(body).toMatchObject({
      status: "Failed",
      error: { code: "NoCapacity", details: [{ code: "Inner" }] },
    });
    expect(cloud.cloud.resources.get(id)?.properties["provisioningState"]).toBe("Failed");
  });

  it("answer 404 for an unknown operation", async () => {
    const path = `${SUBSCRIPTION}/providers/Microsoft.Test/locations/local/operationStatuses/nope`;
    expect((await cloud.call("GET", path)).status).toBe(404);
  });
});

describe("long-running operations after a restart", () => {
  it("resume if their kind can, and otherwise fail with what to do", async () => {
    const first = await startTestCloud();
    const { home } = first;
    first.cloud.resources.put(thing("Creating"));
    const forever = (signal: AbortSignal): Promise<void> => delay(60_000, undefined, { signal });
    const known = first.cloud.lro.start(id, "known", forever);
    const unknown = first.cloud.lro.start(id, "unknown", forever);
    await first.close();

    const resumed: string[] = [];
    const part: Part = (_app, cloud) =>
      cloud.lro.resume("known", async (resourceId) => {
        resumed.push(resourceId);
        cloud.resources.put(thing("Succeeded"));
      });
    const second = await startTestCloud({ home, parts: [part] });
    const pathOf = (headers: Record<string, string>): string => {
      const url = new URL(headers["azure-asyncoperation"] as string);
      return `${url.pathname}${url.search}`;
    };
    await until(async () => (await second.call("GET", pathOf(known))).body.status === "Succeeded");
    expect(resumed).toEqual([id]);
    const lost = (await second.call("GET", pathOf(unknown))).body;
    expect(lost).toMatchObject({ status: "Failed", error: { code: "OperationInterrupted" } });
    await second.dispose();
  });

  it("finish a group's deletion that a stop interrupted", async () => {
    const group = `${SUBSCRIPTION}/resourceGroups/dying`;
    const first = await startTestCloud({ profile: "realistic" });
    await first.call("PUT", group, { location: "westeurope" });
    expect((await first.call("DELETE", group)).status).toBe(202);
    expect((await first.call("GET", group)).body.properties.provisioningState).toBe("Deleting");
    expect((await first.call("PUT", group, { location: "westeurope" })).status).toBe(409);
    await first.close();
    const second = await startTestCloud({ home: first.home });
    await until(async () => (await second.call("GET", group)).status === 404);
    await second.dispose();
  });
});
