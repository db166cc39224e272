import { cancelAndWait, type Job } from "../../azureml/clients/jobs";
import { armPut } from "../../azureml/clients/arm";
import { azureMlError } from "../../azureml/errors";
import { awakeTime, createOutage, outageLimitMs, unavailable } from "../../azureml/http/patience";
import { fakeCloud, type Reply } from "./support";
import { virtualClock } from "./virtualClock";

const minute = 60_000;
const hour = 60 * minute;
const down = (): Promise<never> =>
  Promise.reject(azureMlError("NotReachable", { what: "x", host: "h", detail: "ECONNREFUSED" }));

test("the sleep of the machine is no waiting time", () => {
  const clock = virtualClock();
  const waited = awakeTime(clock, minute);
  clock.jump(30_000);
  expect(waited()).toBe(30_000);
  clock.jump(8 * hour);
  expect(waited()).toBe(30_000);
  clock.jump(-hour);
  expect(waited()).toBe(30_000);
  clock.jump(10_000);
  expect(waited()).toBe(40_000);
});

test("an outage that began before the machine slept for hours is not over at the first failed poll after it", async () => {
  const clock = virtualClock();
  const outage = createOutage({ clock });
  expect(await outage.tolerate(down)).toBe(unavailable);
  clock.jump(9 * hour);
  expect(await outage.tolerate(down)).toBe(unavailable);
  expect(await outage.tolerate(() => Promise.resolve("answer"))).toBe("answer");
});

test("an outage ends with its last error when the machine was awake for longer than the limit", async () => {
  const clock = virtualClock();
  const lines: string[] = [];
  const outage = createOutage({ clock, onStart: () => lines.push("start"), onEnd: () => lines.push("end") });
  for (let passed = 0; passed <= outageLimitMs; passed += minute) {
    expect(await outage.tolerate(down)).toBe(unavailable);
    clock.jump(minute);
  }
  await expect(outage.tolerate(down)).rejects.toMatchObject({ code: "NotReachable" });
  await outage.tolerate(() => Promise.resolve());
  expect(lines).toEqual(["start", "end"]);
});

test("an error that says something about the resource is thrown at once", async () => {
  const failure = azureMlError("JobLost", { job: "j" });
  await expect(createOutage().tolerate(() => Promise.reject(failure))).rejects.toBe(failure);
});

const call = { path: "/subscriptions/s/thing", apiVersion: "2024-10-01", what: 'thing "t"' };
const operation = "https://arm.test/operations/1?api-version=1";
const thing = (provisioningState: string): object => ({
  id: "/t",
  name: "t",
  properties: { provisioningState },
});
const polled = (reply: (poll: number) => Reply): ReturnType<typeof fakeCloud> => {
  let poll = 0;
  return fakeCloud(({ method, url }) => {
    if (method === "PUT") {
      const headers = { "azure-asyncoperation": operation, "retry-after": "30" };
      return { status: 201, body: thing("Creating"), headers };
    }
    return url.includes("/operations/") ? reply((poll += 1)) : { status: 200, body: thing("Succeeded") };
  });
};

test("a long-running operation is followed through refused connections, an expired token and a proxy's page", async () => {
  const { session } = polled((poll) => {
    if (poll <= 20)
      return { status: 0, error: Object.assign(new Error("refused"), { code: "ECONNREFUSED" }) };
    if (poll <= 22) return { status: 401, body: { error: { code: "ExpiredAuthenticationToken" } } };
    if (poll === 23) return { status: 200, body: { status: "InProgress" }, headers: { "retry-after": "30" } };
    return { status: 200, body: { status: "Succeeded" } };
  });
  const done = await armPut(session, call, {}, { clock: virtualClock() });
  expect(done.properties.provisioningState).toBe("Succeeded");
});

test("the limit of a long-running operation does not count the sleep of the machine", async () => {
  const clock = virtualClock();
  const { session } = polled((poll) => {
    if (poll === 2) clock.jump(10 * hour);
    return {
      status: 200,
      body: { status: poll < 5 ? "InProgress" : "Succeeded" },
      headers: { "retry-after": "30" },
    };
  });
  await armPut(session, call, {}, { clock });
});

test("a long-running operation that makes no progress ends with its limit and the last status", async () => {
  const reply = { status: 200, body: { status: "InProgress" }, headers: { "retry-after": "30" } };
  const work = armPut(polled(() => reply).session, call, {}, { clock: virtualClock(), timeoutMinutes: 10 });
  await expect(work).rejects.toMatchObject({
    code: "OperationTimeout",
    message: expect.stringMatching(/10 minutes.*InProgress/),
  });
});

test("a cancellation waits for the end of the job through an outage", async () => {
  const workspace = { subscriptionId: "s", resourceGroupName: "g", workspaceName: "w" };
  const job = (status: string): Reply => ({
    status: 200,
    body: { id: "/jobs/j", name: "j", properties: { status } },
  });
  let polls = 0;
  const { session } = fakeCloud(({ method }) => {
    if (method === "POST") return { status: 202 };
    polls += 1;
    if (polls < 3) return job("CancelRequested");
    return polls < 20 ? { status: 503 } : job("Canceled");
  });
  await cancelAndWait(session, workspace, { name: "j", status: "Running" } as Job, virtualClock());
  expect(polls).toBe(20);
});
