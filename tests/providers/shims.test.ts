import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { DataUpload } from "../../providers/dataUpload";
import { EndpointScore } from "../../providers/endpointScore";
import { FineTuneJob } from "../../providers/fineTuneJob";
import { FoundationModel } from "../../providers/foundationModel";
import { providerText } from "../../providers/providerText";
import { Traffic } from "../../providers/traffic";

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

async function register(make: () => pulumi.CustomResource): Promise<pulumi.runtime.MockResourceArgs> {
  const resource = make();
  await new Promise((resolve) => resource.urn.apply(resolve));
  return registered.at(-1) as pulumi.runtime.MockResourceArgs;
}

const resources: Array<[type: string, handler: string, make: () => pulumi.CustomResource]> = [
  ["FoundationModel", "foundationModel", () => new FoundationModel("r", { registry: "azureml", name: "m" })],
  [
    "DataUpload",
    "dataUpload",
    () => new DataUpload("r", { workspace, datastoreName: "d", file: "f", sha256: "0", folder: "x" }),
  ],
  [
    "FineTuneJob",
    "fineTuneJob",
    () =>
      new FineTuneJob("r", {
        workspace,
        namePrefix: "p",
        experimentName: "e",
        displayName: "d",
        component: { registry: "azureml", name: "c", version: "latest" },
        modelId: "m",
        trainData: "t",
        testData: "t",
        compute: "gpu",
        gpusPerNode: 1,
        parameters: {},
      }),
  ],
  ["Traffic", "traffic", () => new Traffic("r", { workspace, endpointName: "e", traffic: { demo: 100 } })],
  [
    "EndpointScore",
    "endpointScore",
    () =>
      new EndpointScore("r", {
        workspace,
        endpointName: "e",
        deploymentName: "demo",
        triggers: [],
        heldOut: { genUri: "g", sftUri: "s" },
        seed: 1,
        parameters: { temperature: 0.6, topP: 0.9, doSample: true, maxNewTokens: 200 },
      }),
  ],
];

test.each(resources)(
  "%s is registered with a type that names it and a constant text",
  async (type, handler, make) => {
    const { type: wire, inputs } = await register(make);
    expect(wire).toBe(`pulumi-nodejs:dynamic/azureml:${type}`);
    expect((inputs as Record<string, unknown>).__provider).toBe(
      `exports.handler=()=>new(require(process.cwd()+"/dist/providers/handlers/${handler}.js").Handler)()`,
    );
  },
);

test.each(resources)("%s has a handler in the place its text names", (_type, handler) => {
  expect(fs.existsSync(path.join("providers", "handlers", `${handler}.ts`))).toBe(true);
  const text = providerText(handler as Parameters<typeof providerText>[0]);
  expect(Buffer.byteLength(text)).toBeLessThan(120);
  expect(text).not.toContain(process.cwd());
  expect(text).not.toMatch(/\r|\n|\\/);
});

test("defaults are filled in where the resource is made, so that the state tells them", async () => {
  const inputs = async (index: number): Promise<unknown> => (await register(resources[index]![2])).inputs;
  expect(await inputs(0)).toMatchObject({ version: "latest" });
  expect(await inputs(1)).toMatchObject({ onDestroy: "delete" });
  expect(await inputs(2)).toMatchObject({ deadlineMinutes: 1440, onDestroy: "archive" });
  expect(await inputs(4)).toMatchObject({ requestFile: ".data/sample_score.json" });
});
