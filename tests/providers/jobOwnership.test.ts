import { omit } from "../../azureml/records";
import type { Properties } from "./support/dynamicHost";
import { type Fixture, openFixture } from "./support/fixture";
import { checked, componentInputs, jobInputs } from "./support/jobs";

let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
  fixture.azure.components = [{ version: "0.0.82", inputs: componentInputs() }];
});

afterAll(() => fixture.close());

interface Created {
  id: string;
  outs: Properties;
}

const create = async (inputs: Properties): Promise<Created> => fixture.host.create("pipelineJob", inputs);
const remove = ({ id, outs }: Created): Promise<void> => fixture.host.delete("pipelineJob", id, outs);
const jobOf = (name: unknown) => fixture.azure.jobs.get(String(name));
const tagsOf = (name: unknown) => jobOf(name)?.properties.tags as Record<string, string>;

/** A resource with a completed job, and a second one that adopts the same job, as after a failed roll-out. */
async function adoptedTwice(change: Properties = {}): Promise<{ first: Created; second: Created }> {
  const inputs = await checked(fixture, jobInputs(change));
  fixture.azure.nextStates = ["Completed"];
  return { first: await create(inputs), second: await create(inputs) };
}

describe("a job that two resources have used", () => {
  test.each(["archive", "delete", "keep"])(
    "stays untouched when the resource that used it before is deleted (onDestroy: %s)",
    async (onDestroy) => {
      const { first, second } = await adoptedTwice({ onDestroy });
      await remove(first);
      expect(jobOf(second.id)?.properties).toMatchObject({ isArchived: false });
      expect(tagsOf(second.id)["azureml-finetune.usedBy"]).toBe(second.outs.instance);
      expect(fixture.host.output()).toContain("stays: another resource of the stack uses this job now");
      await remove(second);
      expect(jobOf(second.id)?.properties.isArchived).toBe({ archive: true, keep: false }[onDestroy]);
    },
  );

  test("continues its registration, so the model version keeps its name", async () => {
    const { first, second } = await adoptedTwice();
    expect(second.outs.registration).toBe(first.outs.registration);
    expect(second.outs.instance).not.toBe(first.outs.instance);
  });

  test("gets a new registration once its user has been deleted", async () => {
    const { first, second } = await adoptedTwice();
    await remove(second);
    const third = await create(await checked(fixture, omitAdded(second.outs)));
    expect(third.outs.jobName).toBe(first.outs.jobName);
    expect(third.outs.registration).not.toBe(first.outs.registration);
  });

  test("is claimed with its failed attempts, which are then not submitted again", async () => {
    const inputs = await checked(fixture, jobInputs({ onDestroy: "delete" }));
    fixture.azure.nextStates = ["Failed"];
    const failed = await create(inputs).catch((error: { properties: Properties }) => error.properties);
    fixture.azure.nextStates = ["Completed"];
    const name = String(inputs.namePrefix) + "-" + String(inputs.specHash).slice(0, 10);
    const outs = await fixture.host.update("pipelineJob", name, failed as Properties, inputs);
    expect(outs.jobName).toBe(`${name}-2`);
    const second = await create(inputs);
    await remove({ id: name, outs });
    expect([jobOf(name), jobOf(`${name}-2`)]).not.toContain(undefined);
    const again = await fixture.host.update("pipelineJob", name, second.outs, inputs);
    expect(again.jobName).toBe(`${name}-2`);
    // An attempt that somebody deleted is not repeated either.
    fixture.azure.jobs.delete(name);
    expect(await fixture.host.update("pipelineJob", name, again, inputs)).toMatchObject({ attempt: 2 });
    expect(jobOf(name)).toBeUndefined();
  });
});

describe("the user of a job", () => {
  test("is written with the submission, and a repeated create after a crash continues the registration", async () => {
    const inputs = await checked(fixture, jobInputs());
    fixture.azure.nextStates = ["Completed"];
    const lost = await create(inputs);
    const body = fixture.azure.requests.find(
      ({ method, path }) => method === "PUT" && path.endsWith(`/jobs/${lost.id}`),
    )?.body;
    expect(body).toContain(`"azureml-finetune.usedBy":"${String(lost.outs.instance)}"`);
    const { outs } = await create(inputs);
    expect(outs).toMatchObject({ jobName: lost.outs.jobName, registration: lost.outs.registration });
  });

  test("is shown to a preview that returns to the job's inputs", async () => {
    const { first, second } = await adoptedTwice();
    const other = await checked(fixture, { ...omitAdded(second.outs), gpusPerNode: 2 }, second.outs);
    expect(other).not.toHaveProperty("registration");
    const back = await checked(fixture, omitAdded(second.outs), other);
    expect(back).toMatchObject({
      jobName: first.outs.jobName,
      registration: first.outs.registration,
      outputUri: first.outs.outputUri,
    });
    // Without a change the state is the source.
    expect(await checked(fixture, omitAdded(back), back)).not.toHaveProperty("registration");
  });

  test("of version 0.1.0 is written by the next update, and its model keeps its version", async () => {
    const inputs = await checked(fixture, jobInputs());
    fixture.azure.nextStates = ["Completed"];
    const { id, outs } = await create(inputs);
    const old = omit(outs, "instance", "registration");
    const job = jobOf(id);
    if (job) job.properties.tags = { "azureml-finetune.specHash": String(inputs.specHash) };
    const updated = await fixture.host.update("pipelineJob", id, old, { ...inputs, deadlineMinutes: 5 });
    expect(updated.registration).toBe("");
    expect((await create(inputs)).outs.registration).toBe("");
  });

  test("of version 0.1.0 is not required for its deletion", async () => {
    const inputs = await checked(fixture, jobInputs());
    fixture.azure.nextStates = ["Completed"];
    const { id, outs } = await create(inputs);
    const job = jobOf(id);
    if (job) job.properties.tags = { "azureml-finetune.specHash": String(inputs.specHash) };
    const old = omit(outs, "instance", "registration");
    await remove({ id, outs: old });
    expect(jobOf(id)?.properties.isArchived).toBe(true);
    expect(tagsOf(id)).not.toHaveProperty("azureml-finetune.usedBy");
  });

  test("is required: an adoption that cannot be written fails, and names the job", async () => {
    const inputs = await checked(fixture, jobInputs());
    fixture.azure.nextStates = ["Completed"];
    const { id } = await create(inputs);
    fixture.azure.faults.push({ method: "PATCH", path: new RegExp(`/runs/${id}$`), times: 1, status: 403 });
    await expect(create(inputs)).rejects.toThrow(`tags of job "${id}"`);
  });
});

/** The inputs of a resource without what `check` and `create` add. */
function omitAdded(outs: Properties): Properties {
  const given = Object.keys(jobInputs());
  return Object.fromEntries(Object.entries(outs).filter(([key]) => given.includes(key)));
}
