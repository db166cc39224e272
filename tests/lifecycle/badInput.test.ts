import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { localEnvironment } from "../../local/cloud/client/environment";
import { type Sandbox, makeSandbox } from "../../scripts/lib/sandbox";
import { get, makeTestSandbox, project } from "./support";

/** Wrong values, and what the one error message must contain: the properties, the values seen and what is allowed. */
const mistakes: Array<[name: string, set: Record<string, unknown>, message: RegExp[]]> = [
  [
    "every mistake in the stack's settings at once",
    {
      "azureml-finetune:finetune.learningRat": 0.001,
      "azureml-finetune:finetune.lrSchedulerType": "sawtooth",
      "azureml-finetune:endpiont": { enabled: true },
      "azureml-finetune:endpoint.instanceCount": "many",
      "azureml-finetune:compute.maxNodes": -1,
      "azureml-finetune:dataset.splitPercent": 101,
    },
    [
      /finetune\.learningRat\b/,
      /learningRate/,
      /finetune\.lrSchedulerType.*sawtooth/s,
      /endpiont/,
      /endpoint\.instanceCount/,
      /many/,
      /compute\.maxNodes/,
      /dataset\.splitPercent/,
      /1.*100/,
    ],
  ],
  [
    "settings of the provider that it would misread",
    { "azure-native:useMsi": "maybe", "azure-native:location": "west/europe" },
    [
      /azure-native:useMsi: "maybe"/,
      /allowed: true, false/,
      /azure-native:location: "west\/europe"/,
      /eastus2/,
    ],
  ],
  [
    "a request file that is a directory, and an extra parameter that the component lacks",
    {
      "azureml-finetune:scoring.requestFile": "dist",
      "azureml-finetune:finetune.extraParameters": { lora_alfa: 16 },
    },
    [
      /scoring\.requestFile: "dist" is a directory/,
      /extraParameters\.lora_alfa/,
      /Did you mean lora_alpha\?/,
    ],
  ],
  [
    "an instance type that the pinned model does not allow, once and without Pulumi's property names",
    { "azureml-finetune:endpoint.instanceType": "Standard_DS3_v2" },
    [
      /^\s*error: Preflight found 1 problem\. Nothing was changed\./m,
      /endpoint\.instanceType: "Standard_DS3_v2"/,
    ],
  ],
  [
    "a subscription that does not exist, and not the region",
    { "azure-native:subscriptionId": "11111111-1111-1111-1111-111111111111" },
    [/found 1 problem/, /azure-native:subscriptionId: 11111111-.* does not exist/],
  ],
  [
    "a section outside config and a namespace that nothing uses",
    { "azureml-finetun:compute": {}, "azure:location": "westeurope" },
    [/Did you mean azureml-finetune:compute\?/, /Did you mean azure-native:location\?/],
  ],
  [
    "an unknown compute size and a data set that does not exist",
    {
      "azureml-finetune:compute.size": "Standard_NC99",
      "azureml-finetune:dataset.name": "nobody/nothing",
    },
    [/compute\.size/, /Standard_NC99/, /dataset\.name/, /nobody\/nothing/],
  ],
  [
    "a compute size without GPU and a split that does not exist",
    {
      "azureml-finetune:compute.size": "Standard_DS3_v2",
      "azureml-finetune:dataset.trainSplit": "train_xyz",
    },
    [/compute\.size/, /Standard_DS3_v2/, /GPU/, /train_xyz/, /train_sft/],
  ],
  [
    "a compute size outside the model's allow list",
    { "azureml-finetune:compute.size": "Standard_NC4as_T4_v3" },
    [/compute\.size/, /Standard_NC4as_T4_v3/, /Standard_NC24ads_A100_v4/],
  ],
  [
    "retired sizes of cluster and endpoint",
    {
      "azureml-finetune:compute.size": "Standard_NC24s_v3",
      "azureml-finetune:endpoint.instanceType": "Standard_NC6s_v3",
    },
    [
      /compute\.size: Azure retired "Standard_NC24s_v3" \(NCv3\) on 2025-09-30/,
      /endpoint\.instanceType: Azure retired "Standard_NC6s_v3" \(NCv3\) on 2025-09-30/,
      /Set Standard_NC24ads_A100_v4/,
    ],
  ],
  [
    "a workspace that does not exist",
    { "azureml-finetune:workspace": { mode: "adopt", resourceGroup: "rg-none", name: "mlw-none" } },
    [/mlw-none/, /rg-none/],
  ],
  [
    "an endpoint beyond the quota",
    {
      "azureml-finetune:endpoint.instanceType": "Standard_NC24ads_A100_v4",
      "azureml-finetune:endpoint.instanceCount": 5,
    },
    [/endpoint\.instanceType/, /5 instances/, /120 vCPUs/, /is 96, in use 0/, /ml\.azure\.com\/quota/],
  ],
  [
    "a retired model",
    { "azureml-finetune:foundationModel.name": "Phi-3.5-mini-instruct" },
    [
      /foundationModel\.name: Azure retired Phi-3\.5-mini-instruct for fine-tuning on 2025-08-30/,
      /Phi-4-mini-instruct, which Microsoft recommends instead/,
    ],
  ],
  ["a model that does not exist", { "azureml-finetune:foundationModel.name": "Phi-99" }, [/Phi-99/]],
];

describe("bad input", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await makeTestSandbox();
  });
  afterAll(() => sandbox.dispose());

  test.each(mistakes)(
    "reports %s with property, value and remedy, and writes nothing",
    async (_name, set, message) => {
      const before = sandbox.read("Pulumi.local.yaml");
      for (const [key, value] of Object.entries(set)) sandbox.setConfig(key, value);
      const done = await sandbox.run("stack", "up");
      writeFileSync(`${sandbox.root}/Pulumi.local.yaml`, before);
      expect(done.code).not.toBe(0);
      for (const pattern of message) expect(done.all).toMatch(pattern);
      expect(done.all).not.toMatch(/^\s+at .+\(.+:\d+:\d+\)$/m);
      expect(done.all).not.toContain("error serializing property");
      const status = await get<{ requests: { writes: number } }>(sandbox, "/local/status");
      expect(status.requests.writes).toBe(0);
    },
  );

  test("a stack file with an alias bomb is refused in one line", async () => {
    const before = sandbox.read("Pulumi.local.yaml");
    const levels = [..."bcdefg"].map((name, index) => {
      const inner = `*${String.fromCharCode(97 + index)}`;
      return `${name}: &${name} [${Array(10).fill(inner).join(", ")}]`;
    });
    writeFileSync(`${sandbox.root}/Pulumi.local.yaml`, `a: &a [x]\n${levels.join("\n")}\n${before}`);
    const done = await sandbox.run("stack", "preview");
    writeFileSync(`${sandbox.root}/Pulumi.local.yaml`, before);
    expect(done.all).toMatch(/Pulumi\.local\.yaml:1:1: the aliases .* cannot be expanded/);
    expect(done.all.trim().split("\n")).toHaveLength(1);
    expect(done.code).toBe(2);
  });

  test("a missing credential is reported with what was tried and what to do", () => {
    const env: NodeJS.ProcessEnv = localEnvironment(sandbox.env, sandbox.root);
    delete env["IDENTITY_ENDPOINT"];
    delete env["IDENTITY_HEADER"];
    const done = runEngine(sandbox, env, "preview", "--stack", "local");
    expect(done.code).not.toBe(0);
    expect(done.all).toMatch(/credential/i);
    expect(done.all).toMatch(/az login/);
    expect(done.all).not.toMatch(/^\s+at .+\(.+:\d+:\d+\)$/m);
  });

  test("a port in use is reported with the variable that changes it", async () => {
    const other = await makeSandbox(project);
    const port = Number(other.env["AZUREML_LOCAL_PORT"]);
    const squatter = createServer().listen(port, "127.0.0.1");
    try {
      const done = await other.run("stack", "preview");
      expect(done.code).not.toBe(0);
      expect(done.all).toContain(String(port));
      expect(done.all).toContain("AZUREML_LOCAL_PORT");
      expect(done.all).not.toMatch(/^\s+at .+\(.+:\d+:\d+\)$/m);
    } finally {
      squatter.close();
      await other.dispose();
    }
  });
});

function runEngine(sandbox: Sandbox, env: NodeJS.ProcessEnv, ...argv: string[]) {
  const done = spawnSync(
    process.execPath,
    [`${sandbox.root}/dist/local/engine/cli.js`, ...argv, "--cwd", sandbox.root],
    {
      cwd: sandbox.root,
      env,
      encoding: "utf8",
    },
  );
  return { code: done.status, all: done.stdout + done.stderr };
}
