/** @jest-environment ./tests/components/environment.js */
import { readdirSync, readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import type { Violation } from "../../local/engine/display/events";
import { run, type Run, sharedModel } from "../components/harness";
import { fakeCloud } from "../preflight/fakeCloud";
import { startPack, thing } from "./support";

jest.mock("../../preflight/cloud", () => ({ azureCloud: () => fakeCloud({ sharedModel }) }));

// eslint-disable-next-line @typescript-eslint/no-require-imports
const program = require("../../index") as () => Promise<object>;

interface Sections {
  "azureml-finetune:tags": Record<string, string>;
  "azureml-finetune:model"?: object;
  [key: string]: unknown;
}

const stacks = readdirSync(".").flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
const day = 86_400_000;

beforeAll(() => {
  jest.spyOn(pulumi.log, "info").mockResolvedValue();
  jest.spyOn(pulumi.log, "warn").mockResolvedValue();
});

/** The settings of a stack file; a review stack gets an expiry of its own when it is copied. */
function settings(stack: string): Sections {
  const { config } = parse(readFileSync(`Pulumi.${stack}.yaml`, "utf8")) as { config: Sections };
  const tags = config["azureml-finetune:tags"];
  const soon = new Date(Date.now() + 7 * day).toISOString().slice(0, 10);
  return { ...config, "azureml-finetune:tags": stack === "review" ? { ...tags, expires: soon } : tags };
}

/** What the pack reports about the program's resources, in Pulumi's own policy host. */
async function violations(stack: string, config: Sections): Promise<Violation[]> {
  const { resources }: Run = await run(program, config);
  const opened = await startPack({
    name: stack,
    tags: config["azureml-finetune:tags"],
    model: config["azureml-finetune:model"],
  });
  const all = [thing("pulumi:pulumi:Stack", {}), ...resources.map(({ type, inputs }) => thing(type, inputs))];
  const found = await Promise.all(all.map((one) => opened.pack.analyze(one)));
  const whole = await opened.pack.analyzeStack(all);
  await opened.close();
  return [...found.flat(), ...whole];
}

/** Advice that a stack file cannot follow: it does not know the network of the organisation. */
const advice: Record<string, string[]> = { prod: ["no-public-endpoint", "no-public-workspace"] };

test.each(stacks)("the program with the settings of stack %s meets the policies", async (stack) => {
  const found = await violations(stack, settings(stack));
  expect(found.filter(({ level }) => level === "mandatory")).toEqual([]);
  expect([...new Set(found.map(({ policy }) => policy))].sort()).toEqual(advice[stack] ?? []);
});

test("a stack of dev that is called prod does not meet the policies of prod", async () => {
  const found = await violations("prod", settings("dev"));
  const names = new Set(found.map(({ policy }) => policy));
  expect([...names]).toEqual(
    expect.arrayContaining(["stack-tags", "gate-is-set", "no-key-authentication", "deployment-instances"]),
  );
});
