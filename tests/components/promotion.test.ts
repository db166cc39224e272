/** @jest-environment ./tests/components/environment.js */
import * as pulumi from "@pulumi/pulumi";
import type { PreflightCloud } from "../../preflight/cloud";
import { run, type Run, sharedModel, sharedSha256 } from "./harness";
import { fakeCloud, modelTags } from "../preflight/fakeCloud";

const sha256 = sharedSha256;
const id = "azureml://registries/shared/models/chat/versions/7";
const promoting = (): PreflightCloud =>
  fakeCloud({
    sharedModel,
    model: async () => ({ version: "1", tags: modelTags, properties: {}, stage: "", isArchived: false }),
  });

let cloud: PreflightCloud = promoting();
jest.mock("../../preflight/cloud", () => ({ azureCloud: () => cloud }));

// eslint-disable-next-line @typescript-eslint/no-require-imports
const program = require("../../index") as () => Promise<object>;

const native = (type: string): string => `azure-native:machinelearningservices:${type}`;
const dynamic = (type: string): string => `pulumi-nodejs:dynamic/azureml:${type}`;
const model = { source: "promote", promote: { registry: "shared", name: "chat", version: "7" } };

beforeAll(() => {
  jest.spyOn(pulumi.log, "info").mockResolvedValue();
});

describe("a promoting stack", () => {
  let result: Run;
  beforeAll(async () => {
    cloud = promoting();
    result = await run(program, { model });
  });

  test("has a workspace, a deployment, a score and the traffic, and nothing that trains", () => {
    const own = result.resources.filter(({ type }) => /machinelearning|dynamic/.test(type));
    expect(own.map(({ type }) => type.split(":").at(-1)).sort()).toEqual(
      ["OnlineDeployment", "OnlineEndpoint", "Score", "Traffic", "Workspace", "PurgeOnDestroy"]
        .map((type) => type)
        .sort(),
    );
    expect(result.resources.map(({ type }) => type)).not.toContain("command:local:Command");
  });

  test("assigns no data role: it uploads nothing", () => {
    expect(result.resources.map(({ type }) => type)).not.toContain(
      "azure-native:authorization:RoleAssignment",
    );
  });

  test("deploys the registry's version, under a name with the version and with its content hash as tag", () => {
    const { inputs } = result.one(native("OnlineDeployment"));
    expect(inputs).toMatchObject({ deploymentName: "demo-7", properties: { model: id } });
    expect(inputs.tags).toMatchObject({ contentHash: `sha256:${sha256}`, "pulumi-stack": "test" });
    expect(result.one(dynamic("Traffic")).inputs.traffic).toEqual({ "demo-7": 100 });
  });

  test("asks a question without data", () => {
    const { inputs } = result.one(dynamic("Score"));
    expect(inputs).toMatchObject({ prompt: { question: expect.stringContaining("?") as string } });
    expect(inputs).not.toHaveProperty("heldOut");
  });

  test("has the outputs that apply", () => {
    expect(Object.keys(result.outputs).sort()).toEqual(
      [
        ...["deploymentName", "endpointName", "promotedModel", "resourceGroupName", "sampleScore"],
        ...["scoringUri", "subscriptionId", "workspaceName"],
      ].sort(),
    );
    expect(result.outputs.promotedModel).toEqual({ ...model.promote, id, sha256 });
  });
});

test("a question file is an input by its name and hash, and its texts are not shown", async () => {
  cloud = promoting();
  const questionFile = "tests/components/question.json";
  const { one } = await run(program, { model, scoring: { questionFile } });
  expect(one(dynamic("Score")).inputs).toMatchObject({
    prompt: { file: questionFile, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    showRows: false,
  });
});

test("a source stack names registry and model, and the file names the version", async () => {
  cloud = promoting();
  const promote = { stack: "dev", version: "7" };
  const { one } = await run(program, { model: { source: "promote", promote } });
  expect(one(native("OnlineDeployment")).inputs).toMatchObject({ properties: { model: id } });
  const other = run(program, { model: { source: "promote", promote: { stack: "other", version: "7" } } });
  await expect(other).rejects.toThrow(/promote\.stack: stack other has neither the output sharedModel nor/);
});

test("endpoint.enabled: false leaves the workspace", async () => {
  cloud = promoting();
  const { resources, outputs } = await run(program, { model, endpoint: { enabled: false } });
  expect(resources.map(({ type }) => type)).not.toContain(native("OnlineDeployment"));
  expect(outputs).toHaveProperty("promotedModel");
});

test("a refused version registers nothing", async () => {
  cloud = fakeCloud();
  const registered = jest.fn();
  await expect(run(program, { model }, registered)).rejects.toThrow(/registry "shared" has no model "chat"/);
  expect(registered).not.toHaveBeenCalledWith(
    expect.objectContaining({ parent: expect.stringMatching(/./) as string }),
  );
});
