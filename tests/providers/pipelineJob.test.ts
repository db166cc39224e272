import { omit } from "../../azureml/records";
import { checked, componentInputs, jobInputs } from "./support/jobs";
import { openFixture, type Fixture, changes, failureOf, unknown } from "./support/fixture";

let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
  fixture.azure.components = [{ version: "0.0.82", inputs: componentInputs() }];
});

// Also checks that no secret and no machine path was sent or printed.
afterAll(() => fixture.close());

/** The job's run has one child, the run of the pipeline component, and that one has the steps. */
function nestSteps({ azure }: Fixture, job: string, steps: Array<Record<string, unknown>>): void {
  const node = { runId: `${job}-node`, displayName: "chat_completion_pipeline", status: "Failed" };
  azure.children.set(job, [{ ...node, runType: "azureml.PipelineRun" }]);
  azure.children.set(node.runId, steps);
}

describe("a pipeline job", () => {
  test("is submitted once, followed to completion, and returns its metrics", async () => {
    const inputs = await checked(fixture, jobInputs());
    expect(inputs).toMatchObject({
      componentId: "azureml://registries/azureml/components/chat_completion_pipeline/versions/0.0.82",
      omittedParameters: ["learning_rate_min", "resume_from_checkpoint"],
    });
    const name = `ft-test-${String(inputs.specHash).slice(0, 10)}`;
    fixture.azure.nextStates = ["Running", "Running", "Completed"];
    nestSteps(fixture, name, [{ runId: "c1", displayName: "chat_completion_finetune", status: "Running" }]);
    fixture.azure.metrics.set(name, { loss: 2.5, epoch: 1.5, eval_loss: 0.5 });
    fixture.azure.metrics.set("c1", { train_loss: 1.25, eval_loss: 9 });
    const { id, outs } = await fixture.host.create("pipelineJob", inputs);
    expect(id).toBe(name);
    expect(outs).toMatchObject({
      jobName: name,
      attempt: 1,
      status: "Completed",
      studioUrl: `https://ml.azure.local/runs/${name}`,
      outputUri: `azureml://jobs/${name}/outputs/trained_model`,
      metrics: { eval_loss: 0.5, loss: 2.5, epoch: 1.5, train_loss: 1.25 },
    });
    const lines = fixture.host.output();
    expect(lines).toContain(`[${name}] Running → Completed`);
    expect(lines).toContain(`[${name}] step chat_completion_finetune: Running`);
    expect(lines).toContain(`[${name}] training: step 1 of 2, epoch 1.5 of 3, loss 2.5, eval loss 0.5`);
    expect(lines).toContain("not sent, the component does not declare them: learning_rate_min");
    expect((await fixture.host.diff("pipelineJob", outs, inputs)).changes).toBe(changes.none);
    expect((await fixture.host.read("pipelineJob", id, outs)).outs).toEqual(outs);
  });

  test("stays in the state with its reason after a failure, and can be retried and deleted", async () => {
    const inputs = await checked(fixture, jobInputs());
    const name = `ft-test-${String(inputs.specHash).slice(0, 10)}`;
    fixture.azure.nextStates = ["Failed"];
    nestSteps(fixture, name, [
      { runId: "ok", displayName: "chat_completion_model_import", status: "Completed" },
      { runId: "bad", displayName: "chat_completion_finetune", status: "Failed" },
    ]);
    fixture.azure.details.set("bad", {
      runId: "bad",
      error: { error: { code: "UserError", message: "loss is not a number at step 3" } },
      logFiles: { "user_logs/std_log.txt": `${fixture.azure.baseUrl}/logs/bad` },
    });
    fixture.azure.logs.set("bad", Array.from({ length: 40 }, (_, line) => `line ${line}`).join("\n"));
    const error = await failureOf(fixture.host.create("pipelineJob", inputs));
    expect(error.message).toMatch(
      /^\[JobFailed\] ft-test-\w+: the fine-tuning job ended with status Failed in step chat_completion_finetune: loss is not a number at step 3/,
    );
    expect(error.message).toContain(`https://ml.azure.local/runs/${name}`);
    expect(error.message).toContain("  | line 39");
    expect(error.message).not.toContain("line 24\n");
    expect(error.message).not.toMatch(/^\s+at /m);
    expect(error).toMatchObject({ id: name, reasons: [error.message] });
    expect(error.properties).toMatchObject({ status: "Failed", jobName: name });
    expect(error.properties?.__provider).toContain("pipelineJob/handler.js");

    expect((await fixture.host.diff("pipelineJob", error.properties ?? {}, inputs)).changes).toBe(
      changes.some,
    );
    fixture.azure.nextStates = ["Completed"];
    fixture.azure.children.set(`${name}-2`, []);
    const outs = await fixture.host.update("pipelineJob", name, error.properties ?? {}, inputs);
    expect(outs).toMatchObject({ jobName: `${name}-2`, attempt: 2, status: "Completed" });

    await fixture.host.delete("pipelineJob", name, outs);
    for (const job of [name, `${name}-2`]) {
      expect(fixture.azure.jobs.get(job)?.properties.isArchived).toBe(true);
    }
  });

  test.each([
    ["Canceled", "[JobCanceled]"],
    ["NotResponding", "[JobNotResponding]"],
    ["Paused", "[JobPaused]"],
  ])("reports a job that ends as %s with the code %s", async (state, code) => {
    const inputs = await checked(fixture, jobInputs());
    fixture.azure.nextStates = [state];
    const error = await failureOf(fixture.host.create("pipelineJob", inputs));
    expect(error.message.startsWith(code)).toBe(true);
    expect(error.properties).toMatchObject({ status: state });
  });

  test.each(["Failed", "Canceled"])(
    "reports nodes that Azure took away from a job that ends as %s",
    async (state) => {
      const inputs = await checked(fixture, jobInputs());
      const name = `ft-test-${String(inputs.specHash).slice(0, 10)}`;
      nestSteps(fixture, name, [{ runId: "lost", displayName: "chat_completion_finetune", status: state }]);
      const message = "AzureMLCompute job failed. PreemptionError: Nodes of this job got pre-empted.";
      fixture.azure.details.set("lost", { runId: "lost", error: { error: { code: "UserError", message } } });
      fixture.azure.nextStates = [state];
      const error = await failureOf(fixture.host.create("pipelineJob", inputs));
      expect(error.message).toMatch(/^\[JobPreempted\].*got pre-empted.*compute\.tier to dedicated/s);
    },
  );

  test("keeps its component version in later checks, and accepts unknown inputs in a preview", async () => {
    const first = await checked(fixture, jobInputs());
    fixture.azure.components.unshift({ version: "0.0.83", inputs: componentInputs() });
    const second = await checked(fixture, jobInputs({ ...first, trainData: unknown }), first);
    fixture.azure.components.shift();
    expect(second.componentId).toBe(first.componentId);
    expect(second.specHash).toBe(unknown);
    const diff = await fixture.host.diff("pipelineJob", { ...first, status: "Completed" }, second);
    expect(diff).toMatchObject({ changes: changes.some, replaces: ["trainData"] });
  });

  test("keeps a training of version 0.1.0, which sent no validation data, until another input changes", async () => {
    const before = omit(jobInputs(), "validationData");
    const old = await checked(fixture, before);
    const upgraded = await checked(fixture, { ...before, validationData: "azureml://v" }, old);
    expect(upgraded).toEqual(old);
    const retrained = await checked(
      fixture,
      { ...before, validationData: "azureml://v", gpusPerNode: 2 },
      old,
    );
    expect(retrained).toMatchObject({ validationData: "azureml://v" });
    const ownSplit = await checked(fixture, { ...before, validationData: "fromTrain" }, old);
    expect(ownSplit.specHash).toBe(old.specHash);
    const changed = await checked(fixture, { ...before, validationData: "azureml://v" }, ownSplit);
    expect(changed.specHash).not.toBe(old.specHash);
  });

  test("reports all invalid inputs at once", async () => {
    const { failures } = await fixture.host.check(
      "pipelineJob",
      {},
      jobInputs({ gpusPerNode: 0, onDestroy: "burn", modelId: "Phi-3" }),
    );
    expect(failures).toHaveLength(3);
    const values = await fixture.host.check(
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

describe("a pipeline job after an interruption or a failure", () => {
  test("adopts a completed job, and restores it if it was archived", async () => {
    const inputs = await checked(fixture, jobInputs());
    fixture.azure.nextStates = ["Completed"];
    const first = await fixture.host.create("pipelineJob", inputs);
    await fixture.host.delete("pipelineJob", first.id, first.outs);
    const again = await fixture.host.create("pipelineJob", inputs);
    expect(again.outs.jobName).toBe(first.outs.jobName);
    expect(fixture.azure.jobs.get(first.id)?.properties.isArchived).toBe(false);
    expect(fixture.host.output()).toContain(`[${first.id}] adopted: this training has already completed`);
  });

  test("submits one job when the host dies between the request and its response", async () => {
    const inputs = await checked(fixture, jobInputs());
    const name = `ft-test-${String(inputs.specHash).slice(0, 10)}`;
    fixture.azure.nextStates = ["Completed"];
    fixture.azure.faults.push({ method: "PUT", path: new RegExp(`/jobs/${name}$`), times: 1, swallow: true });
    const lost = failureOf(fixture.host.create("pipelineJob", inputs));
    await fixture.azure.received("PUT", new RegExp(`/jobs/${name}$`));
    await fixture.crash();
    await lost;
    const { outs } = await fixture.host.create("pipelineJob", inputs);
    expect(outs).toMatchObject({ jobName: name, attempt: 1, status: "Completed" });
    expect([...fixture.azure.jobs.keys()].filter((job) => job.startsWith(name))).toEqual([name]);
    expect(fixture.azure.count("PUT", new RegExp(`/jobs/${name}$`))).toBe(1);
  });

  test("tolerates throttling and server errors while it follows a job", async () => {
    const inputs = await checked(fixture, jobInputs());
    const name = `ft-test-${String(inputs.specHash).slice(0, 10)}`;
    fixture.azure.nextStates = ["Running", "Completed"];
    const wait = { "retry-after-ms": "1" };
    fixture.azure.faults.push({
      method: "PUT",
      path: new RegExp(`/jobs/${name}$`),
      times: 1,
      status: 429,
      headers: wait,
    });
    fixture.azure.faults.push({ method: "GET", path: /\/children$/, times: 1, status: 400 });
    fixture.azure.faults.push({ method: "GET", path: /mlflow/, times: 1, status: 403 });
    const { outs } = await fixture.host.create("pipelineJob", inputs);
    expect(outs.status).toBe("Completed");
  });

  test("refuses a job of the same name without the spec hash", async () => {
    const inputs = await checked(fixture, jobInputs());
    const name = `ft-test-${String(inputs.specHash).slice(0, 10)}`;
    fixture.azure.jobs.set(name, {
      properties: { tags: {}, properties: {} },
      states: ["Running"],
      createdAt: "",
    });
    const error = await failureOf(fixture.host.create("pipelineJob", inputs));
    expect(error.message).toContain(`[ForeignJob] jobName: job ${name} already exists`);
    expect(error.id).toBeUndefined();
  });

  test("cancels a job at its deadline and reports the deadline", async () => {
    const inputs = await checked(fixture, jobInputs({ deadlineMinutes: 0.0005 }));
    fixture.azure.nextStates = ["Running"];
    const error = await failureOf(fixture.host.create("pipelineJob", inputs));
    expect(error.message).toMatch(/^\[JobDeadline\] deadlineMinutes: ft-test-\w+ was still Running/);
    expect(error.properties).toMatchObject({ status: "CancelRequested" });
    expect(fixture.azure.count("POST", new RegExp(`/jobs/${String(error.id)}/cancel$`))).toBe(1);
  });

  test("keeps a job above the loss gate as Rejected and reports value and limit", async () => {
    const inputs = await checked(fixture, jobInputs({ gate: { maxEvalLoss: 0.4 } }));
    const name = `ft-test-${String(inputs.specHash).slice(0, 10)}`;
    fixture.azure.nextStates = ["Completed"];
    fixture.azure.metrics.set(name, { eval_loss: 0.75 });
    const error = await failureOf(fixture.host.create("pipelineJob", inputs));
    expect(error.message).toMatch(
      /eval_loss of ft-test-\w+, measured on \S+test\.jsonl, is 0\.75; allowed: at most 0\.4/,
    );
    expect(error.properties).toMatchObject({ status: "Rejected", metrics: { eval_loss: 0.75 } });
    const eased = await checked(fixture, jobInputs({ ...inputs, gate: { maxEvalLoss: 1 } }), inputs);
    const outs = await fixture.host.update("pipelineJob", name, error.properties ?? {}, eased);
    expect(outs).toMatchObject({ jobName: name, status: "Completed" });
  });

  test("cancels a running job before it deletes it", async () => {
    const inputs = await checked(fixture, jobInputs({ onDestroy: "delete" }));
    fixture.azure.nextStates = ["Completed"];
    const { id, outs } = await fixture.host.create("pipelineJob", inputs);
    const job = fixture.azure.jobs.get(id);
    if (job) job.states = ["Running"];
    await fixture.host.delete("pipelineJob", id, outs);
    expect(fixture.azure.count("POST", new RegExp(`/jobs/${id}/cancel$`))).toBe(1);
    expect(fixture.azure.jobs.has(id)).toBe(false);
    await fixture.host.delete("pipelineJob", id, outs);
  });

  test("keeps the result of a completed job that was deleted outside the stack, and does not train again", async () => {
    const inputs = await checked(fixture, jobInputs());
    fixture.azure.nextStates = ["Completed"];
    const { id, outs } = await fixture.host.create("pipelineJob", inputs);
    fixture.azure.jobs.delete(id);
    const submitted = fixture.azure.count("PUT", /\/jobs\//);
    expect((await fixture.host.read("pipelineJob", id, outs)).outs).toEqual(outs);
    const retagged = await checked(fixture, jobInputs({ ...inputs, deadlineMinutes: 60 }), inputs);
    const kept = await fixture.host.update("pipelineJob", id, outs, retagged);
    expect(kept).toMatchObject({ jobName: id, status: "Completed", deadlineMinutes: 60 });
    expect(fixture.azure.count("PUT", /\/jobs\//)).toBe(submitted);
    expect(fixture.host.output()).toContain("this job was deleted outside the stack");
  });

  test("reads a failed job that was deleted outside the stack as gone", async () => {
    const inputs = await checked(fixture, jobInputs());
    fixture.azure.nextStates = ["Completed"];
    const { id, outs } = await fixture.host.create("pipelineJob", inputs);
    fixture.azure.jobs.delete(id);
    expect((await fixture.host.read("pipelineJob", id, { ...outs, status: "Failed" })).id).toBe("");
  });
});
