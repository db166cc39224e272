import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { type Finished, type Sandbox, makeSandbox } from "../../scripts/lib/sandbox";
import { findPulumi } from "../local/engine/conformance/lib/real";
import { expectSuccess } from "../expectExit";
import { exportedEnvironment, project, stateOf } from "./support";

/** A complete run of version 0.1.0 on the local cloud: its state and its stack configuration. */
const fixture = path.join(project, "tests/lifecycle/fixtures/state-0.1.0");

const pulumi = findPulumi();
const testWithPulumi = pulumi ? test : test.skip;
const where = pulumi ? "" : " (skipped: there is no pulumi on PATH)";

describe("a stack of version 0.1.0", () => {
  let sandbox: Sandbox;

  const succeed = async (...argv: string[]): Promise<Finished> => {
    const done = await sandbox.run("stack", ...argv);
    expectSuccess(done);
    return done;
  };

  /** Runs the Pulumi command line on the same state. */
  const succeedWithPulumi = async (...argv: string[]): Promise<string> => {
    const env = {
      ...process.env,
      ...(await exportedEnvironment(sandbox)),
      PATH: [path.join(project, "local/plugins/bin"), process.env.PATH].join(path.delimiter),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
    const line = [...argv, "--non-interactive", "--stack", "local"];
    const done = spawnSync(pulumi ?? "", line, { cwd: sandbox.root, env, encoding: "utf8" });
    expect(done.status === 0 ? "" : done.stdout + done.stderr).toBe("");
    return done.stdout;
  };

  const copyState = (): void => {
    const state = path.join(sandbox.root, ".local/state/.pulumi");
    mkdirSync(path.join(state, "stacks/azureml-finetune"), { recursive: true });
    writeFileSync(path.join(state, "meta.yaml"), "version: 1\n");
    copyFileSync(path.join(fixture, "local.json"), path.join(state, "stacks/azureml-finetune/local.json"));
    copyFileSync(path.join(fixture, "Pulumi.local.yaml"), path.join(sandbox.root, "Pulumi.local.yaml"));
  };

  beforeAll(async () => {
    sandbox = await makeSandbox(project);
    copyState();
  });

  afterAll(() => sandbox.dispose());

  // Without the policy pack, which is younger: the VM size and the tags of that time do not meet it.
  test("shows no changes in a preview", async () => {
    const { stdout, all } = await succeed("preview", "--expect-no-changes", "--no-policy");
    expect(stdout).toContain("33 unchanged");
    expect(all).toContain("The next training will use dataset.validationSplit");
  });

  testWithPulumi(`shows no changes in a preview of the Pulumi command line${where}`, async () => {
    expect(await succeedWithPulumi("preview", "--expect-no-changes")).toContain("33 unchanged");
  });

  testWithPulumi(`is destroyed completely by the Pulumi command line${where}`, async () => {
    await succeedWithPulumi("destroy", "--yes", "--skip-preview");
    expect(stateOf(sandbox).resources).toEqual([]);
    copyState();
  });

  test("is destroyed completely by its former handler files", async () => {
    expect(stateOf(sandbox).text).toContain("dist/providers/handlers/fineTuneJob.js");
    await succeed("destroy");
    expect(stateOf(sandbox).resources).toEqual([]);
  });
});
