import { checked, componentInputs, jobInputs } from "./support/jobs";
import { openFixture, type Fixture, failureOf, unknown } from "./support/fixture";

let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
  fixture.azure.components = [{ version: "0.0.82", inputs: componentInputs() }];
});
afterAll(() => fixture.close());

const price = { perHour: 2, currency: "USD", origin: "budget.prices" };
const training = { size: "Standard_NC24ads_A100_v4", lowPriority: false, nodes: 1, gpusPerNode: 1, price };
let prefix = 0;
/** Inputs with a name of their own, because each line about a training is printed once in a run. */
const inputsOf = (change = {}) => jobInputs({ namePrefix: `ft-${(prefix += 1)}`, training, ...change });

/** The lines about trainings that the work printed. */
async function printedBy(work: () => Promise<unknown>): Promise<string[]> {
  const before = fixture.host.output().length;
  await work();
  const lines = fixture.host.output().slice(before).split("\n");
  return lines
    .filter((line) => line.startsWith("[training] "))
    .map((line) => line.slice("[training] ".length));
}

async function finished(change = {}) {
  const inputs = await checked(fixture, inputsOf(change));
  fixture.azure.nextStates = ["Completed"];
  return { inputs, ...(await fixture.host.create("pipelineJob", inputs)) };
}

describe("a preview of a training says", () => {
  test("that the first one starts, and what it costs at most", async () => {
    await fixture.crash();
    expect(await printedBy(() => checked(fixture, inputsOf()))).toEqual([
      "will train: the stack has no trained model yet",
      "at most 1 node-hour of Standard_NC24ads_A100_v4 (1 GPU-hour, 2.00 USD)",
    ]);
  });

  test("which inputs are not known yet", async () => {
    await fixture.crash();
    const lines = await printedBy(() => checked(fixture, inputsOf({ trainData: unknown })));
    expect(lines).toContain("known only during the update: training data");
  });

  test("nothing new for the same inputs, without a request", async () => {
    const { inputs, outs } = await finished();
    const again = await checked(fixture, inputs, inputs);
    const lines = await printedBy(() => fixture.host.diff("pipelineJob", outs, again));
    expect(lines).toEqual([`trains nothing: same inputs as job ${String(outs.jobName)}`]);
  });

  test("the changed setting, once, also if the engine checks a replacement again", async () => {
    const { inputs, outs } = await finished();
    await fixture.crash();
    const parameters = { ...(inputs.parameters as object), learning_rate: "0.001" };
    const lines = await printedBy(async () => {
      const news = await checked(fixture, { ...inputs, parameters }, inputs);
      await fixture.host.diff("pipelineJob", outs, news);
      await checked(fixture, { ...inputs, parameters });
    });
    expect(lines.slice(0, 2)).toEqual([
      "will train again: finetune.learningRate 0.005 → 0.001",
      "at most 1 node-hour of Standard_NC24ads_A100_v4 (1 GPU-hour, 2.00 USD)",
    ]);
    expect(new Set(lines).size).toBe(lines.length);
    expect(lines.length).toBeLessThanOrEqual(3);
  });

  test("that a completed job is adopted and a running one attached", async () => {
    const { inputs, outs } = await finished();
    await fixture.crash();
    const adopted = await printedBy(() => checked(fixture, inputs));
    expect(adopted).toEqual([`trains nothing: adopts job ${String(outs.jobName)} (already completed)`]);
    const job = fixture.azure.jobs.get(String(outs.jobName));
    if (job) job.states = ["Running"];
    await fixture.crash();
    const attached = await printedBy(() => checked(fixture, inputs));
    expect(attached).toEqual([`starts no job: attaches to job ${String(outs.jobName)} (Running)`]);
  });

  test("the number of the attempt after a failed one", async () => {
    const inputs = await checked(fixture, inputsOf());
    fixture.azure.nextStates = ["Failed"];
    const error = await failureOf(fixture.host.create("pipelineJob", inputs));
    await fixture.crash();
    const lines = await printedBy(async () => {
      const news = await checked(fixture, inputs, inputs);
      await fixture.host.diff("pipelineJob", error.properties ?? {}, news);
    });
    expect(lines[0]).toBe(`will train: attempt 2, because job ${error.id} is Failed`);
  });
});

describe("budget.maxGpuHours", () => {
  const limited = { training: { ...training, maxGpuHours: 0.5 } };

  test("refuses a first training at the check, with the figures", async () => {
    const { failures } = await fixture.host.check("pipelineJob", {}, inputsOf(limited));
    expect(failures).toEqual([
      expect.stringMatching(
        /^\[TrainingBudget\] budget\.maxGpuHours: the training could use 1 GPU-hour .*at most 0\.5/,
      ),
    ]);
  });

  test("refuses a changed input, and names it", async () => {
    const { inputs } = await finished();
    const news = { ...inputs, ...limited, gpusPerNode: 2 };
    const { failures } = await fixture.host.check("pipelineJob", inputs, news);
    expect(failures[0]).toContain("GPUs per node 1 → 2 (compute.size)");
  });

  test("accepts the same inputs and a job that exists", async () => {
    const { inputs, outs } = await finished();
    const same = await checked(fixture, { ...inputs, ...limited }, inputs);
    await fixture.host.diff("pipelineJob", outs, same);
    await checked(fixture, { ...inputs, ...limited });
  });

  test("refuses the next attempt after a failed one", async () => {
    const inputs = await checked(fixture, inputsOf());
    fixture.azure.nextStates = ["Failed"];
    const failed = await failureOf(fixture.host.create("pipelineJob", inputs));
    const news = await checked(fixture, { ...inputs, ...limited }, inputs);
    const refused = await failureOf(fixture.host.diff("pipelineJob", failed.properties ?? {}, news));
    expect(refused.message).toContain("[TrainingBudget]");
  });
});
