import type { Job } from "../../azureml/clients/jobs";
import type { HostSignals } from "../../providers/shared/hostSignals";
import { isPastDeadline } from "../../providers/pipelineJob/deadline";
import { followToCompletion, type FollowInput } from "../../providers/pipelineJob/follow";
import { fakeCloud, type Reply } from "../azureml/support";
import { virtualClock } from "../azureml/virtualClock";

const minute = 60_000;
const hour = 60 * minute;
const start = Date.parse("2026-01-01T00:00:00Z");
const refused: Reply = {
  status: 0,
  error: Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:443"), { code: "ECONNREFUSED" }),
};

let lines: string[] = [];
beforeEach(() => {
  lines = [];
  jest.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
});
afterEach(() => jest.restoreAllMocks());

type Clock = ReturnType<typeof virtualClock>;

/** Signals that the test sends. */
function testSignals(): HostSignals & { cancel(): void; end(): void; ended: string[] } {
  let [cancel, end] = [(): void => undefined, (_: NodeJS.Signals): void => undefined];
  const ended: string[] = [];
  return {
    onCancel: (listener) => ((cancel = listener), () => (cancel = () => undefined)),
    onEnd: (listener) => ((end = listener), () => (end = () => undefined)),
    endProcess: (signal) => void ended.push(signal),
    cancel: () => cancel(),
    end: () => end("SIGINT"),
    ended,
  };
}

/** Follows job `j`; `poll` is the response to the n-th look at it. */
function follow(
  poll: (index: number, clock: Clock) => Reply | string,
  options: Partial<FollowInput> & {
    serviceTime?: (clock: Clock) => number;
    other?: (url: string) => Reply | undefined;
  } = {},
): { done: Promise<Job>; statuses: string[]; polls(): number; clock: Clock } {
  const clock = virtualClock(start);
  let polls = 0;
  const { session } = fakeCloud(({ url, method }) => {
    if (method === "POST" && url.includes("/cancel")) return { status: 202 };
    const other = options.other?.(url);
    if (other) return other;
    if (!url.includes("/jobs/j")) return { status: 404, body: { error: { code: "NotFound" } } };
    polls += 1;
    const reply = poll(polls, clock);
    if (typeof reply !== "string") return reply;
    const date = new Date((options.serviceTime ?? ((own) => own.now()))(clock)).toUTCString();
    const body = { id: "/jobs/j", name: "j", properties: { status: reply } };
    return { status: 200, body, headers: { date } };
  });
  const statuses: string[] = [];
  const job = { name: "j", status: "Running", studioUrl: "", createdAt: new Date(start).toISOString() };
  const done = followToCompletion({
    session,
    workspace: { subscriptionId: "s", resourceGroupName: "g", workspaceName: "w" },
    job: job as Job,
    compute: "gpu",
    parameters: {},
    deadlineMinutes: 1440,
    maxPreemptions: 3,
    onStatus: (status) => statuses.push(status),
    clock,
    signals: testSignals(),
    ...options,
  });
  return { done, statuses, polls: () => polls, clock };
}

test("a job is followed through five minutes without any connection", async () => {
  const until = start + 6 * minute;
  const { done } = follow((index, clock) => {
    if (index < 3) return "Running";
    return clock.now() < until ? refused : "Completed";
  });
  expect(await done).toMatchObject({ status: "Completed" });
  expect(lines.filter((line) => /retrying/.test(line))).toHaveLength(1);
  expect(lines.join("\n")).toContain("Azure responds again");
});

test("a job is followed through storms of 429 and 503, expired tokens and pages of a proxy", async () => {
  const storm: Reply[] = [
    ...Array<Reply>(40).fill({ status: 429 }),
    ...Array<Reply>(40).fill({ status: 503 }),
    ...Array<Reply>(8).fill({ status: 401, body: { error: { code: "ExpiredAuthenticationToken" } } }),
    ...Array<Reply>(4).fill({ status: 200, body: "<html>Sign in to the network</html>" }),
  ];
  const { done } = follow((index) => storm[index - 1] ?? "Completed");
  expect(await done).toMatchObject({ status: "Completed" });
});

test("a job is followed after the machine slept for ten hours in the middle of an outage", async () => {
  const { done, statuses } = follow((index, clock) => {
    if (index === 5) clock.jump(10 * hour);
    if (index > 2 && index < 9) return refused;
    return index < 12 ? "Running" : "Completed";
  });
  expect(await done).toMatchObject({ status: "Completed" });
  expect(statuses.at(-1)).toBe("Completed");
});

test("a deadline is not applied at a failed poll, and not because this machine's clock jumped", async () => {
  let serviceTime = start;
  const { done, statuses } = follow(
    (index, clock) => {
      serviceTime += 1_000;
      if (index === 3) clock.jump(1_000 * hour);
      return index === 4 ? refused : index < 10 ? "Running" : "Completed";
    },
    { serviceTime: () => serviceTime },
  );
  expect(await done).toMatchObject({ status: "Completed" });
  expect(statuses).not.toContain("CancelRequested");
});

test("a deadline is applied by the service's times", async () => {
  const { done, statuses } = follow(() => "Running", { serviceTime: () => start + 25 * hour });
  await expect(done).rejects.toMatchObject({ code: "JobDeadline" });
  expect(statuses.at(-1)).toBe("CancelRequested");
});

test("a deadline counts the time of following if the service's times are missing or contradict each other", () => {
  const deadline = { createdAt: new Date(start).toISOString(), minutes: 10 };
  expect(isPastDeadline(deadline, start + 11 * minute, 0)).toBe(true);
  expect(isPastDeadline(deadline, start + 9 * minute, hour)).toBe(false);
  expect(isPastDeadline(deadline, start - hour, 9 * minute)).toBe(false);
  expect(isPastDeadline(deadline, undefined, 11 * minute)).toBe(true);
  expect(isPastDeadline({ ...deadline, createdAt: "" }, start, 11 * minute)).toBe(true);
});

test("a service that stays away for longer than half an hour ends the run, and the error says what did not answer", async () => {
  const { done } = follow((index) => (index < 3 ? "Running" : refused));
  await expect(done).rejects.toMatchObject({
    code: "NotReachable",
    message: expect.stringContaining("ECONNREFUSED"),
  });
});

test("a job that is away for a moment is not lost; a deleted one is", async () => {
  const away: Reply = { status: 404, body: { error: { code: "NotFound" } } };
  const back = follow((index) => (index === 2 || index === 3 ? away : index < 5 ? "Running" : "Completed"));
  expect(await back.done).toMatchObject({ status: "Completed" });
  const deleted = follow((index) => (index < 3 ? "Running" : away));
  await expect(deleted.done).rejects.toMatchObject({ code: "JobLost" });
});

test("the first Ctrl-C says what is awaited; the end of the process detaches, and the job continues", async () => {
  const signals = testSignals();
  const { done, statuses } = follow(
    (index) => {
      if (index === 3) signals.cancel();
      if (index === 6) signals.end();
      return "Running";
    },
    { signals },
  );
  await expect(done).rejects.toMatchObject({
    code: "JobDetached",
    message: expect.stringMatching(
      /^\[JobDetached\] j: detached\. .*is Running.*cluster gpu.*npm run up.*npm run destroy/s,
    ),
  });
  expect(lines.filter((line) => line.includes("a second Ctrl-C detaches"))).toEqual([
    expect.stringMatching(/^\[j\] waiting for the end of this job, which is Running\. .*gpu.*bills/),
  ]);
  expect(signals.ended).toEqual(["SIGINT"]);
  expect(statuses).not.toContain("CancelRequested");
});

/** A low-priority cluster, and one training step with the n-th of these statuses at the n-th look. */
function preempted(
  stepStatuses: string[],
  options: Partial<FollowInput> & { vmPriority?: string } = {},
): ReturnType<typeof follow> {
  let looks = 0;
  const { vmPriority = "LowPriority", ...input } = options;
  const other = (url: string): Reply | undefined => {
    if (url.includes("/computes/gpu")) {
      return { status: 200, body: { id: "/computes/gpu", properties: { properties: { vmPriority } } } };
    }
    if (url.includes("/discovery")) return { status: 200, body: { api: "https://arm.test/api" } };
    if (/\/workspaces\/w\?/.test(url)) {
      const properties = {
        discoveryUrl: "https://arm.test/discovery",
        mlFlowTrackingUri: "azureml://arm.test/mlflow",
      };
      return { status: 200, body: { id: "/w", properties } };
    }
    if (!url.includes("/children")) return undefined;
    // The only child of a job is searched for steps too.
    if (!url.includes("/runs/j/")) return { status: 200, body: { value: [] } };
    const status = stepStatuses[Math.min(looks, stepStatuses.length - 1)] ?? "";
    looks += 1;
    const run = { runId: "train", displayName: "chat_completion_finetune", status };
    return { status: 200, body: { value: [run] } };
  };
  return follow(() => (looks >= stepStatuses.length ? "Completed" : "Running"), { ...input, other });
}

test("a preempted step is reported with its count, and the same job is followed to its end", async () => {
  const { done, statuses } = preempted([
    "Running",
    "Queued",
    "Queued",
    "Running",
    "Preparing",
    "Running",
    "Running",
  ]);
  expect(await done).toMatchObject({ name: "j", status: "Completed" });
  expect(lines.filter((line) => /preempted/.test(line))).toEqual([
    "[j] step chat_completion_finetune: node preempted; the job is queued again (1 of at most 3)",
    "[j] step chat_completion_finetune: node preempted; the job is queued again (2 of at most 3)",
  ]);
  expect(statuses).not.toContain("CancelRequested");
});

test("a job that is preempted more often than allowed is canceled, and the error names the setting and the remedy", async () => {
  const { done } = preempted(["Running", "Queued", "Running", "Queued", "Running", "Running"], {
    maxPreemptions: 1,
  });
  await expect(done).rejects.toMatchObject({
    code: "JobPreempted",
    message: expect.stringMatching(/finetune\.maxPreemptions allows \(1\).*compute\.tier to dedicated/s),
  });
});

test("a dedicated node that is lost does not count as a preemption", async () => {
  const { done } = preempted(["Running", "Queued", "Running", "Running"], {
    vmPriority: "Dedicated",
    maxPreemptions: 0,
  });
  expect(await done).toMatchObject({ status: "Completed" });
  expect(lines.join("\n")).toContain("node lost; the job is queued again");
});
