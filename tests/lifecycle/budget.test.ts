import type { Sandbox } from "../../scripts/lib/sandbox";
import { expectSuccess } from "../expectExit";
import { makeTestSandbox, outputs } from "./support";

/** The lines about the training in the output of a command, without the engine's decoration. */
function trainingLines(printed: string): string[] {
  return printed.split("\n").flatMap((line) => /\[training\] (.+)$/.exec(line)?.[1] ?? []);
}

describe("what preview and up say about costs", () => {
  let sandbox: Sandbox;

  const succeed = async (command: string, ...argv: string[]): Promise<string> => {
    const done = await sandbox.run("stack", command, ...argv);
    expectSuccess(done);
    return done.all;
  };

  beforeAll(async () => {
    sandbox = await makeTestSandbox();
    sandbox.setConfig("azureml-finetune:finetune.deadlineMinutes", 60);
    sandbox.setConfig("azureml-finetune:budget.prices", { Standard_NC24ads_A100_v4: 2 });
  });
  afterAll(() => sandbox.dispose());

  const bound = "at most 1 node-hour of Standard_NC24ads_A100_v4 (1 GPU-hour, 2.00 USD)";

  test("a first preview announces the training and what the machines cost, each once", async () => {
    const printed = await succeed("preview");
    expect(trainingLines(printed)).toEqual([
      "will train: the stack has no trained model yet",
      "known only during the update: training data, test data, validation data",
      bound,
    ]);
    expect(printed.split("endpoint: 1 × Standard_NC24ads_A100_v4, 2.00 USD per hour")).toHaveLength(2);
  });

  test("a first up that could exceed budget.maxGpuHours is refused in its preview, and creates nothing", async () => {
    sandbox.setConfig("azureml-finetune:budget.maxGpuHours", 0.5);
    const refused = await sandbox.run("stack", "preview");
    expect(refused.code).not.toBe(0);
    expect(refused.all).toContain("Set finetune.deadlineMinutes to at most 30");
  });

  test("an up within the budget announces the same training, with its data known", async () => {
    sandbox.setConfig("azureml-finetune:budget.maxGpuHours", 1);
    const lines = trainingLines(await succeed("up"));
    expect(lines).toContain("will train: the stack has no trained model yet");
    expect(lines).toContain(bound);
  });

  test("a preview without changes trains nothing, whatever the budget", async () => {
    sandbox.setConfig("azureml-finetune:budget.maxGpuHours", 0);
    const printed = await succeed("preview", "--expect-no-changes");
    expect(trainingLines(printed)).toEqual([
      `trains nothing: same inputs as job ${outputs(sandbox).jobName}`,
    ]);
  });

  test("a changed learning rate is refused by the budget, with its name and the figures", async () => {
    sandbox.setConfig("azureml-finetune:finetune.learningRate", 0.003);
    const refused = await sandbox.run("stack", "up");
    expect(refused.code).not.toBe(0);
    expect(refused.all).toMatch(/budget\.maxGpuHours: the training \(finetune\.learningRate \S+ → 0\.003\)/);
    expect(refused.all).toContain("could use 1 GPU-hour");
  });

  test("a changed learning rate is announced with its reason, its bound and the last duration", async () => {
    sandbox.setConfig("azureml-finetune:budget.maxGpuHours", 1);
    const lines = trainingLines(await succeed("preview"));
    expect(lines[0]).toMatch(/^will train again: finetune\.learningRate \S+ → 0\.003$/);
    expect(lines[1]).toBe(bound);
    expect(lines[2]).toMatch(/^the last training took /);
    expect(lines).toHaveLength(3);
  });

  test("a changed part of the data is announced by its setting, although the rows are not known yet", async () => {
    sandbox.setConfig("azureml-finetune:dataset.splitPercent", 2);
    const lines = trainingLines(await succeed("preview"));
    expect(lines[0]).toMatch(/^will train again: dataset\.splitPercent 1 → 2, finetune\.learningRate/);
  });

  test("an hourly cost above budget.maxHourlyCost is refused with the figures", async () => {
    sandbox.setConfig("azureml-finetune:budget.maxHourlyCost", 5);
    const refused = await sandbox.run("stack", "preview");
    expect(refused.code).not.toBe(0);
    expect(refused.all).toContain("an hour could cost 6.00 USD");
  });
});
