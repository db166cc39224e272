import { modelVersion } from "../../azureml/names";
import { wsPath } from "./support/azureStubTypes";
import type { Properties } from "./support/dynamicHost";
import { changes, failureOf, type Fixture, openFixture } from "./support/fixture";
import { checked, componentInputs, jobInputs } from "./support/jobs";

let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
});
beforeEach(() => {
  fixture.azure.components = [{ version: "0.0.82", inputs: componentInputs() }];
});
afterAll(() => fixture.close());

interface Created {
  id: string;
  outs: Properties & { jobName: string; accepted?: Properties };
}

const gate = { maxEvalLoss: 1, onMiss: "keepServing", endpointName: "chat", modelName: "tuned" };
let serial = 0;

/** Creates the resource of a job whose eval_loss is this value. */
async function create(evalLoss: number, change: Properties = {}): Promise<Created> {
  serial += 1;
  const inputs = await checked(fixture, jobInputs({ gate, namePrefix: `keep-${serial}`, ...change }));
  fixture.azure.nextStates = ["Completed"];
  const name = `keep-${serial}-${String(inputs.specHash).slice(0, 10)}`;
  fixture.azure.metrics.set(name, { eval_loss: evalLoss });
  return (await fixture.host.create("pipelineJob", inputs)) as Created;
}

/** Registers and deploys the model of a resource as the program does. */
function serve({ outs }: Created): void {
  const registration = String(outs.registration);
  const version = `tuned/versions/${modelVersion(outs.jobName, registration)}`;
  const { modelId: baseModel, componentId: component, trainData, testData, validationData } = outs;
  const evalLoss = String((outs.metrics as { eval_loss: number }).eval_loss);
  const tags = { job: outs.jobName, baseModel, component, trainData, testData };
  const own = { registration, evalLoss, validationData };
  fixture.azure.registered.set(version, { ...tags, ...own } as Record<string, string>);
  fixture.azure.endpoints.set("chat", {
    resource: { id: `${wsPath}/onlineEndpoints/chat`, name: "chat", properties: { traffic: { blue: 100 } } },
    deployments: new Set(["blue"]),
    model: `${wsPath}/models/${version}`,
  });
}

const propertiesOf = (name: string) => fixture.azure.jobs.get(name)?.properties as { isArchived?: boolean };

describe("a job that misses the gate with onMiss: keepServing", () => {
  test("keeps the model that serves, with its lineage, and is done", async () => {
    const first = await create(0.5);
    expect(first.outs.accepted).toMatchObject({ jobName: first.outs.jobName });
    serve(first);
    const second = await create(2);
    expect(second.outs).toMatchObject({
      status: "Completed",
      accepted: {
        jobName: first.outs.jobName,
        registration: first.outs.registration,
        outputUri: first.outs.outputUri,
        trainData: first.outs.trainData,
        metrics: { eval_loss: 0.5 },
        evalLoss: "0.5",
      },
    });
    expect(fixture.host.output()).toMatch(/warning: \[LossGate\].*continues to serve/);
    expect((await fixture.host.diff("pipelineJob", second.outs, second.outs)).changes).toBe(changes.none);

    // The resource that trained the model is deleted now, and its job stays.
    await fixture.host.delete("pipelineJob", first.id, first.outs);
    expect(propertiesOf(first.outs.jobName).isArchived).toBe(false);
    await fixture.host.delete("pipelineJob", second.id, second.outs);
    expect(propertiesOf(first.outs.jobName).isArchived).toBe(true);
    expect(propertiesOf(second.outs.jobName).isArchived).toBe(true);
  });

  test("is accepted by a looser gate without training, and releases the former job with itself", async () => {
    const first = await create(0.5);
    serve(first);
    const second = await create(2);
    const submitted = fixture.azure.count("PUT", /\/jobs\//);
    const eased = { ...second.outs, gate: { ...gate, maxEvalLoss: 3 } };
    const inputs = await checked(fixture, eased, second.outs);
    const outs = (await fixture.host.update(
      "pipelineJob",
      second.id,
      second.outs,
      inputs,
    )) as Created["outs"];
    expect(outs.accepted).toMatchObject({ jobName: second.outs.jobName });
    expect(fixture.azure.count("PUT", /\/jobs\//)).toBe(submitted);
    // Its model serves until the roll-out has ended.
    await fixture.host.delete("pipelineJob", first.id, first.outs);
    expect(propertiesOf(first.outs.jobName).isArchived).toBe(false);
    await fixture.host.delete("pipelineJob", second.id, outs);
    expect(propertiesOf(first.outs.jobName).isArchived).toBe(true);
  });

  test("fails if nothing serves, or if the model that serves has another name", async () => {
    fixture.azure.endpoints.clear();
    const error = await failureOf(create(2));
    expect(error.message).toContain("[LossGate] gate.maxEvalLoss");
    expect(error.properties).toMatchObject({ status: "Rejected" });
    expect(fixture.host.output()).toContain("keepServing is not possible: no model serves yet");
    serve(await create(0.5));
    await failureOf(create(2, { gate: { ...gate, modelName: "other" } }));
    expect(fixture.host.output()).toContain("serves, and the stack registers models as other");
  });
});

describe("gate.notWorseThanServing", () => {
  const notWorse = { notWorseThanServing: true, endpointName: "chat" };

  test("refuses a model that is worse on the same data, and accepts an equal one", async () => {
    serve(await create(0.5));
    const error = await failureOf(create(0.6, { gate: notWorse }));
    expect(error.message).toMatch(
      /gate\.notWorseThanServing: eval_loss of keep-\S+, measured on \S+, is 0\.6; allowed: at most 0\.5, that of tuned:\d+/,
    );
    expect((await create(0.5, { gate: notWorse })).outs.status).toBe("Completed");
  });

  test("is not applied to a loss on other data, and says so", async () => {
    serve(await create(0.5));
    const { outs } = await create(0.6, { gate: notWorse, validationData: "azureml://other" });
    expect(outs.status).toBe("Completed");
    expect(fixture.host.output()).toMatch(/notWorseThanServing is not applied: .* measured on other data/);
  });
});

describe("a ROUGE limit", () => {
  test("is refused before the training if the component version does not evaluate", async () => {
    const inputs = jobInputs({ gate: { minRougeL: 0.2 } });
    const { failures } = await fixture.host.check("pipelineJob", {}, inputs);
    expect(failures.join()).toMatch(/gate\.minRougeL: seen 0\.2, but .*0\.0\.82 has no evaluation step/);
    fixture.azure.components = [
      { version: "0.0.78", inputs: componentInputs(), outputs: ["evaluation_result"] },
    ];
    await checked(fixture, inputs);
    // Declared, but the steps were commented out.
    fixture.azure.components = [
      { version: "0.0.48", inputs: componentInputs(), outputs: ["evaluation_result"] },
    ];
    expect((await fixture.host.check("pipelineJob", {}, inputs)).failures).toHaveLength(1);
  });

  test("added later is checked against the pinned component", async () => {
    const first = await checked(fixture, jobInputs());
    const { failures } = await fixture.host.check("pipelineJob", first, {
      ...first,
      gate: { minRouge1: 0.2 },
    });
    expect(failures).toHaveLength(1);
  });
});
