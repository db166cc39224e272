import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { localEnvironment } from "../../local/cloud/client/environment";
import { type Sandbox, makeSandbox } from "../../scripts/lib/sandbox";
import { get, project } from "./support";

const minutes = 60_000;

/** A wrong value, and what the error must tell: the property, the value seen and what is allowed. */
const mistakes: Array<[name: string, set: Record<string, unknown>, told: RegExp[]]> = [
  [
    "a misspelt key",
    { "azureml-finetune:finetune.learningRat": 0.001 },
    [/finetune\.learningRat\b/, /learningRate/],
  ],
  ["an unknown section", { "azureml-finetune:endpiont": { enabled: true } }, [/endpiont/, /endpoint/]],
  [
    "a wrong type",
    { "azureml-finetune:endpoint.instanceCount": "many" },
    [/endpoint\.instanceCount/, /many/],
  ],
  [
    "several mistakes at once",
    {
      "azureml-finetune:endpoint.instanceCount": 0,
      "azureml-finetune:finetune.lrSchedulerType": "sawtooth",
      "azureml-finetune:compute.maxNodes": -1,
    },
    [/endpoint\.instanceCount/, /finetune\.lrSchedulerType.*sawtooth/s, /compute\.maxNodes/],
  ],
  [
    "an unknown compute size",
    { "azureml-finetune:compute.size": "Standard_NC99" },
    [/compute\.size/, /Standard_NC99/],
  ],
  [
    "a compute size without GPU",
    { "azureml-finetune:compute.size": "Standard_DS3_v2" },
    [/compute\.size/, /Standard_DS3_v2/, /GPU/],
  ],
  [
    "a compute size outside the model's allow list",
    { "azureml-finetune:compute.size": "Standard_NC6s_v3" },
    [/compute\.size/, /Standard_NC6s_v3/, /Standard_NC24ads_A100_v4/],
  ],
  ["splitPercent 0", { "azureml-finetune:dataset.splitPercent": 0 }, [/dataset\.splitPercent/, /1.*100/]],
  ["splitPercent 101", { "azureml-finetune:dataset.splitPercent": 101 }, [/dataset\.splitPercent/, /101/]],
  [
    "splitPercent five",
    { "azureml-finetune:dataset.splitPercent": "five" },
    [/dataset\.splitPercent/, /five/],
  ],
  [
    "a data set that is not there",
    { "azureml-finetune:dataset.name": "nobody/nothing" },
    [/dataset\.name/, /nobody\/nothing/],
  ],
  [
    "a split that is not there",
    { "azureml-finetune:dataset.trainSplit": "train_xyz" },
    [/train_xyz/, /train_sft/],
  ],
  [
    "adopting a workspace that does not exist",
    { "azureml-finetune:workspace": { mode: "adopt", resourceGroup: "rg-none", name: "mlw-none" } },
    [/mlw-none/, /rg-none/],
  ],
  ["a model that is not there", { "azureml-finetune:foundationModel.name": "Phi-99" }, [/Phi-99/]],
];

describe("bad input", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await makeSandbox(project);
  });
  afterAll(() => sandbox.dispose(), minutes);

  test.each(mistakes)(
    "%s is told with property, value and remedy, and nothing is written",
    async (_name, set, told) => {
      const before = sandbox.read("Pulumi.local.yaml");
      for (const [key, value] of Object.entries(set)) sandbox.setConfig(key, value);
      const done = await sandbox.run("stack", "up");
      writeFileSync(`${sandbox.root}/Pulumi.local.yaml`, before);
      expect(done.code).not.toBe(0);
      for (const pattern of told) expect(done.all).toMatch(pattern);
      expect(done.all).not.toMatch(/^\s+at .+\(.+:\d+:\d+\)$/m);
      const status = await get<{ requests: { writes: number } }>(sandbox, "/local/status");
      expect(status.requests.writes).toBe(0);
    },
    minutes,
  );

  test(
    "no credential is told with what was tried and what to do",
    () => {
      const env: NodeJS.ProcessEnv = localEnvironment(sandbox.env, sandbox.root);
      delete env["IDENTITY_ENDPOINT"];
      delete env["IDENTITY_HEADER"];
      const done = runEngine(sandbox, env, "preview", "--stack", "local");
      expect(done.code).not.toBe(0);
      expect(done.all).toMatch(/credential/i);
      expect(done.all).toMatch(/az login/);
      expect(done.all).not.toMatch(/^\s+at .+\(.+:\d+:\d+\)$/m);
    },
    minutes,
  );

  test(
    "a taken port is told with the port and the variable that changes it",
    async () => {
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
    },
    minutes,
  );
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
