import { createDecipheriv, pbkdf2Sync } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { problemReport } from "../../azureml/problem";
import { parseConfig } from "../../config/parse";
import { sections } from "../../config/sections";
import type { StackConfig } from "../../config/stackConfig";

interface StackFile {
  encryptionsalt?: string;
  config: Record<string, unknown>;
}

function stackFile(stack: string): StackFile {
  return parse(readFileSync(`Pulumi.${stack}.yaml`, "utf8")) as StackFile;
}

function configOf(stack: string): StackConfig {
  const values = Object.entries(stackFile(stack).config).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const parsed = parseConfig({
    values: Object.fromEntries(values) as Record<string, string>,
    project: "azureml-finetune",
    env: { ARM_SUBSCRIPTION_ID: "00000000-0000-0000-0000-000000000001" },
    readFile: () => "",
  });
  if ("problems" in parsed) throw new Error(problemReport(stack, parsed.problems));
  return parsed.config;
}

test("Pulumi.yaml declares every section as an optional object and runs the compiled program", () => {
  const project = parse(readFileSync("Pulumi.yaml", "utf8")) as {
    name: string;
    runtime: unknown;
    config: Record<string, { type: string; description: string; default: unknown }>;
  };
  expect(project.name).toBe("azureml-finetune");
  expect(project.runtime).toMatchObject({ name: "nodejs", options: { typescript: false } });
  expect(Object.keys(project.config)).toEqual(
    Object.keys(sections).map((name) => `azureml-finetune:${name}`),
  );
  for (const declared of Object.values(project.config))
    expect(declared).toEqual({ type: "object", description: expect.any(String) as string, default: {} });
});

const stacks = readdirSync(".").flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
const trainingStacks = ["local", "review", "dev"];

test("every environment has a stack file", () => {
  expect(stacks).toEqual(expect.arrayContaining([...trainingStacks, "staging", "prod"]));
});

test.each(trainingStacks)("the configuration of stack %s is valid", (stack) => {
  expect(configOf(stack).foundationModel.name).toBe("Phi-4-mini-instruct");
});

test("prod protects its data, serves one exact version that passed a gate, and uses no keys", () => {
  const { workspace, promotion, endpoint } = configOf("prod");
  expect(workspace).toMatchObject({ mode: "create", protect: true, purgeProtection: true });
  expect(promotion).toMatchObject({ version: expect.stringMatching(/^(?!latest)/) as string });
  expect(promotion?.gate.maxEvalLoss).toBeGreaterThan(0);
  expect(endpoint.authMode).toBe("aad_token");
});

test("the passphrase of stack local is the word local", () => {
  const [, salt = "", , nonce = "", sealed = ""] = (stackFile("local").encryptionsalt ?? "").split(":");
  const key = pbkdf2Sync("local", Buffer.from(salt, "base64"), 1_000_000, 32, "sha256");
  const text = Buffer.from(sealed, "base64");
  const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
  decipher.setAuthTag(text.subarray(-16));
  expect(Buffer.concat([decipher.update(text.subarray(0, -16)), decipher.final()]).toString()).toBe("pulumi");
});

test("no stack file contains a subscription, a tenant or an encrypted value", () => {
  for (const stack of stacks) {
    const text = readFileSync(`Pulumi.${stack}.yaml`, "utf8");
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/);
    expect(text).not.toMatch(/^\s*secure:/m);
  }
});

test.each(stacks)("stack %s is valid and has the tags that the policies require", (stack) => {
  const { tags } = configOf(stack);
  expect(tags).toMatchObject({
    environment: stack,
    owner: expect.any(String),
    costCenter: expect.any(String),
  });
  if (stack === "review") expect(tags.expires).toMatch(/^\d{4}-\d\d-\d\d$/);
  else expect(tags.expires).toBe("never");
});

test("review trains little, serves nothing and has a limit of what it may cost", () => {
  const { finetune, endpoint, budget, workspace } = configOf("review");
  expect(endpoint.enabled).toBe(false);
  expect(finetune).toMatchObject({ maxSteps: 20, deadlineMinutes: 60 });
  expect(budget.maxGpuHours).toBe(1);
  expect(workspace).toMatchObject({ protect: false, purgeOnDestroy: true });
});
