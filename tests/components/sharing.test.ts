/** @jest-environment ./tests/components/environment.js */
import * as pulumi from "@pulumi/pulumi";
import type { PreflightCloud } from "../../preflight/cloud";
import { azureMlError } from "../../azureml/errors";
import { run } from "./harness";
import { fakeCloud } from "../preflight/fakeCloud";

let cloud: PreflightCloud = fakeCloud();
jest.mock("../../preflight/cloud", () => ({ azureCloud: () => cloud }));

// eslint-disable-next-line @typescript-eslint/no-require-imports
const program = require("../../index") as () => Promise<object>;

beforeAll(() => {
  jest.spyOn(pulumi.log, "info").mockResolvedValue();
});

const model = { shareTo: "shared", name: "chat" };
const share = "pulumi-nodejs:dynamic/azureml:ModelShare";

test("model.shareTo shares the registered version after its registration, and outputs it", async () => {
  const result = await run(program, { model });
  const { inputs, dependencies } = result.one(share);
  const registered = result.one("azure-native:machinelearningservices:ModelVersion").inputs;
  expect(inputs).toMatchObject({ registry: "shared", name: "chat", version: registered.version });
  expect(dependencies).toContain("azure-native:machinelearningservices:ModelVersion registered-model");
  expect(result.outputs.sharedModel).toMatchObject({ registry: "shared", name: "chat" });
});

test("without model.shareTo nothing is shared", async () => {
  const result = await run(program, {});
  expect(result.resources.map(({ type }) => type)).not.toContain(share);
  expect(result.outputs).not.toHaveProperty("sharedModel");
});

test("a registry that does not exist is refused before anything is trained", async () => {
  cloud = fakeCloud({
    registryRegions: async (registry) => {
      throw azureMlError("RegistryNotFound", { registry, detail: "404" });
    },
  });
  await expect(run(program, { model })).rejects.toThrow(
    /model.shareTo[^]*there is no registry "shared"[^]*Pulumi.platform.yaml/,
  );
});
