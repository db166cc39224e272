import { checked, componentInputs, jobInputs } from "./support/jobs";
import { openStage, type Stage, changes, failureOf, unknown } from "./support/stage";

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
  stage.azure.components = [{ version: "0.0.82", inputs: componentInputs() }];
});

// Also checks that nothing private was ever sent or printed.
afterAll(() => stage.close());

describe("a fine-tuning job", () => {
  test("is submitted once, followed to its end, and knows its metrics", async () => {
    const inputs = await checked(stage, jobInputs());
    expect(inputs).toMatchObject({
      componentId: "azureml://registries/azureml/components/chat_completion_pipeline/versions/0.0.82",
      omittedParameters: ["learning_rate_min"],
    });
    const name = `ft-test-${String(inputs.specHash).slice(0, 10)}`;
    stage.azure.nextStates = ["Running", "Running", "Completed"];
    stage.azure.children.set(name, [
      { runId: "c1", displayName: "chat_completion_finetune", status: "Running" },
    ]);
    stage.azure.metrics.set(name, { loss: 2.5, epoch: 1.5, eval_loss: 0.5 });
    stage.azure.metrics.set("c1", { train_loss: 1.25, eval_loss: 9 });
    const { id, outs } = await stage.host.create("pipelineJob", inputs);
    expect(id).toBe(name);
    expect(outs).toMatchObject({
      jobName: name,
      attempt: 1,
      status: "Completed",
      studioUrl: `https://ml.azure.local/runs/${name}`,
      outputUri: `azureml://jobs/${name}/outputs/trained_model`,
      metrics: { eval_loss: 0.5, loss: 2.5, epoch: 1.5, train_loss: 1.25 },
    });
    const lines = stage.host.output();
    expect(lines).toContain(`[${name}] Running → Completed`);
    expect(lines).toContain(`[${name}] step chat_completion_finetune: Running`);
    expect(lines).toContain(`[${name}] training: epoch 1.5 of 3, loss 2.5, eval loss 0.5`);
    expect(lines).toContain("not sent, the component does not declare them: learning_rate_min");
    expect((await stage.host.diff("pipelineJob", outs, inputs)).changes).toBe(changes.none);
    expect((await stage.host.read("pipelineJob", id, outs)).outs).toEqual(outs);
  });

  test("that failed stays in the state with its reason, can be tried again, and can be deleted", async () => {
    const inputs = await checked(stage, jobInputs());
    const name = `ft-test-${String(inputs.specHash).slice(0, 10)}`;
    stage.azure.nextStates = ["Failed"];
    stage.azure.children.set(name, [
      { runId: "ok", displayName: "chat_completion_model_import", status: "Completed" },
      { runId: "bad", displayName: "chat_completion_finetune", status: "Failed" },
    ]);
    stage.azure.details.set("bad", {
      runId: "bad",
      error: { error: { code: "UserError", message: "loss is not a number at step 3" } },
      logFiles: { "user_logs/std_log.txt": `${stage.azure.baseUrl}/logs/bad` },
    });
    stage.azure.logs.set("bad", Array.from({ length: 40 }, (_, line) => `line ${line}`).join("\n"));
    const error = await failureOf(stage.host.create("pipelineJob", inputs));
    expect(error.message).toMatch(
      /^\[JobFailed\] ft-test-\w+: the fine-tuning job ended as Failed in step chat_completion_finetune: loss is not a number at step 3/,
    );
    expect(error.message).toContain(`https://ml.azure.local/runs/${name}`);
    expect(error.message).toContain("  | line 39");
    expect(error.message).not.toContain("line 24\n");
    expect(error.message).not.toMatch(/^\s+at /m);
    expect(error).toMatchObject({ id: name, reasons: [error.message] });
    expect(error.properties).toMatchObject({ status: "Failed", jobName: name });
    expect(error.properties?.__provider).toContain("pipelineJob/handler.js");

    expect((await stage.host.diff("pipelineJob", error.properties ?? {}, inputs)).changes).toBe(changes.some);
    stage.azure.nextStates = ["Completed"];
    stage.azure.children.set(`${name}-2`, []);
    const outs = await stage.host.update("pipelineJob", name, error.properties ?? {}, inputs);
    expect(outs).toMatchObject({ jobName: `${name}-2`, attempt: 2, status: "Completed" });

    await stage.host.delete("pipelineJob", name, outs);
    for (const job of [name, `${name}-2`]) {
      expect(stage.azure.jobs.get(job)?.properties.isArchived).toBe(true);
    }
  });

  test.each([
    ["Canceled", "[JobCanceled]"],
    ["NotResponding", "[JobNotResponding]"],
    ["Paused", "[JobPaused]"],
  ])("that ends as %s is a failure of its own kind", async (state, code) => {
    const inputs = await checked(stage, jobInputs());
    stage.azure.nextStates = [state];
    const error = await failureOf(stage.host.create("pipelineJob", inputs));
    expect(error.message.startsWith(code)).toBe(true);
    expect(error.properties).toMatchObject({ status: state });
  });

  test("keeps its component version in later checks, and takes unknown inputs in preview", async () => {
    const first = await checked(stage, jobInputs());
    stage.azure.components.unshift({ version: "0.0.83", inputs: componentInputs() });
    const second = await checked(stage, jobInputs({ ...first, trainData: unknown }), first);
    stage.azure.components.shift();
    expect(second.componentId).toBe(first.componentId);
    expect(second.specHash).toBe(unknown);
    const diff = await stage.host.diff("pipelineJob", { ...first, status: "Completed" }, second);
    expect(diff).toMatchObject({ changes: changes.some, replaces: ["trainData"] });
  });

  test("with several mistakes reports them all", async () => {
    const { failures } = await stage.host.check(
      "pipelineJob",
      {},
      jobInputs({ gpusPerNode: 0, onDestroy: "burn", modelId: "Phi-3" }),
    );
    expect(failures).toHaveLength(3);
    const values = await stage.host.check(
      "pipelineJob",
      {},
      {
        ...jobInputs(),
        parameters: { num_train_epochs: "three", lr_scheduler_type: "cosin", compute_finetune: "x" },
      },
    );
    expect(values.failures.sort()).toEqual([
      'parameters.compute_finetune: seen "x"; allowed: no value here, the resource\'s other properties set it',
      'parameters.lr_scheduler_type: seen "cosin"; allowed: linear, cosine',
      'parameters.num_train_epochs: seen "three"; allowed: a whole number',
    ]);
  });
});
