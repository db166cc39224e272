import { type ClockSettings, createClock, LEASE_MS, type VirtualClock } from "../../../local/cloud/clock";
import { evaluateStart, type Probe } from "../../../local/cloud/ml/online/probes";
import { GROUP, type MlCloud, pipelineJob, startMlCloud, stepsOf, WORKSPACE } from "./ml/mlCloud";

const HOUR = 3_600_000;

describe("the clock", () => {
  it("ends delays in order, each at its own time, including those that follow from them", async () => {
    const clock = createClock({ profile: "realistic", speed: 0 });
    const start = clock.now().getTime();
    const seen: Array<[string, number]> = [];
    const note = (name: string) => void seen.push([name, clock.now().getTime() - start]);
    void clock.wait(3 * HOUR).then(() => note("late"));
    void clock.wait(HOUR).then(async () => {
      note("early");
      await clock.wait(HOUR);
      note("after early");
    });
    await clock.advance(HOUR / 2);
    expect(seen).toEqual([]);
    expect(clock.pending()).toHaveLength(2);
    await clock.advance(6 * HOUR);
    expect(seen).toEqual([
      ["early", HOUR],
      ["after early", 2 * HOUR],
      ["late", 3 * HOUR],
    ]);
    expect(clock.now().getTime() - start).toBe(6.5 * HOUR);
  });

  it("does not advance past real work", async () => {
    const clock = createClock({ profile: "realistic", speed: 0 });
    const start = clock.now().getTime();
    let finish = (): void => {};
    const done = clock
      .wait(HOUR)
      .then(() => clock.during(() => new Promise<void>((resolve) => (finish = resolve))))
      .then(() => clock.wait(HOUR))
      .then(() => clock.now().getTime() - start);
    const moved = clock.advance(5 * HOUR);
    while (clock.now().getTime() === start) await new Promise((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(clock.now().getTime() - start).toBe(HOUR);
    finish();
    await moved;
    expect(await done).toBe(2 * HOUR);
  });

  it("runs at the speed that is set", async () => {
    const clock = createClock({ profile: "realistic", speed: 1_000_000 });
    const start = clock.now().getTime();
    await clock.wait(HOUR);
    expect(clock.now().getTime() - start).toBeGreaterThanOrEqual(HOUR);
    expect(() => clock.setSpeed(-1)).toThrow(RangeError);
  });

  it("takes no time in profile instant, and compares time spans with latencies in every profile", async () => {
    const instant = createClock({ profile: "instant", speed: 0 });
    await instant.latency("node.start");
    await instant.wait(HOUR);
    expect(instant.spanOf("node.start")).toBe(0);
    expect(createClock({ profile: "realistic" }).spanOf("node.start")).toBe(420_000);
    expect(createClock({ profile: "brisk" }).spanOf("node.start")).toBe(18_000);
  });

  it("ends an aborted delay and removes it", async () => {
    const clock = createClock({ profile: "realistic", speed: 0 });
    const stop = new AbortController();
    const wait = clock.latency("node.start", stop.signal);
    expect(clock.pending()).toMatchObject([{ name: "node.start" }]);
    stop.abort(new Error("given up"));
    await expect(wait).rejects.toThrow("given up");
    expect(clock.pending()).toEqual([]);
  });
});

describe("the lead of the clock", () => {
  const leads = (settings: ClockSettings): { clock: VirtualClock; stored: number[] } => {
    const stored: number[] = [];
    return { clock: createClock({ ...settings, keepLead: (lead) => void stored.push(lead) }), stored };
  };

  it("is not stored while it does not change", () => {
    const { clock, stored } = leads({ profile: "brisk", aheadMs: 5000 });
    for (let look = 0; look < 100; look++) clock.now();
    expect(stored).toEqual([]);
  });

  it("is stored before the clock reaches it, with a reserve, and rarely", async () => {
    const { clock, stored } = leads({ profile: "realistic", speed: 3600 });
    for (let look = 0; look < 100; look++) {
      const lead = clock.now().getTime() - Date.now();
      expect(stored.at(-1)).toBeGreaterThan(lead + 0.4 * LEASE_MS * 3600);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(stored).toHaveLength(1);
  });

  it("is stored at every advance before anything due happens", async () => {
    const { clock, stored } = leads({ profile: "realistic", speed: 0 });
    const start = clock.now().getTime() - Date.now();
    let atTheTime: number | undefined;
    void clock.wait(HOUR).then(() => (atTheTime = stored.at(-1)));
    await clock.advance(2 * HOUR);
    expect(atTheTime).toBeGreaterThanOrEqual(start + HOUR - 1000);
    expect(stored.at(-1)).toBeGreaterThanOrEqual(start + 2 * HOUR - 1000);
  });
});

describe("the start of a container", () => {
  const probe = (changes: Partial<Probe> = {}): Probe => ({
    initialDelayMs: 10_000,
    periodMs: 10_000,
    timeoutMs: 2_000,
    failureThreshold: 30,
    successThreshold: 1,
    ...changes,
  });
  it.each([
    ["answers before the first probe", 0, {}, {}, { ready: true, afterMs: 10_000, failures: 0 }],
    ["answers after some failures", 95_000, {}, {}, { ready: true, afterMs: 100_000, failures: 9 }],
    ["must succeed twice", 0, { successThreshold: 2 }, {}, { ready: true, afterMs: 20_000, failures: 0 }],
    [
      "is too slow for its readiness probe",
      400_000,
      {},
      { initialDelayMs: 600_000 },
      { ready: false, probe: "readiness", afterMs: 302_000, failures: 30, restarts: 0 },
    ],
    [
      "is killed by a strict liveness probe each time",
      120_000,
      {},
      { failureThreshold: 1 },
      { ready: false, probe: "liveness", afterMs: 48_000, failures: 1, restarts: 3 },
    ],
    [
      "runs but never becomes ready",
      Infinity,
      {},
      { failureThreshold: 1 },
      { ready: false, probe: "readiness", afterMs: 302_000, failures: 30, restarts: 0 },
    ],
  ])("%s", (_name, answersMs, readiness, liveness, outcome) => {
    expect(evaluateStart(answersMs, probe(readiness), probe(liveness))).toEqual(outcome);
  });
});

describe("six realistic hours of the local cloud", () => {
  let cloud: MlCloud;
  const clock = (body: Record<string, unknown>) => cloud.call("POST", "/local/clock", body);
  const properties = async (id: string) => (await cloud.call("GET", id)).body.properties;
  const cluster = `${WORKSPACE}/computes/hours`;
  const job = `${WORKSPACE}/jobs/long`;
  const seconds = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000;

  beforeAll(async () => {
    cloud = await startMlCloud();
    await clock({ profile: "realistic", speed: 0 });
  });
  afterAll(() => cloud.dispose());

  it("advance through provisioning, queue, node start, image, steps and idle time", async () => {
    const made = await cloud.call("PUT", cluster, {
      location: "westeurope",
      properties: {
        computeType: "AmlCompute",
        properties: {
          vmSize: "Standard_NC4as_T4_v3",
          scaleSettings: { maxNodeCount: 1, nodeIdleTimeBeforeScaleDown: "PT2H" },
        },
      },
    });
    await clock({ advance: "PT30S" });
    expect((await properties(cluster)).provisioningState).toBe("Creating");
    await clock({ advance: "PT10S" });
    expect((await properties(cluster)).provisioningState).toBe("Succeeded");
    const operation = (await cloud.call("GET", String(made.headers["azure-asyncoperation"]))).body;
    expect(seconds(operation.startTime, operation.endTime)).toBe(40);

    const inputs = Object.fromEntries(
      ["model_import", "preprocess", "finetune", "model_evaluation"].map((name) => [
        `compute_${name}`,
        "hours",
      ]),
    );
    await cloud.call("PUT", job, pipelineJob(inputs));
    await clock({ advance: "PT5M" });
    expect((await properties(job)).status).toBe("Queued");
    expect((await properties(cluster)).properties).toMatchObject({
      allocationState: "Resizing",
      nodeStateCounts: { preparingNodeCount: 1 },
    });
    await clock({ advance: "PT1H" });
    expect((await properties(job)).status).toBe("Completed");
    const { value } = (await stepsOf(cloud, "long")).body;
    const spans = value.map((child: { startTimeUtc: string; endTimeUtc: string }) =>
      seconds(child.startTimeUtc, child.endTimeUtc),
    );
    // Validation, import, preprocessing, training (which takes its real time), conversion; each with its end.
    expect(spans).toEqual([60, 195, 105, 15, 135]);
    expect((await properties(cluster)).properties.nodeStateCounts.idleNodeCount).toBe(1);
    await clock({ advance: "PT4H55M" });
    expect((await properties(cluster)).properties).toMatchObject({
      allocationState: "Steady",
      currentNodeCount: 0,
    });
    expect((await cloud.call("GET", "/local/clock")).body.pending).toEqual([]);
  });

  it("start a deployment by its probes, and fail it if they never succeed", async () => {
    const model = `${WORKSPACE}/models/slow/versions/1`;
    const modelUri = "azureml://jobs/long/outputs/trained_model";
    await cloud.call("PUT", model, { properties: { modelType: "mlflow_model", modelUri } });
    const endpoint = `${WORKSPACE}/onlineEndpoints/slow-endpoint`;
    const where = { location: "westeurope" };
    await cloud.call("PUT", endpoint, { ...where, properties: { authMode: "Key" } });
    await clock({ advance: "PT5M" });
    const body = (more: Record<string, unknown> = {}): unknown => ({
      ...where,
      properties: { model, instanceType: "Standard_NC4as_T4_v3", ...more },
    });
    const put = async (name: string, more?: Record<string, unknown>): Promise<string> => {
      const answer = await cloud.call("PUT", `${endpoint}/deployments/${name}`, body(more));
      expect(answer.status).toBe(201);
      return String(answer.headers["azure-asyncoperation"]);
    };
    const outcome = async (operation: string) => (await cloud.call("GET", operation)).body;

    const good = await put("good");
    // A strict liveness probe kills a container that needs two minutes to load its model.
    const killed = await put("killed", { livenessProbe: { failureThreshold: 1 } });
    await clock({ advance: "PT12M" });
    expect([(await outcome(good)).status, (await outcome(killed)).status]).toEqual([
      "InProgress",
      "InProgress",
    ]);
    await clock({ advance: "PT2M" });
    expect((await outcome(good)).status).toBe("Succeeded");
    expect(await outcome(killed)).toMatchObject({
      status: "Failed",
      error: { code: "ResourceNotReady", message: expect.stringMatching(/liveness probe failed 1 times/) },
    });

    await cloud.call("POST", "/local/faults", { kind: "probe-never-healthy", path: "*/deployments/never" });
    const never = await put("never");
    await clock({ advance: "PT1H" });
    const { status, error, startTime, endTime } = await outcome(never);
    expect([status, error.code]).toEqual(["Failed", "ResourceNotReady"]);
    // Machines, update, image; then 30 failures ten seconds apart after a delay of ten seconds.
    expect(seconds(startTime, endTime)).toBe(60 + 480 + 180 + 302);
    const logs = await cloud.call("POST", `${endpoint}/deployments/never/getLogs`, {});
    expect(logs.body.content).toContain("Readiness probe: failed 30 times");
  });

  it("remain after a restart", async () => {
    const { now } = (await cloud.call("GET", "/local/clock")).body;
    await cloud.close();
    cloud = await startMlCloud({ home: cloud.home, trainer: cloud.trainer });
    const later = (await cloud.call("GET", "/local/clock")).body;
    expect(seconds(now, later.now)).toBeGreaterThanOrEqual(-1);
    expect(later.aheadMs).toBeGreaterThan(5 * HOUR);
    expect((await cloud.call("GET", GROUP)).status).toBe(200);
  });

  it.each([
    [{ profile: "slow" }, /'profile' is "slow". Allowed: instant, brisk, realistic/],
    [{ speed: -1 }, /'speed' is -1/],
    [{ advance: "six hours" }, /not an ISO 8601 duration/],
    [{ rush: true }, /'rush' is not supported/],
  ])("reject invalid input: %j", async (body, message) => {
    const answer = await clock(body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toMatch(message);
  });
});
