import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { DataUpload } from "../../providers/dataUpload/resource";
import { ModelLookup } from "../../providers/modelLookup/resource";
import { ModelShare } from "../../providers/modelShare/resource";
import { PipelineJob } from "../../providers/pipelineJob/resource";
import { PurgeOnDestroy } from "../../providers/purgeOnDestroy/resource";
import { Score } from "../../providers/score/resource";
import { Traffic } from "../../providers/traffic/resource";

const registered: pulumi.runtime.MockResourceArgs[] = [];

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource: (args) => {
      registered.push(args);
      return { id: `${args.name}-id`, state: args.inputs as Record<string, unknown> };
    },
    call: () => ({}),
  });
});

const workspace = { subscriptionId: "s", resourceGroupName: "rg", workspaceName: "ws" };

async function register(folder: string): Promise<pulumi.runtime.MockResourceArgs> {
  const resource = resources[folder]?.();
  await new Promise((resolve) => resource?.urn.apply(resolve));
  return registered.at(-1) as pulumi.runtime.MockResourceArgs;
}

const resources: Record<string, () => pulumi.CustomResource> = {
  modelLookup: () => new ModelLookup("r", { registry: "azureml", name: "m" }),
  modelShare: () => new ModelShare("r", { workspace, name: "m", version: "1", registry: "shared" }),
  dataUpload: () =>
    new DataUpload("r", { workspace, datastoreName: "d", file: "f", sha256: "0", folder: "x" }),
  pipelineJob: () =>
    new PipelineJob("r", {
      workspace,
      namePrefix: "p",
      experimentName: "e",
      displayName: "d",
      component: { registry: "azureml", name: "c", version: "latest" },
      modelId: "m",
      trainData: "t",
      testData: "t",
      validationData: "fromTrain",
      compute: "gpu",
      gpusPerNode: 1,
      parameters: {},
    }),
  traffic: () => new Traffic("r", { workspace, endpointName: "e", traffic: { demo: 100 } }),
  score: () =>
    new Score("r", {
      workspace,
      endpointName: "e",
      deploymentName: "demo",
      triggers: [],
      heldOut: { genUri: "g", sftUri: "s" },
      seed: 1,
      parameters: { temperature: 0.6, topP: 0.9, doSample: true, maxNewTokens: 200 },
    }),
  purgeOnDestroy: () =>
    new PurgeOnDestroy("r", { workspace, location: "westeurope", vaultName: "v", purgeFirst: false }),
};

test.each([
  ["modelLookup", "ModelLookup"],
  ["modelShare", "ModelShare"],
  ["dataUpload", "DataUpload"],
  ["pipelineJob", "PipelineJob"],
  ["score", "Score"],
  ["traffic", "Traffic"],
  ["purgeOnDestroy", "PurgeOnDestroy"],
])("%s registers type %s and a provider text that loads an existing handler", async (folder, type) => {
  const { type: token, inputs } = await register(folder);
  expect(token).toBe(`pulumi-nodejs:dynamic/azureml:${type}`);
  const text = String(inputs.__provider);
  const [, file = ""] =
    /^exports\.handler=.*require\(process\.cwd\(\)\+"\/dist\/(.+)\.js"\)/.exec(text) ?? [];
  expect(fs.existsSync(`${file}.ts`)).toBe(true);
});

test.each(["foundationModel", "dataUpload", "fineTuneJob", "traffic", "endpointScore", "purgeOnDestroy"])(
  "the handler path %s in states of version 0.1.0 still exports a handler",
  async (name) => {
    const module = (await import(path.resolve("providers/handlers", name))) as { Handler: new () => object };
    expect(new module.Handler()).toHaveProperty("delete");
  },
);

test("registration fills in the defaults, so the state contains them", async () => {
  const inputs = async (folder: string): Promise<unknown> => (await register(folder)).inputs;
  expect(await inputs("modelLookup")).toMatchObject({ version: "latest" });
  expect(await inputs("dataUpload")).toMatchObject({ onDestroy: "delete" });
  expect(await inputs("pipelineJob")).toMatchObject({ deadlineMinutes: 1440, onDestroy: "archive" });
  expect(await inputs("score")).toMatchObject({ requestFile: ".data/sample_score.json" });
});
