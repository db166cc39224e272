import { checked, componentInputs, jobInputs } from "./support/jobs";
import { openStage, type Stage, failureOf } from "./support/stage";

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
  stage.azure.components = [{ version: "0.0.82", inputs: componentInputs() }];
});

// Also checks that nothing private was ever sent or printed.
afterAll(() => stage.close());

describe("a fine-tuning job in trouble", () => {
  test("is adopted when it is done, and restored when it had been archived", async () => {
    const inputs = await checked(stage, jobInputs());
    stage.azure.nextStates = ["Completed"];
    const first = await stage.host.create("pipelineJob", inputs);
    await stage.host.delete("pipelineJob", first.id, first.outs);
    const again = await stage.host.create("pipelineJob", inputs);
    expect(again.outs.jobName).toBe(first.outs.jobName);
    expect(stage.azure.jobs.get(first.id)?.properties.isArchived).toBe(false);
    expect(stage.host.output()).toContain(`[${first.id}] adopted: this training has already completed`);
  });

  test("is exactly one job when the host dies between the request and its answer", async () => {
    const inputs = await checked(stage, jobInputs());
    const name = `ft-test-${String(inputs.specHash).slice(0, 10)}`;
    stage.azure.nextStates = ["Completed"];
    stage.azure.faults.push({ method: "PUT", path: new RegExp(`/jobs/${name}$`), times: 1, swallow: true });
    const lost = failureOf(stage.host.create("pipelineJob", inputs));
    await stage.azure.received("PUT", new RegExp(`/jobs/${name}$`));
    await stage.crash();
    await lost;
    const { outs } = await stage.host.create("pipelineJob", inputs);
    expect(outs).toMatchObject({ jobName: name, attempt: 1, status: "Completed" });
    expect([...stage.azure.jobs.keys()].filter((job) => job.startsWith(name))).toEqual([name]);
    expect(stage.azure.count("PUT", new RegExp(`/jobs/${name}$`))).toBe(1);
  });

  test("goes on through throttling and server errors while it is followed", async () => {
    const inputs = await checked(stage, jobInputs());
    const name = `ft-test-${String(inputs.specHash).slice(0, 10)}`;
    stage.azure.nextStates = ["Running", "Completed"];
    const wait = { "retry-after-ms": "1" };
    stage.azure.faults.push({
      method: "PUT",
      path: new RegExp(`/jobs/${name}$`),
      times: 1,
      status: 429,
      headers: wait,
    });
    stage.azure.faults.push({ method: "GET", path: /\/children$/, times: 1, status: 400 });
    stage.azure.faults.push({ method: "GET", path: /mlflow/, times: 1, status: 403 });
    const { outs } = await stage.host.create("pipelineJob", inputs);
    expect(outs.status).toBe("Completed");
  });

  test("of somebody else is left alone", async () => {
    const inputs = await checked(stage, jobInputs());
    const name = `ft-test-${String(inputs.specHash).slice(0, 10)}`;
    stage.azure.jobs.set(name, {
      properties: { tags: {}, properties: {} },
      states: ["Running"],
      createdAt: "",
    });
    const error = await failureOf(stage.host.create("pipelineJob", inputs));
    expect(error.message).toContain(`[ForeignJob] jobName: ${name} exists already`);
    expect(error.id).toBeUndefined();
  });

  test("is canceled at its deadline, and its failure says so", async () => {
    const inputs = await checked(stage, jobInputs({ deadlineMinutes: 0.0005 }));
    stage.azure.nextStates = ["Running"];
    const error = await failureOf(stage.host.create("pipelineJob", inputs));
    expect(error.message).toMatch(/^\[JobDeadline\] deadlineMinutes: ft-test-\w+ was still Running/);
    expect(error.properties).toMatchObject({ status: "CancelRequested" });
    expect(stage.azure.count("POST", new RegExp(`/jobs/${String(error.id)}/cancel$`))).toBe(1);
  });

  test("above the loss gate is kept, refused, and named with value and limit", async () => {
    const inputs = await checked(stage, jobInputs({ gate: { maxEvalLoss: 0.4 } }));
    const name = `ft-test-${String(inputs.specHash).slice(0, 10)}`;
    stage.azure.nextStates = ["Completed"];
    stage.azure.metrics.set(name, { eval_loss: 0.75 });
    const error = await failureOf(stage.host.create("pipelineJob", inputs));
    expect(error.message).toContain(`eval_loss of ${name} is 0.75; allowed: at most 0.4`);
    expect(error.properties).toMatchObject({ status: "Rejected", metrics: { eval_loss: 0.75 } });
    const eased = await checked(stage, jobInputs({ ...inputs, gate: { maxEvalLoss: 1 } }), inputs);
    const outs = await stage.host.update("pipelineJob", name, error.properties ?? {}, eased);
    expect(outs).toMatchObject({ jobName: name, status: "Completed" });
  });

  test("still running is canceled before it is deleted", async () => {
    const inputs = await checked(stage, jobInputs({ onDestroy: "delete" }));
    stage.azure.nextStates = ["Completed"];
    const { id, outs } = await stage.host.create("pipelineJob", inputs);
    const job = stage.azure.jobs.get(id);
    if (job) job.states = ["Running"];
    await stage.host.delete("pipelineJob", id, outs);
    expect(stage.azure.count("POST", new RegExp(`/jobs/${id}/cancel$`))).toBe(1);
    expect(stage.azure.jobs.has(id)).toBe(false);
    await stage.host.delete("pipelineJob", id, outs);
  });

  test("that somebody deleted is not trained again: its result stays, whatever of it is only shown changes", async () => {
    const inputs = await checked(stage, jobInputs());
    stage.azure.nextStates = ["Completed"];
    const { id, outs } = await stage.host.create("pipelineJob", inputs);
    stage.azure.jobs.delete(id);
    const submitted = stage.azure.count("PUT", /\/jobs\//);
    expect((await stage.host.read("pipelineJob", id, outs)).outs).toEqual(outs);
    const retagged = await checked(stage, jobInputs({ ...inputs, deadlineMinutes: 60 }), inputs);
    const kept = await stage.host.update("pipelineJob", id, outs, retagged);
    expect(kept).toMatchObject({ jobName: id, status: "Completed", deadlineMinutes: 60 });
    expect(stage.azure.count("PUT", /\/jobs\//)).toBe(submitted);
    expect(stage.host.output()).toContain("this job was deleted outside the stack");
  });

  test("that failed and is gone is gone for the state too", async () => {
    const inputs = await checked(stage, jobInputs());
    stage.azure.nextStates = ["Completed"];
    const { id, outs } = await stage.host.create("pipelineJob", inputs);
    stage.azure.jobs.delete(id);
    expect((await stage.host.read("pipelineJob", id, { ...outs, status: "Failed" })).id).toBe("");
  });
});
