import { setTimeout as pause } from "node:timers/promises";
import { checked, componentInputs, jobInputs } from "./support/jobs";
import { failureOf, type Fixture, openFixture } from "./support/fixture";

let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
  fixture.azure.components = [{ version: "0.0.82", inputs: componentInputs() }];
});
afterAll(() => fixture.close());

const printed = async (text: string): Promise<void> => {
  while (!fixture.host.output().includes(text)) await pause(20);
};

test("Pulumi's Cancel prints what is awaited; SIGINT detaches, keeps the job in the state and ends the process", async () => {
  const inputs = await checked(fixture, jobInputs());
  const name = `ft-test-${String(inputs.specHash).slice(0, 10)}`;
  fixture.azure.nextStates = ["Running"];
  const failing = failureOf(fixture.host.create("pipelineJob", inputs));
  await printed(`[${name}] Running`);
  await fixture.host.cancel();
  await printed(`[${name}] waiting for the end of this job, which is Running`);
  const ending = fixture.host.interrupt("SIGINT");
  const failure = await failing;
  expect(failure.message).toMatch(/^\[JobDetached\]/);
  expect(failure).toMatchObject({ id: name, properties: { jobName: name, status: "Running" } });
  expect(await ending).toBe("SIGINT");
  expect(fixture.azure.count("POST", /cancel$/)).toBe(0);

  await fixture.crash();
  const job = fixture.azure.jobs.get(name);
  if (job) job.states = ["Completed"];
  const outs = await fixture.host.update("pipelineJob", name, failure.properties ?? {}, inputs);
  expect(outs).toMatchObject({ jobName: name, attempt: 1, status: "Completed" });
  expect(fixture.azure.jobs.size).toBe(1);
});
