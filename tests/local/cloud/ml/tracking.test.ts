import { createClock } from "../../../../local/cloud/clock";
import { memoryStore } from "../../../../local/cloud/store";
import { parseFilter } from "../../../../local/cloud/mlflow/filter";
import { readRun } from "../../../../local/cloud/mlflow/searchable";
import { createTracking, type Metric, type Run } from "../../../../local/cloud/mlflow/tracking";
import { type MlCloud, startMlCloud, WORKSPACE } from "./mlCloud";

const clock = { ...createClock({ profile: "instant" }), now: () => new Date(0) };

function run(changes: Partial<Run> = {}): Run {
  return {
    id: "r",
    name: "a run",
    experimentId: "e",
    status: "FINISHED",
    startTime: 5,
    lifecycleStage: "active",
    params: { lr: "0.1" },
    tags: { "mlflow.rootRunId": "job" },
    ...changes,
  };
}

const loss: Metric = { key: "loss", value: 0.4, timestamp: 1, step: 1 };

describe("tracking", () => {
  it.each([
    ["", true],
    ["tags.mlflow.rootRunId='job'", true],
    ["tags.`mlflow.rootRunId` = 'other'", false],
    ["metrics.loss < 0.5 and params.lr = '0.1'", true],
    ["metrics.loss >= 0.5", false],
    ["metrics.missing < 1", false],
    ["attributes.status IN ('FINISHED', 'FAILED')", true],
    ["status NOT IN ('FAILED')", true],
    ["run_name LIKE 'a %'", true],
    ["attributes.run_name ILIKE 'A R_N'", true],
    ["params.lr IS NOT NULL and tags.missing IS NULL", true],
    ["params.lr is null", false],
  ])("judges a run by the filter %j", (filter, holds) => {
    expect(parseFilter(filter, readRun)({ run: run(), latest: [loss] })).toBe(holds);
  });

  it.each(["metrics.loss", "tags.x = 'a' or tags.y = 'b'", "attributes.colour = 'red'", "= 3"])(
    "refuses the filter %j",
    (filter) => {
      expect(() => parseFilter(filter, readRun)({ run: run(), latest: [] })).toThrow(
        /Invalid filter|Unknown/,
      );
    },
  );

  it("keeps histories over a reopening of the store, and the last value by step", () => {
    const store = memoryStore();
    const tracking = createTracking(store, clock)("ws");
    tracking.putRun(run());
    tracking.log("r", [loss]);
    tracking.log("r", [{ ...loss, step: 3, value: 0.1 }]);
    tracking.log("r", [{ ...loss, step: 2, value: 0.2, timestamp: 9 }]);
    const again = createTracking(store, clock)("ws");
    expect(again.history("r", "loss").map((metric) => metric.value)).toEqual([0.4, 0.1, 0.2]);
    expect(again.latest("r")).toEqual([{ ...loss, step: 3, value: 0.1 }]);
    again.log("r", [{ ...loss, step: 4, value: 0 }]);
    expect(createTracking(store, clock)("ws").history("r", "loss")).toHaveLength(4);
    for (const value of [NaN, -Infinity]) again.log("r", [{ ...loss, key: `odd ${value}`, value }]);
    const odd = createTracking(store, clock)("ws").latest("r").slice(1);
    expect(odd.map(({ value }) => value)).toEqual([NaN, -Infinity]);
    again.clearMetrics("r");
    expect(createTracking(store, clock)("ws").latest("r")).toEqual([]);
    expect(createTracking(store, clock)("elsewhere").run("r")).toBeUndefined();
  });
});

describe("the MLflow routes", () => {
  let cloud: MlCloud;
  const api = `/mlflow/v1.0${WORKSPACE}/api/2.0/mlflow`;
  beforeAll(async () => {
    cloud = await startMlCloud();
  });
  afterAll(() => cloud.dispose());

  it("take an experiment, a run, its metrics, parameters and tags", async () => {
    const made = await cloud.call("POST", `${api}/experiments/create`, { name: "mine" });
    const experimentId: string = made.body.experiment_id;
    expect((await cloud.call("POST", `${api}/experiments/create`, { name: "mine" })).body.error_code).toBe(
      "RESOURCE_ALREADY_EXISTS",
    );
    const byName = await cloud.call("GET", `${api}/experiments/get-by-name?experiment_name=mine`);
    expect(byName.body.experiment).toMatchObject({ experiment_id: experimentId, lifecycle_stage: "active" });
    const created = await cloud.call("POST", `${api}/runs/create`, {
      experiment_id: experimentId,
      run_name: "try",
    });
    const runId: string = created.body.run.info.run_id;
    await cloud.call("POST", `${api}/runs/log-metric`, {
      run_id: runId,
      key: "loss",
      value: 2,
      step: 1,
      timestamp: 7,
    });
    const batch = {
      run_id: runId,
      metrics: [
        { key: "loss", value: 1, step: 2, timestamp: 8 },
        { key: "accuracy", value: "0.5", step: 2, timestamp: 8 },
      ],
      params: [{ key: "lr", value: "0.1" }],
      tags: [{ key: "who", value: "me" }],
    };
    expect((await cloud.call("POST", `${api}/runs/log-batch`, batch)).status).toBe(200);
    const changed = await cloud.call("POST", `${api}/runs/log-parameter`, {
      run_id: runId,
      key: "lr",
      value: "0.2",
    });
    expect(changed.body.error_code).toBe("INVALID_PARAMETER_VALUE");
    await cloud.call("POST", `${api}/runs/update`, { run_id: runId, status: "FINISHED", end_time: 9 });
    const found = await cloud.call("GET", `${api}/runs/get?run_id=${runId}`);
    expect(found.body.run).toMatchObject({
      info: { status: "FINISHED", end_time: 9, run_name: "try" },
      data: {
        metrics: [
          { key: "loss", value: 1, step: 2 },
          { key: "accuracy", value: 0.5 },
        ],
        params: [{ key: "lr", value: "0.1" }],
      },
    });
    const search = await cloud.call("POST", `${api}/runs/search`, {
      experiment_ids: [experimentId],
      filter: "metrics.loss < 1.5",
      order_by: ["metrics.loss ASC"],
    });
    expect(search.body.runs).toHaveLength(1);
    const page = await cloud.call(
      "GET",
      `${api}/metrics/get-history?run_id=${runId}&metric_key=loss&max_results=1`,
    );
    expect(page.body).toMatchObject({ metrics: [{ value: 2 }], next_page_token: "1" });
  });

  it("answer MLflow's own error bodies", async () => {
    const missing = await cloud.call("GET", `${api}/runs/get?run_id=nobody`);
    expect([missing.status, missing.body.error_code]).toEqual([404, "RESOURCE_DOES_NOT_EXIST"]);
    const filter = await cloud.call("POST", `${api}/runs/search`, { filter: "nonsense" });
    expect([filter.status, filter.body.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
    const unknown = await cloud.call("GET", `${api}/registered-models/search`);
    expect([unknown.status, unknown.body.error_code]).toEqual([501, "ENDPOINT_NOT_FOUND"]);
    const stranger = await cloud.call("GET", `${api}/runs/get?run_id=x`, undefined, {
      authorization: "Bearer x",
    });
    expect([stranger.status, stranger.body.error_code]).toEqual([401, "UNAUTHENTICATED"]);
  });
});
