import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { type Finished, type Sandbox, makeSandbox } from "../../scripts/lib/sandbox";
import { project, stateOf } from "./support";

/** A complete run of version 0.1.0 on the local cloud: its state and its stack configuration. */
const fixture = path.join(project, "tests/lifecycle/fixtures/state-0.1.0");

describe("a stack of version 0.1.0", () => {
  let sandbox: Sandbox;

  const succeed = async (...argv: string[]): Promise<Finished> => {
    const done = await sandbox.run("stack", ...argv);
    expect(done.code === 0 ? "" : done.all).toBe("");
    return done;
  };

  beforeAll(async () => {
    sandbox = await makeSandbox(project);
    const state = path.join(sandbox.root, ".local/state/.pulumi");
    mkdirSync(path.join(state, "stacks/azureml-finetune"), { recursive: true });
    writeFileSync(path.join(state, "meta.yaml"), "version: 1\n");
    copyFileSync(path.join(fixture, "local.json"), path.join(state, "stacks/azureml-finetune/local.json"));
    copyFileSync(path.join(fixture, "Pulumi.local.yaml"), path.join(sandbox.root, "Pulumi.local.yaml"));
  });

  afterAll(() => sandbox.dispose());

  test("shows no changes in a preview", async () => {
    const { stdout, all } = await succeed("preview", "--expect-no-changes");
    expect(stdout).toContain("33 unchanged");
    expect(all).toContain("The next training will use dataset.validationSplit");
  });

  test("is destroyed completely by its former handler files", async () => {
    expect(stateOf(sandbox).text).toContain("dist/providers/handlers/fineTuneJob.js");
    await succeed("destroy");
    expect(stateOf(sandbox).resources).toEqual([]);
  });
});
