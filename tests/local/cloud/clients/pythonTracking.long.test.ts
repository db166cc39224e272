/** The official `mlflow` client, with Azure ML's plugin, and the tracking of a workspace. */
import { SUBSCRIPTION, type TestCloud } from "../helpers/testCloud";
import { preparePython, type Python } from "./python/environment";
import { type Answers, failedRequests, HANG_LIMIT_MS, runPython } from "./python/run";
import { NAMES, startWorkspaceCloud } from "./workspaceCloud";

const PARTS = [
  "experiments",
  "runs",
  "changed",
  "metrics",
  "asynchronous",
  "inputs",
  "artifacts",
  "models",
  "ended",
  "after a restart",
];

describe.each([
  ["mlflow 3", preparePython()],
  ["mlflow 2", preparePython("requirements-older")],
])("the client of %s", (version, python) => {
  const title = python.available ? `(virtual environment ${python.made})` : `(skipped: ${python.reason})`;
  (python.available ? describe : describe.skip)(title, () => readsAndWrites(python, version === "mlflow 3"));
});

/** @param readsCharts whether this version of the client can read the points of a chart */
function readsAndWrites(python: Python, readsCharts: boolean): void {
  let cloud: TestCloud;
  let output = "";
  const answers: Answers = {};

  const run = async (more: Record<string, unknown>): Promise<void> => {
    const id = `${SUBSCRIPTION}/resourceGroups/${NAMES.group}/providers/Microsoft.MachineLearningServices/workspaces/${NAMES.workspace}`;
    const tracking: unknown = (await cloud.call("GET", id)).body.properties.mlFlowTrackingUri;
    const ran = await runPython(python, cloud, "tracking.py", { tracking, folder: cloud.home, ...more });
    output += ran.output;
    Object.assign(answers, ran.answers);
  };

  beforeAll(async () => {
    cloud = await startWorkspaceCloud();
    await run({ stage: "first" });
    if (!answers["ended"]) return;
    await cloud.close();
    cloud = await startWorkspaceCloud({ home: cloud.home });
    await run({ stage: "again", run: answers["ended"]["run"] });
  }, HANG_LIMIT_MS);
  afterAll(() => cloud.dispose());

  it("completes every part", () => {
    // The end of the output shows where it stopped.
    expect(Object.keys(answers).length === PARTS.length ? PARTS : output.slice(-3000)).toEqual(PARTS);
    expect(Object.keys(answers)).toEqual(PARTS);
  });

  it("searches experiments by name and tag, sorted and page by page", () => {
    expect(answers["experiments"]).toEqual({
      pages: [["apples", "bananas"], ["cherries, sour"], null],
      red: ["cherries, sour", "apples"],
      both: ["cherries, sour"],
      deleted: ["bananas"],
      tags: { team: "red", season: "autumn" },
      taken: "RESOURCE_ALREADY_EXISTS",
      bad: "INVALID_PARAMETER_VALUE",
      missing: true,
    });
  });

  it("searches runs by metrics, parameters, tags and attributes, sorted and page by page", () => {
    expect(answers["runs"]).toEqual({
      newest: ["c", "b", "a"],
      order: ["b", "c", "a"],
      rest: [["d"], null],
      good: ["b", "c"],
      half: ["b"],
      some: ["c", "a"],
      late: ["b", "c"],
      deleted: ["d"],
      bad: "INVALID_PARAMETER_VALUE",
      token: "INVALID_PARAMETER_VALUE",
      elsewhere: [],
    });
  });

  it("restores a run, deletes a tag, and cannot change a parameter", () => {
    expect(answers["changed"]).toEqual({
      back: ["d"],
      tags: false,
      param: "INVALID_PARAMETER_VALUE",
      nobody: "RESOURCE_DOES_NOT_EXIST",
    });
  });

  it("logs more than one batch can contain, reads a history whole and by pages, and keeps NaN and infinities", () => {
    expect(answers["metrics"]).toEqual({
      length: 2500,
      ends: [0, 249.9, 2499],
      pages: [1000, "1000", 500, null],
      chart: readsCharts ? [321, 0, 2499] : null,
      params: 150,
      tags: 120,
      odd: ["nan", "inf", "-inf"],
      oddHistory: ["-inf"],
      none: [],
    });
  });

  it("logs asynchronously through the plugin's own calls", () => {
    expect(answers["asynchronous"]).toEqual({ metric: 7, param: "yes", tag: "tag" });
  });

  it("records the data sets of a run", () => {
    expect(answers["inputs"]).toEqual({
      names: ["ultrachat"],
      tags: [["mlflow.data.context", "training"]],
    });
  });

  it("lists and fetches artifacts, single files and whole folders", () => {
    expect(answers["artifacts"]).toEqual({
      top: [
        ["model", true],
        ["one.txt", false],
      ],
      model: [
        ["model/deep", true],
        ["model/one.txt", false],
        ["model/ümlaut & space.txt", false],
      ],
      deep: [
        ["model/deep/er", true],
        ["model/deep/two.txt", false],
      ],
      file: [],
      tree: ["deep/er/three.txt", "deep/two.txt", "one.txt", "ümlaut & space.txt"],
      text: "333",
    });
  });

  it("registers models of runs and of a folder, finds them, moves them between stages and downloads them", () => {
    expect(answers["models"]).toEqual({
      registered: ["chat", "1", true, "from a run", { kind: "tuned" }, "READY"],
      stages: { "1": "Archived", "2": "Production" },
      latest: { Archived: "1", Production: "2" },
      files: expect.arrayContaining(["MLmodel", "weights.txt"]),
      staged: "1 2 3",
      logged: true,
      found: [
        ["chat", { team: "red" }, ["1"]],
        ["other", { kind: "none" }, []],
      ],
      filtered: ["chat"],
      left: ["1"],
      again: "RESOURCE_ALREADY_EXISTS",
      none: "RESOURCE_DOES_NOT_EXIST",
      empty: "INVALID_PARAMETER_VALUE",
    });
  });

  it("finds everything again after a restart of the cloud", () => {
    expect(answers["after a restart"]).toMatchObject({
      status: "FINISHED",
      odd: [true, true],
      history: 2500,
      datasets: ["ultrachat"],
      params: { late: "yes" },
    });
  });

  it("sends no request that the cloud does not support", () => {
    expect(failedRequests(cloud)).toEqual([]);
  });
}
