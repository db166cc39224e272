/** @jest-environment ./tests/components/environment.js */
import { readdirSync, readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { run, sharedModel } from "./harness";
import { fakeCloud } from "../preflight/fakeCloud";

jest.mock("../../preflight/cloud", () => ({ azureCloud: () => fakeCloud({ sharedModel }) }));

// eslint-disable-next-line @typescript-eslint/no-require-imports
const program = require("../../index") as () => Promise<object>;

const stacks = readdirSync(".").flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);

beforeAll(() => {
  jest.spyOn(pulumi.log, "info").mockResolvedValue();
  jest.spyOn(pulumi.log, "warn").mockResolvedValue();
});

const runStack = async (stack: string) => {
  const file = parse(readFileSync(`Pulumi.${stack}.yaml`, "utf8")) as { config: Record<string, unknown> };
  return run(program, file.config);
};

test.each(stacks)("the program accepts the settings of stack %s", async (stack) => {
  expect((await runStack(stack)).resources.length).toBeGreaterThan(0);
});

test("review has no endpoint, prod two instances that callers reach with tokens", async () => {
  const types = (await runStack("review")).resources.map(({ type }) => type);
  expect(types.filter((type) => /Online/.test(type))).toEqual([]);
  const prod = await runStack("prod");
  const endpoint = prod.one("azure-native:machinelearningservices:OnlineEndpoint");
  expect(endpoint.inputs).toMatchObject({ properties: { authMode: "AADToken" } });
  const deployment = prod.one("azure-native:machinelearningservices:OnlineDeployment");
  expect(deployment.inputs).toMatchObject({ sku: { capacity: 2 } });
  expect(prod.one("azure-native:keyvault:Vault").protect).toBe(true);
});

test.each(["staging", "prod"])("%s trains nothing, and serves a version of the registry", async (stack) => {
  const seen = await runStack(stack);
  const types = seen.resources.map(({ type }) => type);
  expect(types.filter((type) => /Compute|ModelVersion|PipelineJob|FineTune|Command/.test(type))).toEqual([]);
  expect(seen.one("azure-native:machinelearningservices:OnlineDeployment").inputs).toMatchObject({
    properties: {
      model: expect.stringMatching(/^azureml:\/\/registries\/azureml-finetune-models\//) as string,
    },
  });
});
