import { problemReport } from "../../azureml/problem";
import { parseConfig } from "../../config/parse";
import { config, problems, source } from "./support";

test("the defaults are the notebook's, with a size that its model still allows", () => {
  expect(config()).toMatchInlineSnapshot(`
    {
      "budget": {
        "currency": "USD",
        "prices": {},
      },
      "compute": {
        "identity": "none",
        "idleSecondsBeforeScaledown": 120,
        "maxNodes": 1,
        "minNodes": 0,
        "mode": "create",
        "name": "gpu-cluster",
        "size": "Standard_NC24ads_A100_v4",
        "tiers": [
          "dedicated",
        ],
      },
      "dataset": {
        "heldOutSplit": "test_gen",
        "name": "HuggingFaceH4/ultrachat_200k",
        "onBadRow": "fail",
        "splitPercent": 5,
        "testSplit": "test_sft",
        "trainSplit": "train_sft",
        "validationSplit": "test_sft",
      },
      "endpoint": {
        "allowUnlistedInstanceType": false,
        "authMode": "key",
        "deploymentPrefix": "demo",
        "enabled": true,
        "identity": "system",
        "instanceCount": 1,
        "instanceType": "Standard_NC24ads_A100_v4",
        "livenessInitialDelaySeconds": 600,
        "maxConcurrentRequests": 1,
        "publicNetworkAccess": true,
        "requestTimeoutMs": 90000,
        "scaledExternally": false,
      },
      "finetune": {
        "component": {
          "name": "chat_completion_pipeline",
          "registry": "azureml",
          "version": "latest",
        },
        "deadlineMinutes": 1440,
        "extraParameters": {},
        "gate": {},
        "onDestroy": "archive",
      },
      "foundationModel": {
        "allowRetired": false,
        "name": "Phi-4-mini-instruct",
        "registry": "azureml",
        "version": "latest",
      },
      "location": "westeurope",
      "model": {
        "gate": {},
        "retainOnDestroy": false,
        "source": "train",
      },
      "monitoring": {
        "alerts": {
          "email": [],
          "minRequests": 10,
          "webhook": [],
          "windowMinutes": 15,
        },
        "diagnostics": false,
      },
      "platform": {},
      "rollout": {
        "holdSeconds": 300,
        "keepFailed": false,
        "mirrorPercent": 0,
        "steps": [
          100,
        ],
      },
      "scoring": {
        "doSample": true,
        "maxNewTokens": 200,
        "requestFile": ".data/sample_score.json",
        "seed": 1,
        "temperature": 0.6,
        "topP": 0.9,
      },
      "subscriptionId": "00000000-0000-0000-0000-000000000001",
      "tags": {},
      "workspace": {
        "allowedIpRanges": [],
        "datastoreAccess": "key",
        "encryption": {},
        "existing": {},
        "externalTags": [],
        "generation": 1,
        "grantDataAccess": true,
        "identity": "system",
        "logRetentionDays": 30,
        "managedNetwork": {
          "isolationMode": "Disabled",
          "outboundRules": [],
        },
        "mode": "create",
        "privateEndpoints": {
          "dnsZones": [],
        },
        "protect": false,
        "publicNetworkAccess": true,
        "purgeOnDestroy": true,
        "purgeProtection": false,
        "storageSku": "Standard_LRS",
      },
    }
  `);
});

test("converts numbers and booleans that `pulumi config set --path` wrote as strings", () => {
  const parsed = config({
    finetune: { learningRate: "5.0e-6", numTrainEpochs: "2", applyLora: "false", precision: 16 },
    endpoint: { enabled: "false" },
    foundationModel: { version: 15 },
  });
  expect(parsed.finetune).toMatchObject({
    learningRate: 5e-6,
    numTrainEpochs: 2,
    applyLora: false,
    precision: "16",
  });
  expect(parsed.endpoint.enabled).toBe(false);
  expect(parsed.foundationModel.version).toBe("15");
});

describe("mistakes", () => {
  test("suggests the nearest key for a misspelled one and lists the keys", () => {
    expect(problems({ finetune: { learingRate: 0.1 } })).toEqual([
      expect.stringMatching(
        /^azureml-finetune:finetune\.learingRate \| there is no such setting \| one of \d+ settings .* \| Did you mean learningRate\?$/,
      ),
    ]);
    expect(problems({ "azureml-finetune:finetun": {} })[0]).toMatch(
      /^azureml-finetune:finetun \| .*Did you mean finetune\?$/,
    );
    expect(problems({ endpoint: { qqqqqq: 1 } })[0]).toMatch(/Remove it\.$/);
    expect(problems({ finetune: { gate: { maxEvalLos: 1 } } })[0]).toMatch(
      /^azureml-finetune:finetune\.gate\.maxEvalLos \| .* \| maxEvalLoss, .* \| Did you mean maxEvalLoss\?$/,
    );
  });

  test("reports misspelled settings of azure-native and misspelled namespaces", () => {
    expect(problems({}, { azure: { "azure-native:locaton": "x" } })[0]).toMatch(/Did you mean location\?$/);
    expect(problems({ "azureml-finetunes:compute": {} })[0]).toMatch(
      /^azureml-finetunes:compute \| .* \| Did you mean azureml-finetune:compute\?$/,
    );
    expect(config({ "aws:region": "eu-west-1", "pulumi:tags": {} })).toBeDefined();
  });

  test.each<[unknown, string]>([
    [0, "0"],
    [101, "101"],
    [2.5, "2.5"],
    ["five", '"five"'],
    [null, "null"],
    [[5], "[5]"],
    [true, "true"],
  ])("rejects splitPercent %p with the allowed values", (value, seen) => {
    expect(problems({ dataset: { splitPercent: value } })).toEqual([
      `azureml-finetune:dataset.splitPercent | ${seen} | a whole number from 1 to 100 | Correct it in the stack's configuration file, or remove it for the default (5; with files 100).`,
    ]);
  });

  test("the test split judges, and the component's own split if it is the training split", () => {
    expect(config({ dataset: { testSplit: "held" } }).dataset.validationSplit).toBe("held");
    expect(config({ dataset: { testSplit: "train_sft" } }).dataset.validationSplit).toBe("fromTrain");
    expect(config({ dataset: { validationSplit: "val" } }).dataset.validationSplit).toBe("val");
    expect(problems({ dataset: { validationSplit: "train_sft" } })).toEqual([
      expect.stringMatching(/dataset\.validationSplit \| "train_sft", .* \| another split, or fromTrain \|/),
    ]);
  });

  test("own files are used completely by default, with one or more paths per split", () => {
    const files = { train: "data/train.jsonl", test: ["data/a.csv", "Müllers Daten (neu)/b.csv"] };
    expect(
      config({ dataset: { name: "mine/chats", files, columns: { prompt: "question" } } })?.dataset,
    ).toMatchObject({
      files: { train: ["data/train.jsonl"], test: ["data/a.csv", "Müllers Daten (neu)/b.csv"] },
      columns: { prompt: "question" },
      splitPercent: 100,
    });
    expect(problems({ dataset: { files, revision: "main" } })).toEqual([
      'azureml-finetune:dataset.name | "HuggingFaceH4/ultrachat_200k", but dataset.files is set | a name for your data: folder, data assets and model use it | Set it, for example to mine/support-chats, or remove files.',
      'azureml-finetune:dataset.revision | "main" | no value with dataset.files | Remove it: files have no subset or revision.',
    ]);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ dataset: { files: { "a b": "x" } } }, "dataset.files"],
    [
      { dataset: { files: { train: "data/x; rm" } } },
      'dataset.files.train | "data/x; rm" | a map of split names',
    ],
    [{ dataset: { files: {} } }, "dataset.files | {} | a map of split names to a path"],
    [{ dataset: { columns: { prompts: "x" } } }, "dataset.columns.prompts | there is no such setting"],
    [
      { dataset: { roles: { human: "person" } } },
      'dataset.roles.human | "person" | a map of role names to system, user',
    ],
    [{ dataset: { roles: { "a\u0001b": "user" } } }, "dataset.roles"],
    [{ dataset: { roles: {} } }, "dataset.roles | {} | a map of role names to system, user or assistant"],
    [{ dataset: { sampleSeed: -1 } }, "dataset.sampleSeed | -1 | a whole number from 0 to 2147483647"],
    [{ finetune: { learningRate: 0 } }, "finetune.learningRate | 0 | a number greater than 0"],
    [
      { finetune: { lrSchedulerType: "cosin" } },
      'finetune.lrSchedulerType | "cosin" | one of linear, cosine',
    ],
    [{ finetune: { deepspeedStage: 1 } }, "finetune.deepspeedStage | 1 | one of 2, 3"],
    [{ finetune: { extraParameters: { a: [] } } }, "finetune.extraParameters.a | [] | a map of names"],
    [{ compute: { tier: "spot" } }, 'compute.tier | "spot" | dedicated, lowPriority, or a list of both'],
    [{ compute: { tier: ["dedicated", "spot"] } }, "compute.tier | "],
    [{ compute: { minNodes: 2 } }, "compute.minNodes | 2 | at most compute.maxNodes (1)"],
    [{ compute: { name: "gpu cluster" } }, 'compute.name | "gpu cluster" | 2-16 letters'],
    [{ compute: { name: "a-name-of-twenty-x" } }, "compute.name | "],
    [{ compute: { mode: "adopt" } }, 'compute.mode | "adopt" | create, while'],
    [{ finetune: { numNodesFinetune: 2 } }, "finetune.numNodesFinetune | 2 | at most compute.maxNodes (1)"],
    [{ dataset: { name: "ultrachat_200k" } }, 'dataset.name | "ultrachat_200k" | namespace/name'],
    [{ dataset: { name: "a/b; rm -rf /" } }, "dataset.name | "],
    [{ endpoint: { name: "x" } }, 'endpoint.name | "x" | 3-32 letters'],
    [
      { endpoint: { requestTimeoutMs: 200000 } },
      "endpoint.requestTimeoutMs | 200000 | a whole number from 1000 to 180000",
    ],
    [{ scoring: { topP: 0 } }, "scoring.topP | 0 | a number greater than 0, at most 1"],
    [
      { scoring: { requestFile: "../x.json" } },
      'scoring.requestFile | "../x.json" | a path inside the project',
    ],
    [{ scoring: { requestFile: "/etc/x.json" } }, "scoring.requestFile | "],
    [{ scoring: "seed" }, 'scoring | "seed" | a map of settings: temperature, topP'],
    [{ tags: { a: [] } }, "tags.a | [] | a map of at most 43 names"],
    [
      { workspace: { configFile: "config.json" } },
      'workspace.configFile | "config.json" | no configFile with workspace.mode: create',
    ],
  ])("rejects %j", (settings, expected) => {
    const found = problems(settings);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`azureml-finetune:${expected}`);
  });

  test("reports all mistakes in one message", () => {
    const parsed = parseConfig(
      source(
        {
          finetune: { learingRate: 1, numTrainEpochs: "three", gate: { maxEvalLoss: -1 } },
          dataset: { splitPercent: 101 },
          compute: { minNodes: 3 },
          nonsense: 1,
        },
        { azure: { "azure-native:location": "" }, env: {} },
      ),
    );
    expect("problems" in parsed && problemReport("The configuration has mistakes.", parsed.problems))
      .toMatchInlineSnapshot(`
      "The configuration has mistakes.

        1. azureml-finetune:nonsense: there is no such setting
           allowed: workspace, foundationModel, compute, dataset, finetune, model, endpoint, rollout, monitoring, scoring, budget, platform, tags
           Remove it.
        2. azureml-finetune:dataset.splitPercent: 101
           allowed: a whole number from 1 to 100
           Correct it in the stack's configuration file, or remove it for the default (5; with files 100).
        3. azureml-finetune:finetune.gate.maxEvalLoss: -1
           allowed: a number greater than 0
           Correct it in the stack's configuration file, or remove it for the default (no limit).
        4. azureml-finetune:finetune.numTrainEpochs: "three"
           allowed: a whole number from 1 to 2147483647
           Correct it in the stack's configuration file, or remove it for the default (the model's tag, else 3 (notebook)).
        5. azureml-finetune:finetune.learingRate: there is no such setting
           allowed: one of 53 settings (docs/configuration.md)
           Did you mean learningRate?
        6. azureml-finetune:compute.minNodes: 3
           allowed: at most compute.maxNodes (1)
           Lower minNodes (0 costs nothing while idle) or raise maxNodes.
        7. azure-native:location: not set
           allowed: an Azure region such as westeurope
           Run \`pulumi config set azure-native:location <region>\`.
        8. azure-native:subscriptionId: not set
           allowed: the id of an Azure subscription
           Run \`pulumi config set azure-native:subscriptionId <id>\`, or set ARM_SUBSCRIPTION_ID.
      "
    `);
  });

  test("reports a missing subscription and region", () => {
    const found = problems({}, { env: {}, azure: { "azure-native:location": "" } });
    expect(found.map((line) => line.split(" | ")[0])).toEqual([
      "azure-native:location",
      "azure-native:subscriptionId",
    ]);
  });
});
