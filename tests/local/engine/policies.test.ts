import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Violation } from "../../../local/engine/display/events";
import type { RunOptions } from "../../../local/engine/run";
import { run as command } from "./cliSupport";
import { Bench, type Run } from "./harness";

const bench = new Bench("ruled");
const log = join(bench.root, "policy.log");
const env = { ...bench.env, POLICY_LOG: log };
const withPack: Partial<RunOptions> = { env, policyPacks: [{ directory: "pack" }] };

beforeEach(() => {
  bench.reset();
  rmSync(log, { force: true });
});
afterAll(() => bench.remove());

const violations = (run: Run): Violation[] =>
  run.events.flatMap((event) => (event.kind === "policy" ? [event.violation] : []));
const summary = (run: Run): string[] =>
  violations(run).map(({ level, policy, message }) => `${level} ${policy}: ${message.replace("\n", " ")}`);
const received = (): Record<string, unknown>[] =>
  readFileSync(log, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test("a preview reports every violation, fails, and creates nothing", async () => {
  const preview = await bench.config({ "ruled:size": "9", "ruled:use": "few" }).run("preview", withPack);
  expect(preview.exitCode).toBe(1);
  expect(summary(preview)).toEqual([
    "mandatory small: Things are small. size of leaf is 9 ()",
    "advisory tiny: Things are tiny. size of leaf is 9",
    "mandatory few: There are few things. there are 2",
  ]);
  expect(preview.steps).toEqual(["create group", "create base", "create leaf"]);
  expect(bench.cloud.log).toEqual([]);
});

test("an update stops before the resource that violates a policy", async () => {
  const up = await bench.config({ "ruled:size": "9" }).run("up", withPack);
  expect(up.exitCode).toBe(1);
  expect(up.errors).toEqual([]);
  expect(bench.labels).toEqual(["base"]);
  expect(bench.resource("leaf")).toBeUndefined();
  expect(received().some((one) => "whole" in one)).toBe(false);
  const repaired = await bench.config({ "ruled:size": "4" }).run("up", withPack);
  expect([repaired.exitCode, ...repaired.steps]).toEqual([0, "create leaf"]);
});

test("the command line begins an update with a preview: a violation is found before anything is created", async () => {
  bench.config({ "ruled:size": "9" });
  const argv = ["up", "--yes", "--stack", "dev", "--cwd", bench.project, "--policy-pack", "pack"];
  const refused = await command(argv, env);
  expect(refused.code).toBe(1);
  expect(refused.out).toMatch(/^Previewing update \(dev\):/);
  expect(refused.out).toContain(
    [
      "Policies:",
      "    ❌ trial@v0.0.3 (local: pack)",
      "        - [mandatory]  small  (toy:Thing: leaf)",
      "          Things are small.",
      "          size of leaf is 9 ()",
    ].join("\n"),
  );
  expect(refused.out).not.toMatch(/Resources:/);
  expect(refused.out).toMatch(/error: preview failed\n$/);
  expect(bench.cloud.log).toEqual([]);

  const config = join(bench.root, "pack.json");
  writeFileSync(config, JSON.stringify({ small: { most: 10 } }));
  const allowed = await command([...argv, "--policy-pack-config", config], env);
  expect(allowed.code).toBe(0);
  expect(allowed.out).toMatch(/^Updating \(dev\):/);
  expect(allowed.out).toMatch(/⚠️ trial@v0\.0\.3 \(local: pack\)\n {8}- \[advisory\] {2}tiny/);
  expect(bench.labels).toEqual(["base", "leaf"]);
});

test("advice does not stop an update, and no violation is a line with the pack", async () => {
  const up = await bench.config({ "ruled:size": "4" }).run("up", withPack);
  expect(up.exitCode).toBe(0);
  expect(summary(up)).toEqual(["advisory tiny: Things are tiny. size of leaf is 4"]);
  bench.config({});
  const argv = ["preview", "--stack", "dev", "--cwd", bench.project, "--policy-pack", "pack"];
  const preview = await command(argv, env);
  expect(preview.out).toMatch(/Policies:\n {4}✅ trial@v0\.0\.3 \(local: pack\)\n/);
  const json = await command([...argv, "--json"], env);
  expect(JSON.parse(json.out)).toMatchObject({ result: "succeeded" });
});

test("a policy receives checked inputs with options and provider, and all outputs at the end", async () => {
  await bench.config({}).run("up", withPack);
  const leaf = received().find(({ name }) => name === "leaf");
  expect(leaf).toMatchObject({
    type: "pulumi-nodejs:dynamic/toy:Thing",
    props: { label: "leaf", size: 1, from: "token of base" },
    opts: { ignoreChanges: ["zone"], protect: false, parent: expect.stringMatching(/Group::group$/) },
    provider: "pulumi:providers:pulumi-nodejs",
    stack: "dev",
  });
  expect(leaf?.props).not.toHaveProperty("__provider");
  expect(received().map(({ type }) => type)).toContain("toy:index:Group");
  expect(received().at(-1)).toEqual({
    whole: [
      { name: "base", place: true, on: 0 },
      { name: "leaf", place: true, on: 1 },
    ],
  });
});

test("a message shows no secret", async () => {
  const secret = { "ruled:size": "9", "ruled:hush": "sesame" };
  const preview = await bench.config(secret).run("preview", withPack);
  expect(summary(preview)[0]).toBe("mandatory small: Things are small. size of leaf is 9 ([secret])");
});

test("refresh and destroy are not analysed", async () => {
  await bench.config({ "ruled:size": "4" }).run("up", withPack);
  rmSync(log);
  bench.config({ "ruled:size": "4", "ruled:use": "broken" });
  expect((await bench.run("refresh", withPack)).exitCode).toBe(0);
  expect((await bench.run("destroy", withPack)).exitCode).toBe(0);
  expect(existsSync(log)).toBe(false);
});

test("with --continue-on-error only what violates a policy is left out", async () => {
  bench.config({ "ruled:size": "9" });
  const up = await bench.run("up", { ...withPack, continueOnError: true });
  expect(up.exitCode).toBe(1);
  expect(bench.labels).toEqual(["base"]);
});

test("an error in a policy names the pack and the policy, without a stack trace", async () => {
  const preview = await bench.config({ "ruled:use": "throws" }).run("preview", withPack);
  expect(preview.exitCode).toBe(1);
  expect(preview.errors.join("\n")).toMatch(
    /failed to run policy pack pack: Error validating resource with policy 'small' from policy pack 'trial@v0\.0\.3':\nError: no such thing$/,
  );
});

test("a pack that does not start fails the run with what it printed", async () => {
  bench.config({ "ruled:use": "broken" });
  await expect(bench.run("preview", withPack)).rejects.toThrow(
    /^policy pack .*pack failed to start: ended with exit code \d+\.(.|\n)*the pack is broken/,
  );
  expect(bench.cloud.log).toEqual([]);
});
