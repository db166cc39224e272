import { readLines } from "../../azureml/clients/blobs";
import { dataUri, parseDataUri } from "../../azureml/clients/dataUri";
import { mainLog } from "../../azureml/clients/history";
import { isTerminalStatus } from "../../azureml/clients/jobs";
import { getMlflowRun } from "../../azureml/clients/mlflow";
import { getRegistryComponent, getRegistryModel } from "../../azureml/clients/registry";
import { answerText, scoringBody } from "../../azureml/clients/scoring";
import { listUsages, listVmSizes } from "../../azureml/clients/sizes";
import { canonicalJson } from "../../azureml/records";
import { fakeCloud, type Reply } from "./support";

const workspace = { subscriptionId: "s", resourceGroupName: "rg", workspaceName: "ws" };

const discovery: Reply = {
  status: 200,
  body: {
    subscriptionId: "rs",
    resourceGroup: "rr",
    primaryRegionResourceProviderUri: "https://region.test/",
  },
};

describe("the registry", () => {
  test("is found by discovery; latest is the version created last", async () => {
    const { session, sent } = fakeCloud((request) =>
      request.url.includes("/discovery")
        ? discovery
        : {
            status: 200,
            body: {
              value: [
                {
                  id: "azureml://registries/azureml/models/m/versions/7",
                  properties: { tags: { a: "1", b: null, c: 2 }, properties: {}, isArchived: true },
                },
              ],
            },
          },
    );
    expect(await getRegistryModel(session, "azureml", "m", "latest")).toMatchObject({
      id: "azureml://registries/azureml/models/m/versions/7",
      version: "7",
      tags: { a: "1", c: "2" },
      isArchived: true,
    });
    expect(sent[1]?.url).toBe(
      "https://region.test/mferp/managementfrontend/subscriptions/rs/resourceGroups/rr/providers/Microsoft.MachineLearningServices/registries/azureml/models/m/versions?api-version=2021-10-01-dataplanepreview&%24orderBy=createdtime%20desc&%24top=1",
    );
    await getRegistryModel(session, "azureml", "m", "latest");
    expect(sent.filter((request) => request.url.includes("/discovery"))).toHaveLength(1);
  });

  test("resolves latest to an archived version if all versions are archived", async () => {
    const { session } = fakeCloud((request) =>
      request.url.includes("/discovery")
        ? discovery
        : {
            status: 200,
            body: {
              value: request.url.includes("listViewType=All")
                ? [
                    {
                      id: "azureml://registries/azureml/models/m/versions/15",
                      properties: { tags: {}, isArchived: true, stage: "Production" },
                    },
                  ]
                : [],
            },
          },
    );
    expect(await getRegistryModel(session, "azureml", "m", "latest")).toMatchObject({
      version: "15",
      isArchived: true,
      stage: "Production",
    });
  });

  test("reads sizes and dates that moved from tags to system metadata", async () => {
    const systemMetadata = {
      supportedComputes: { finetuneComputes: ["A", "B"], inferenceComputes: ["C"] },
      deprecation: { finetuneRetirementDate: "2025-08-30T00:00:00.000000Z" },
    };
    const id = "azureml://registries/azureml/models/m/versions/1";
    const { session } = fakeCloud((request) =>
      request.url.includes("/discovery")
        ? discovery
        : {
            status: 200,
            body: { id, properties: { systemMetadata, tags: { finetune_compute_allow_list: "['D']" } } },
          },
    );
    expect((await getRegistryModel(session, "azureml", "m", "1")).tags).toEqual({
      finetune_compute_allow_list: "['D']",
      inference_compute_allow_list: "['C']",
      FinetuneRetirementDate: "2025-08-30T00:00:00.000000Z",
    });
  });

  test("reports a missing registry and a model without versions", async () => {
    await expect(
      getRegistryModel(fakeCloud(() => ({ status: 404 })).session, "none", "m", "latest"),
    ).rejects.toThrow('[RegistryNotFound] registry: registry "none" does not exist');
    const empty = fakeCloud((request) =>
      request.url.includes("/discovery") ? discovery : { status: 200, body: { value: [] } },
    );
    await expect(getRegistryModel(empty.session, "azureml", "m", "latest")).rejects.toThrow(
      'foundationModel: "m" has no version at all in registry azureml; newest versions: none, there is no asset of this name',
    );
  });

  test("parses a component's scalars, which the service writes as strings", async () => {
    const { session } = fakeCloud((request) =>
      request.url.includes("/discovery")
        ? discovery
        : {
            status: 200,
            body: {
              id: "azureml://registries/azureml/components/c/versions/0.0.82",
              properties: {
                componentSpec: {
                  inputs: {
                    num_train_epochs: { type: "integer", optional: "True", default: "1", min: "1" },
                    precision: { type: "string", enum: [32, "16"], optional: false },
                  },
                  outputs: { mlflow_model_folder: { type: "mlflow_model" } },
                },
              },
            },
          },
    );
    expect(await getRegistryComponent(session, "azureml", "c", "0.0.82")).toMatchObject({
      version: "0.0.82",
      inputs: {
        num_train_epochs: { type: "integer", optional: true, default: "1" },
        precision: { type: "string", optional: false, enum: ["32", "16"] },
      },
      outputs: ["mlflow_model_folder"],
    });
  });
});

describe("MLflow", () => {
  const replies = (body: unknown) =>
    fakeCloud((request) =>
      request.url.includes("/mlflow/")
        ? { status: body === undefined ? 404 : 200, body }
        : {
            status: 200,
            body: {
              id: "/ws",
              name: "ws",
              properties: { mlFlowTrackingUri: "azureml://track.test/mlflow/v1.0/subscriptions/s?" },
            },
          },
    );

  test("reads metrics from the workspace's tracking URI and omits values that are not numbers", async () => {
    const { session, sent } = replies({
      run: {
        info: { run_uuid: "j", experiment_id: "1", status: "RUNNING" },
        data: {
          metrics: [
            { key: "loss", value: 1.5, step: "3" },
            { key: "bad", value: "NaN" },
          ],
          params: [{ key: "p", value: "v" }],
        },
      },
    });
    expect(await getMlflowRun(session, workspace, "j")).toMatchObject({
      runId: "j",
      metrics: { loss: 1.5 },
      steps: { loss: 3 },
      params: { p: "v" },
    });
    expect(sent.at(-1)?.url).toBe(
      "https://track.test/mlflow/v1.0/subscriptions/s/api/2.0/mlflow/runs/get?run_uuid=j&run_id=j",
    );
  });

  test("returns undefined for an unknown run", async () => {
    expect(await getMlflowRun(replies(undefined).session, workspace, "j")).toBeUndefined();
  });
});

test("lists the sizes and quotas of a region", async () => {
  const sizes = fakeCloud(() => ({
    status: 200,
    body: {
      value: [
        {
          name: "Standard_NC24ads_A100_v4",
          family: "f",
          vCPUs: 24,
          gpus: 1,
          memoryGB: 220,
          lowPriorityCapable: true,
          estimatedVMPrices: {
            billingCurrency: "USD",
            unitOfMeasure: "OneHour",
            values: [
              { retailPrice: 9, osType: "Windows", vmTier: "Standard" },
              { retailPrice: 3.673, osType: "Linux", vmTier: "Standard" },
              { retailPrice: 0.7, osType: "Linux", vmTier: "LowPriority" },
            ],
          },
        },
      ],
    },
  }));
  expect(await listVmSizes(sizes.session, "s", "westeurope")).toEqual([
    {
      name: "Standard_NC24ads_A100_v4",
      family: "f",
      vCpus: 24,
      gpus: 1,
      memoryGb: 220,
      lowPriorityCapable: true,
      supportedComputeTypes: [],
      prices: { dedicated: 3.673, lowPriority: 0.7 },
    },
  ]);
  expect(sizes.sent[0]?.url).toContain("/locations/westeurope/vmSizes?api-version=");
  const usages = fakeCloud(() => ({
    status: 200,
    body: {
      value: [{ name: { value: "f", localizedValue: "F" }, currentValue: 6, limit: 24, unit: "Count" }],
    },
  }));
  expect(await listUsages(usages.session, "s", "westeurope")).toEqual([
    { id: "", type: "", name: "f", displayName: "F", current: 6, limit: 24, unit: "Count" },
  ]);
});

test("parseDataUri reverses dataUri and rejects other URIs", () => {
  const location = { workspace, datastoreName: "d", path: "a/b c.jsonl" };
  expect(parseDataUri(dataUri(location), "x")).toEqual(location);
  expect(() => parseDataUri("https://x/y", "heldOut.genUri")).toThrow(
    "[UnsupportedDataUri] heldOut.genUri: https://x/y is not a data URI",
  );
});

test("readLines handles chunks that split lines and characters, and both line ends", async () => {
  const bytes = Buffer.from("één\r\nzwei\n\ndrei");
  async function* chunks(): AsyncGenerator<Buffer> {
    for (const byte of bytes) yield Buffer.from([byte]);
  }
  const lines: string[] = [];
  for await (const line of readLines(chunks())) lines.push(line);
  expect(lines).toEqual(["één", "zwei", "", "drei"]);
});

test("mainLog prefers the user's log, then the driver's, then the pipeline's", () => {
  expect(mainLog(["logs/azureml/executionlogs.txt", "user_logs/std_log_0.txt"])).toBe(
    "user_logs/std_log_0.txt",
  );
  expect(mainLog(["logs/azureml/executionlogs.txt", "azureml-logs/70_driver_log.txt"])).toBe(
    "azureml-logs/70_driver_log.txt",
  );
  expect(mainLog(["logs/azureml/executionlogs.txt", "a.txt"])).toBe("logs/azureml/executionlogs.txt");
  expect(mainLog([])).toBeUndefined();
});

test("only statuses that do not change by themselves are terminal", () => {
  const ends = ["Completed", "Failed", "Canceled", "NotResponding", "Paused"];
  const goes = [
    "NotStarted",
    "Starting",
    "Provisioning",
    "Preparing",
    "Queued",
    "Running",
    "Finalizing",
    "CancelRequested",
    "Unknown",
    "Scheduled",
  ];
  expect([ends.every(isTerminalStatus), goes.some(isTerminalStatus)]).toEqual([true, false]);
});

test.each<[unknown, string]>([
  [{ output: " hi " }, "hi"],
  [[{ "0": "hi" }], "hi"],
  [{ choices: [{ message: { role: "assistant", content: "hi" } }] }, "hi"],
  ["hi", "hi"],
  [{ output: "" }, ""],
  [[], ""],
  [null, ""],
  [{ tokens: 3 }, ""],
])("the text in the response %j is %j", (body, text) => expect(answerText(body)).toBe(text));

test("a scoring body has a list of conversations and the sampling parameters", () => {
  const turns = [{ role: "user", content: "q" }];
  expect(scoringBody([turns], { temperature: 0.6, topP: 0.9, doSample: true, maxNewTokens: 200 })).toEqual({
    input_data: {
      input_string: [turns],
      parameters: { temperature: 0.6, top_p: 0.9, do_sample: true, max_new_tokens: 200 },
    },
    params: {},
  });
});

test("equal documents have equal canonical JSON", () => {
  expect(canonicalJson({ b: 1, a: { d: [1, undefined], c: undefined } })).toBe(
    canonicalJson({ a: { d: [1, null] }, b: 1 }),
  );
  expect(canonicalJson({ a: 1 })).not.toBe(canonicalJson({ a: "1" }));
});
