import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { nativeTypes } from "../../operations/recovery/nativeIds";
import type { Sandbox } from "../../scripts/lib/sandbox";
import { armToken, call, project } from "../lifecycle/support";
import { runScript } from "./runScript";

/**
 * The pipelines from the workflow files, on a local cloud of their own. Stack dev trains for real; the jobs of the stacks that
 * promote have their own tests.
 */
describe("the walk of the pipelines", () => {
  const home = mkdtempSync(join(tmpdir(), "pipeline-"));
  const walk = (...argv: string[]) => runScript("pipeline", ...argv, "--stack", "dev", "--home", home);
  const others = ["staging", "prod"].flatMap((stack) => ["--skip", `plan-${stack}`, "--skip", stack]);
  afterAll(async () => {
    await walk("reset");
    rmSync(home, { recursive: true, force: true });
  });

  /** Deletes the stack's endpoint as a person in the portal would. */
  const deleteEndpoint = async (): Promise<void> => {
    const root = join(home, "checkout");
    const port = readFileSync(join(home, "port"), "utf8");
    const env = { ...process.env, AZUREML_LOCAL_PORT: port };
    const run = (script: string, ...argv: string[]) =>
      promisify(execFile)(process.execPath, [join(project, "dist/scripts", `${script}.js`), ...argv], {
        ...{ cwd: root, env },
      });
    const sandbox = { root, env, run } as unknown as Sandbox;
    const file = join(root, ".local/state/.pulumi/stacks/azureml-finetune/dev.json");
    const { checkpoint } = JSON.parse(readFileSync(file, "utf8")) as {
      checkpoint: { latest: { resources: { type: string; id?: string }[] } };
    };
    const type = "azure-native:machinelearningservices:OnlineEndpoint";
    const endpoint = checkpoint.latest.resources.find((resource) => resource.type === type);
    const url = `https://127.0.0.1:${port}${endpoint?.id}?api-version=${nativeTypes[type]?.apiVersion}`;
    const { status } = await call(sandbox, "DELETE", url, { token: await armToken(sandbox) });
    expect(status).toBeLessThan(300);
  };

  it("previews a stack for a pull request in one comment", async () => {
    const { output } = await walk("pull-request", "--skip", "local");
    const written = JSON.parse(readFileSync(join(home, "github.json"), "utf8")) as { body: string }[];
    expect(written).toHaveLength(1);
    expect(written[0]?.body).toMatch(
      /\| `dev` \| \d+ \| 0 \| 0 \| 0 \| \*\*will train: .* USD → \*\*.* USD\*\*/,
    );
    expect(output).toContain("comment on pull request 1");
    expect(output).toContain("pull-request: success");
  });

  it("updates dev on a merge, and finds drift only after something was deleted", async () => {
    const merged = await walk("merge", "drift", ...others);
    expect(merged.output).toMatch(/── dev \/ pulumi \(environment dev\)/);
    expect(merged.output).toMatch(/merge: success/);
    expect(merged.output).toMatch(/dev: 0 resources differ/);
    expect(merged.code).toBe(0);

    await deleteEndpoint();
    const found = await walk("drift", ...others);
    expect(found.output).toMatch(/deleted azure-native:machinelearningservices:OnlineEndpoint endpoint/);
    expect(found.output).toMatch(/opened issue \d+/);
  });

  it("refuses to destroy a stack whose name was not typed, and production without the override", async () => {
    const refused = await walk("destroy", "--input", "stack=dev", "--input", "confirmation=prod");
    expect(refused.code).toBe(1);
    expect(refused.output).toMatch(/confirmation: "prod"[^]*FAILED: Check what was typed/);
    expect(refused.output).not.toContain("Log in to Azure");
    const production = await walk("destroy", "--input", "stack=prod", "--input", "confirmation=prod");
    expect(production.output).toMatch(/override-production: nothing/);
  });
});
