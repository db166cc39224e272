/** @jest-environment ./tests/components/environment.js */
import * as pulumi from "@pulumi/pulumi";
import type { PreflightCloud } from "../../preflight/cloud";
import { repairMessage } from "../../program/errors";
import { type Registered, run, setManifest, type Run } from "./harness";
import { fakeCloud } from "../preflight/fakeCloud";

let cloud: PreflightCloud = fakeCloud();
jest.mock("../../preflight/cloud", () => ({ azureCloud: () => cloud }));

// eslint-disable-next-line @typescript-eslint/no-require-imports
const program = require("../../index") as () => Promise<object>;

const native = (type: string): string => `azure-native:machinelearningservices:${type}`;
const dynamic = (type: string): string => `pulumi-nodejs:dynamic/azureml:${type}`;

beforeAll(() => {
  jest.spyOn(pulumi.log, "info").mockResolvedValue();
});

beforeEach(() => {
  cloud = fakeCloud();
  setManifest({});
});

describe("another configuration", () => {
  test("endpoint.enabled: false removes endpoint, deployment, score and traffic, and nothing else", async () => {
    const types = (result: Run): string[] => result.resources.map(({ type }) => type);
    const on = types(await run(program));
    const off = types(await run(program, { endpoint: { enabled: false } }));
    const gone = on.filter((type) => !off.includes(type)).sort();
    expect(gone).toEqual(
      [
        ...["EndpointScore", "OnlineEndpoint", "TrafficSplit"].map(
          (type) => `azureml-finetune:components:${type}`,
        ),
        ...["Score", "Traffic"].map(dynamic),
        ...["OnlineDeployment", "OnlineEndpoint"].map(native),
      ].sort(),
    );
    expect(off.every((type) => on.includes(type))).toBe(true);
  });

  test("a roll-out in steps is an input of the traffic, which has none by default", async () => {
    const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue();
    const traffic = async (config: Record<string, unknown>) =>
      (await run(program, config)).one(dynamic("Traffic")).inputs;
    expect(await traffic({})).not.toHaveProperty("rollout");
    const rollout = { steps: [10, 100], holdSeconds: 30 };
    expect((await traffic({ rollout })).rollout).toEqual({
      ...rollout,
      maxErrorRate: 0.05,
      mirrorPercent: 0,
    });
    expect(warn.mock.calls.map(([text]) => text)).toEqual([
      expect.stringMatching(/rollout.holdSeconds is 30: .*Set at least 120/),
    ]);
    warn.mockRestore();
  });

  test("another instance type becomes a deployment of its own beside the present one", async () => {
    const first = (await run(program)).one(native("OnlineDeployment")).inputs.deploymentName as string;
    const instanceType = "Standard_NC24ads_A100_v4";
    const deployments = [{ name: first, instanceType: "Standard_NC40ads_H100_v5", instances: 1 }];
    cloud = fakeCloud({ deployments: async () => deployments });
    const changed = (await run(program, { endpoint: { instanceType } })).one(native("OnlineDeployment"));
    expect(changed.inputs.deploymentName).toMatch(new RegExp(`^${first}-[0-9a-f]{6}$`));
    expect(changed.deleteBeforeReplace).toBe(false);
  });

  test("a deployment that is scaled from outside keeps its instances; a new one gets instanceCount", async () => {
    const one = async (endpoint: Record<string, unknown>) =>
      (await run(program, { endpoint })).one(native("OnlineDeployment")).inputs;
    const { deploymentName, sku } = await one({ scaledExternally: true, instanceCount: 2 });
    expect(sku).toMatchObject({ capacity: 2 });
    const live = { name: deploymentName as string, instanceType: "Standard_NC24ads_A100_v4", instances: 5 };
    cloud = fakeCloud({ deployments: async () => [live] });
    expect((await one({ scaledExternally: true, instanceCount: 2 })).sku).toMatchObject({ capacity: 5 });
    expect((await one({ instanceCount: 2 })).sku).toMatchObject({ capacity: 2 });
  });

  test("an adopted workspace and cluster are used without being managed", async () => {
    cloud = fakeCloud({
      cluster: async () => ({
        size: "Standard_ND96asr_v4",
        provisioningState: "Succeeded",
        maxNodes: 1,
        currentNodes: 0,
        lowPriority: false,
      }),
    });
    const result = await run(program, {
      workspace: { mode: "adopt", resourceGroup: "theirs", name: "ws1" },
      compute: { mode: "adopt", name: "gpus" },
    });
    expect(
      result.resources.filter(
        ({ type }) =>
          /Compute$|:Workspace$|ResourceGroup|storage/.test(type) && type.startsWith("azure-native"),
      ),
    ).toEqual([]);
    expect(result.one(dynamic("PipelineJob")).inputs).toMatchObject({
      workspace: { resourceGroupName: "theirs", workspaceName: "ws1" },
      compute: "gpus",
      gpusPerNode: 8,
      displayName: expect.stringContaining("-bs8-") as string,
    });
    expect(result.one(dynamic("DataUpload"), "chat-dataset-train_sft").inputs.folder).toMatch(
      /^ultrachat-200k-[0-9a-f]{6}$/,
    );
    expect(result.one(native("OnlineEndpoint")).inputs.location).toBe("northeurope");
    expect(result.one(native("DataVersion"), "chat-dataset-train_sft").inputs.name).toMatch(
      /^ultrachat-200k-train-sft-[0-9a-f]{6}$/,
    );
  });

  test("a validation split of its own is uploaded and registered, and fromTrain sends none", async () => {
    const own = await run(program, { dataset: { validationSplit: "train_gen" } });
    expect(own.one(dynamic("DataUpload"), "chat-dataset-train_gen").inputs).toBeDefined();
    expect(own.one(dynamic("PipelineJob")).inputs.validationData).toBe(
      `${native("DataVersion")}/chat-dataset-train_gen/id`,
    );
    const heldOut = await run(program, { dataset: { validationSplit: "test_gen" } });
    expect(heldOut.one(native("DataVersion"), "chat-dataset-test_gen").inputs).toBeDefined();
    const fromTrain = await run(program, { dataset: { validationSplit: "fromTrain" } });
    expect(fromTrain.one(dynamic("PipelineJob")).inputs.validationData).toBe("fromTrain");
  });

  test("protect and retainOnDestroy apply to the resources that contain data", async () => {
    const result = await run(program, {
      workspace: { protect: true, purgeProtection: true },
      model: { retainOnDestroy: true },
    });
    for (const type of [
      "azure-native:resources:ResourceGroup",
      "azure-native:storage:StorageAccount",
      "azure-native:keyvault:Vault",
      native("Workspace"),
    ])
      expect(result.one(type).protect).toBe(true);
    expect(result.one("azure-native:keyvault:Vault").inputs.properties).toMatchObject({
      enablePurgeProtection: true,
    });
    expect(result.one(native("ModelVersion")).retainOnDelete).toBe(true);
    expect(result.one(native("Compute")).protect).toBe(false);
  });

  test("local files with two splits: the command gets files, columns, roles and sample", async () => {
    const result = await run(program, {
      dataset: {
        name: "mine/chats",
        files: { train_sft: "package.json", test_sft: ["package.json", "tsconfig.json"] },
        columns: { prompt: "question", completion: "answer" },
        roles: { human: "user", gpt: "assistant" },
        splitPercent: 50,
        sampleSeed: 7,
        heldOutSplit: "test_sft",
      },
    });
    expect(result.one("command:local:Command").inputs).toMatchObject({
      create:
        "node dist/scripts/download-dataset.js --dataset mine/chats --files train_sft=package.json --files test_sft=package.json" +
        " --files test_sft=tsconfig.json --columns prompt=question,completion=answer --roles human=user,gpt=assistant --download_dir .data/chats --dataset_split_pc 50" +
        " --shuffle --seed 7 --rows none --json",
    });
    const { triggers } = result.one("command:local:Command").inputs as { triggers: unknown[] };
    expect(triggers.slice(4)).toEqual(
      Array.from({ length: 3 }, () => expect.stringMatching(/^[0-9a-f]{64}$/) as string),
    );
    expect(result.resources.filter(({ type }) => type === dynamic("DataUpload"))).toHaveLength(2);
    expect(result.one(native("DataVersion"), "chat-dataset-train_sft").inputs).toMatchObject({
      properties: { description: "train_sft of mine/chats, a sample of 50 % (seed 7)" },
    });
  });

  describe("the rows of local files", () => {
    const dataset = { name: "mine/chats", files: { train_sft: "package.json", test_sft: "package.json" } };
    const files = { ...dataset, heldOutSplit: "test_sft" };

    test("are in no output without showRows; schema, counts and hashes are", async () => {
      setManifest({ firstRows: [], columns: { prompt: "string" } });
      const { one, outputs } = await run(program, { dataset: files });
      expect(one("command:local:Command").inputs.create).toContain(" --rows none --json");
      expect(one(dynamic("Score")).inputs).toMatchObject({ showRows: false });
      expect(outputs).not.toHaveProperty("firstRows");
      expect(outputs).toMatchObject({ dataSummary: { columns: { prompt: "string" } } });
    });

    test("are secrets with showRows", async () => {
      const { one } = await run(program, { dataset: { ...files, showRows: true } });
      const prepare = one("command:local:Command");
      expect(prepare.inputs.create).toContain(" --rows manifest --json");
      expect(prepare.additionalSecretOutputs).toEqual(["stdout"]);
      const score = one(dynamic("Score"));
      expect(score.inputs).toMatchObject({ showRows: true });
      expect(score.additionalSecretOutputs).toEqual([
        "question",
        "messages",
        "reference",
        "answer",
        "promptId",
      ]);
    });
  });

  test("what the checks of all rows found is a warning", async () => {
    const finding = {
      check: "duplicates",
      level: "warn",
      split: "train_sft",
      count: 2,
      of: 10,
      rows: [4, 7],
    };
    const text = { what: "repeat an earlier row", remedy: "Remove them." };
    setManifest({ quality: { findings: [{ ...finding, ...text }] } });
    const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue();
    await run(program);
    expect(warn.mock.calls.map(([message]) => message)).toContain(
      "Checks of all prepared rows found:\n  duplicates: 2 of 10 rows of train_sft (rows 4, 7, counted from 0) repeat an earlier row. Remove them.",
    );
  });

  test("a private data set on the hub, of which the data step shows no row, is treated like local files", async () => {
    setManifest({ firstRows: [] });
    const { one, outputs } = await run(program);
    expect(one("command:local:Command").inputs.create).not.toContain("--rows");
    expect(one(dynamic("Score")).inputs).toMatchObject({ showRows: false });
    expect(outputs).not.toHaveProperty("firstRows");
  });

  test("an endpoint with a configured name is deleted before it is replaced", async () => {
    const result = await run(program, { endpoint: { name: "my-endpoint", authMode: "aad_token" } });
    const endpoint = result.one(native("OnlineEndpoint"));
    expect(endpoint.inputs).toMatchObject({
      endpointName: "my-endpoint",
      properties: { authMode: "AADToken" },
    });
    expect(endpoint.deleteBeforeReplace).toBe(true);
  });
});

describe("refusals", () => {
  test("an invalid configuration stops before any request or registration", async () => {
    cloud = fakeCloud({ credential: () => Promise.reject(new Error("must not be called")) });
    await expect(run(program, { dataset: { splitPercent: 0 } })).rejects.toThrow(
      /configuration of stack test has 1 mistake\. Nothing was changed\.\s+1\. azureml-finetune:dataset\.splitPercent: 0/,
    );
  });

  test("preflight problems become one RunError, so no stack trace is printed", async () => {
    const refused = run(program, { compute: { size: "Standard_NC24ads_A100_v5" } });
    await expect(refused).rejects.toBeInstanceOf(pulumi.RunError);
    await expect(refused).rejects.toThrow(/Preflight found 2 problems/);
  });

  test("a refusal of the pinned model's rules is one RunError, and nothing but the model look-up is registered", async () => {
    const registered = jest.fn();
    const refused = run(program, { endpoint: { instanceType: "Standard_ND96asr_v4" } }, registered);
    await expect(refused).rejects.toBeInstanceOf(pulumi.RunError);
    await expect(refused).rejects.toThrow(
      /^Preflight found 1 problem\. Nothing was changed\.\s+1\. azureml-finetune:endpoint\.instanceType/,
    );
    const types = registered.mock.calls.map(([{ type }]: [Registered]) => type);
    expect(types.filter((type) => !/FoundationModel$|pulumi:Stack$/.test(type))).toEqual([
      dynamic("ModelLookup"),
    ]);
  });

  test.each([
    [
      "a gate that the training could not measure",
      { finetune: { gate: { maxEvalLoss: 1 }, evaluationStrategy: "steps", evalSteps: 5000 } },
      {},
      /finetune\.gate\.maxEvalLoss: the training would measure no eval_loss/,
    ],
    [
      "a split that the data step did not write",
      {},
      { splits: {} },
      /dataset: the prepared data of HuggingFaceH4\/ultrachat_200k has no split train_sft/,
    ],
  ])("a refusal inside apply is one RunError: %s", async (_name, settings, manifest, message) => {
    setManifest(manifest);
    const refused = await run(program, settings).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(pulumi.RunError);
    repairMessage(refused);
    expect((refused as Error).message).toMatch(message);
    expect((refused as Error).message).not.toContain("serializing");
  });
});
