import type { Sandbox } from "../../scripts/lib/sandbox";
import { expectSuccess } from "../expectExit";
import { get, makeTestSandbox, outputs, stateOf } from "./support";

/** What the program requests from the model registry and from the hub. */
const registryAndHub = ["/registrymanagement/*", "*/registries/*", "/hub/*"];

describe("a deployed stack while the model registry and the hub are down", () => {
  let sandbox: Sandbox;
  let job: string;

  const succeed = async (script: string, ...argv: string[]) => {
    const done = await sandbox.run(script, ...argv);
    expectSuccess(done);
    return done.all;
  };
  const faults = () => get<{ faults: Array<{ struck: number }> }>(sandbox, "/local/faults");

  beforeAll(async () => {
    sandbox = await makeTestSandbox();
    await succeed("start");
    job = outputs(sandbox).jobName;
    for (const path of registryAndHub)
      await succeed("local", "fault", "add", "drop", "--path", path, "--times", "0");
  });
  afterAll(() => sandbox.dispose());

  test("shows no changes in a preview, and a warning for each check that was not possible", async () => {
    const printed = await succeed("stack", "preview", "--expect-no-changes");
    for (const setting of ["foundationModel", "finetune.component", "dataset.name"])
      expect(printed).toContain(`azureml-finetune:${setting} could not be checked: `);
    for (const { struck } of (await faults()).faults.filter((_, index) => index !== 1))
      expect(struck).toBeGreaterThan(0);
  });

  test("updates the deployment for a changed instanceCount", async () => {
    sandbox.setConfig("azureml-finetune:endpoint.instanceCount", 2);
    expect(await succeed("stack", "up")).toMatch(/1 updated/);
  });

  test("fails a training with other parameters by name, because it needs the component, and changes nothing", async () => {
    sandbox.setConfig("azureml-finetune:finetune.learningRate", 0.004);
    const done = await sandbox.run("stack", "up");
    expect(done.code).not.toBe(0);
    expect(done.all).toContain('error: [NotReachable] registry "azureml":');
    expect(outputs(sandbox).jobName).toBe(job);
  });

  test("is refreshed and destroyed", async () => {
    await succeed("stack", "refresh", "--expect-no-changes");
    await succeed("stack", "destroy");
    expect(stateOf(sandbox).resources).toEqual([]);
  });

  test("is not deployed again: the look-up of the model needs the registry and reports it by name", async () => {
    const done = await sandbox.run("stack", "preview");
    expect(done.code).not.toBe(0);
    expect(done.all).toMatch(/\[NotReachable\] registry "azureml": \S+ does not respond/);
  });
});
