import { readFileSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import type { Sandbox } from "../../scripts/lib/sandbox";
import { expectSuccess } from "../expectExit";
import { get, makeTestSandbox, outputs, startCloud, stateOf } from "./support";

const stackTrace = /^\s+at .+\(.+:\d+:\d+\)$/m;
const checkpoint = ".local/state/.pulumi/stacks/azureml-finetune/local.json";

describe("failures during an update", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await makeTestSandbox();
  });
  afterAll(() => sandbox.dispose());

  const jobs = () =>
    get<{ runningJobs: unknown[]; resources: Record<string, number> }>(sandbox, "/local/status");

  test("a learning rate that makes the loss NaN fails the fine-tuning step and leaves the failed job in the state", async () => {
    // Each step multiplies the weights by up to nine.
    sandbox.setConfig("azureml-finetune:finetune.learningRate", 1);
    sandbox.setConfig("azureml-finetune:finetune.weightDecay", 10);
    sandbox.setConfig("azureml-finetune:finetune.maxSteps", 80);
    const done = await sandbox.run("stack", "up");
    expect(done.code).not.toBe(0);
    expect(done.all).toMatch(/chat_completion_finetune/);
    expect(done.all).toMatch(/loss/i);
    expect(done.all).toMatch(/learning_?rate/i);
    expect(done.all).not.toMatch(stackTrace);
    const job = stateOf(sandbox).resources.find(({ type }) => type.endsWith(":PipelineJob"));
    expect(job?.initErrors?.join("\n")).toMatch(/loss/i);
  });

  test("an up follows its job through a restart of the local cloud, and trains once", async () => {
    sandbox.setConfig("azureml-finetune:finetune.learningRate", 0.005);
    sandbox.setConfig("azureml-finetune:finetune.weightDecay", undefined);
    sandbox.setConfig("azureml-finetune:finetune.maxSteps", 6);
    const before = (await jobs()).resources["Microsoft.MachineLearningServices/workspaces/jobs"] ?? 0;
    const broken = sandbox.start("stack", "up");
    await broken.until(/chat_completion_finetune|step \d+/);
    await sandbox.run("local", "stop");
    await broken.until(/Azure does not respond, retrying/);
    await startCloud(sandbox);
    const done = await broken.finished;
    expect(done.all).not.toMatch(stackTrace);
    expectSuccess(done);
    expect((await jobs()).resources["Microsoft.MachineLearningServices/workspaces/jobs"]).toBe(before + 1);
    const again = await sandbox.run("stack", "up");
    expectSuccess(again);
    expect(outputs(sandbox).metrics["eval_loss"]).toBeGreaterThan(0);
  });

  test("kill -9 of the whole command during training leaves one job, which the next up follows", async () => {
    sandbox.setConfig("azureml-finetune:finetune.learningRate", 0.003);
    const before = (await jobs()).resources["Microsoft.MachineLearningServices/workspaces/jobs"] ?? 0;
    const broken = sandbox.start("stack", "up");
    await broken.until(/chat_completion_finetune|step \d+/);
    process.kill(-broken.pid, "SIGKILL");
    await broken.finished;
    const again = await sandbox.run("stack", "up");
    expectSuccess(again);
    expect(again.all).toMatch(/lock/i);
    const after = (await jobs()).resources["Microsoft.MachineLearningServices/workspaces/jobs"] ?? 0;
    expect(after - before).toBe(1);
  });

  test("a truncated state file is refused with its name and the backup to restore", async () => {
    const file = path.join(sandbox.root, checkpoint);
    const whole = readFileSync(file);
    truncateSync(file, Math.floor(whole.length / 2));
    const done = await sandbox.run("stack", "preview");
    writeFileSync(file, whole);
    expect(done.code).not.toBe(0);
    expect(done.all).toContain("local.json");
    expect(done.all).toMatch(/backup|\.bak/);
    expect(done.all).not.toMatch(stackTrace);
    expect(readdirSync(path.dirname(file)).filter((name) => name.includes("tmp"))).toEqual([]);
  });

  test("destroy leaves no billable resource after these failures", async () => {
    const done = await sandbox.run("stack", "destroy");
    expectSuccess(done);
    expect(await get<{ empty: boolean }>(sandbox, "/local/inventory")).toMatchObject({ empty: true });
  });
});
