import { createClock } from "../../../../local/cloud/clock";
import { parseFilter } from "../../../../local/cloud/mlflow/filter";
import { readRun } from "../../../../local/cloud/mlflow/searchable";
import { createTracking, type Metric, type Run } from "../../../../local/cloud/mlflow/tracking";
import { memoryStore } from "../../../../local/cloud/store";

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
  ])("matches a run against the filter %j", (filter, holds) => {
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

  it("keeps histories when the store is reopened, and the latest value by step", () => {
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
