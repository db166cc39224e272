import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { nativeTypes } from "../../operations/recovery/nativeIds";
import type { Sandbox } from "../../scripts/lib/sandbox";
import { armToken, call, project } from "../lifecycle/support";
import { runScript } from "./runScript";

/** The pipelines from the workflow files, on a local cloud of their own: one training in dev, which staging and prod promote. */
describe("the walk of the pipelines", () => {
  const home = mkdtempSync(join(tmpdir(), "pipeline-"));
  const walk = (...argv: string[]) => runScript("pipeline", ...argv, "--home", home);
  const typed = (values: Record<string, string>): string[] =>
    Object.entries(values).flatMap(([name, value]) => ["--input", `${name}=${value}`]);
  /** The lines of jobs, without those of their steps. */
  const jobsOf = (output: string): string[] =>
    [...output.matchAll(/^── (\S+)( \/ pulumi|: skipped|: left out)/gm)].map(
      ([, job, what]) => `${job}${what === " / pulumi" ? "" : what}`,
    );
  afterAll(async () => {
    await walk("reset");
    rmSync(home, { recursive: true, force: true });
  });

  const endpointType = "azure-native:machinelearningservices:OnlineEndpoint";
  interface Resource {
    type: string;
    id?: string;
    outputs?: { sharedModel?: Served; promotedModel?: Served };
  }
  interface Served {
    version: string;
    sha256: string;
  }
  const resourcesOf = (stack: string): Resource[] => {
    const file = join(home, `checkout/.local/state/.pulumi/stacks/azureml-finetune/${stack}.json`);
    const { checkpoint } = JSON.parse(readFileSync(file, "utf8")) as {
      checkpoint: { latest: { resources?: Resource[] } };
    };
    return checkpoint.latest.resources ?? [];
  };
  const outputsOf = (stack: string) =>
    resourcesOf(stack).find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};

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
    const endpoint = resourcesOf("dev").find(({ type }) => type === endpointType);
    const url = `https://127.0.0.1:${port}${endpoint?.id}?api-version=${nativeTypes[endpointType]?.apiVersion}`;
    const { status } = await call(sandbox, "DELETE", url, { token: await armToken(sandbox) });
    expect(status).toBeLessThan(300);
  };

  it("previews a stack for a pull request in one comment", async () => {
    const { all } = await walk("platform", "pull-request", "--skip", "local", "--stack", "dev");
    const written = JSON.parse(readFileSync(join(home, "github.json"), "utf8")) as { body: string }[];
    expect(written).toHaveLength(1);
    expect(written[0]?.body).toMatch(
      /\| `dev` \| \d+ \| 0 \| 0 \| 0 \| \*\*will train: .* USD → \*\*.* USD\*\*/,
    );
    expect(all).toContain("comment on pull request 1");
    expect(all).toContain("pull-request: success");
  });

  it("updates dev on a merge, nothing that waits for a promotion, and finds drift only after something was deleted", async () => {
    const merged = await walk("merge", "drift", "--stack", "dev");
    expect(merged.all).toMatch(/── dev \/ pulumi \(environment dev\)/);
    expect(merged.all).toContain("nothing was promoted to staging yet");
    expect(jobsOf(merged.all)).toEqual([
      ...["dev", "plan-staging", "staging: skipped", "plan-prod", "prod: skipped"],
    ]);
    expect(merged.all).toMatch(/merge: success/);
    // The run report: on the page of the run, and as an artifact.
    expect(merged.all).toMatch(/### Stack `dev`\s+- \*\*What was trained\?\*\* /);
    expect(merged.all).toMatch(/dev: 0 resources differ/);
    expect(merged.code).toBe(0);

    await deleteEndpoint();
    const found = await walk("drift", "--stack", "dev");
    expect(found.all).toMatch(/deleted azure-native:machinelearningservices:OnlineEndpoint endpoint/);
    expect(found.all).toMatch(/opened issue \d+/);
  });

  it("promotes what dev has trained to staging, and what staging serves to prod", async () => {
    const staging = await walk("promote", "merge", "--skip", "dev");
    expect(readFileSync(join(home, "artifacts", "report-staging", "staging.html"), "utf8")).toMatch(
      /^<!doctype/i,
    );
    expect(staging.all).toMatch(/staging: promote the model of dev\n[^]*Requested by local\./);
    expect(staging.all).toContain("taken as merged: Pulumi.staging.yaml");
    expect(staging.all).toMatch(/── staging [^]*The plan is the approved one[^]*── plan-prod/);
    expect(jobsOf(staging.all).slice(1)).toEqual([
      ...["dev: left out", "plan-staging", "staging", "plan-prod", "prod: skipped"],
    ]);
    expect(staging.code).toBe(0);

    const prod = await walk("promote", "merge", "--skip", "dev", ...typed({ from: "staging", to: "prod" }));
    expect(jobsOf(prod.all).slice(1)).toEqual([
      ...["dev: left out", "plan-staging", "staging: skipped", "plan-prod", "prod"],
    ]);
    // A preview of a stack that serves shows that beside the changes.
    expect(prod.all).toMatch(/plan-staging [^]*<summary>Now: [^]*\*\*What is serving\?\*\* [^]*plan-prod /);
    expect(prod.code).toBe(0);
    const served = ["dev", "staging", "prod"].map((stack) => {
      const { sharedModel, promotedModel } = outputsOf(stack);
      return sharedModel ?? promotedModel;
    });
    expect(served[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(served.map((model) => `${model?.version} ${model?.sha256}`)).toEqual(
      Array.from({ length: 3 }, () => `${served[0]?.version} ${served[0]?.sha256}`),
    );
  });

  it("deletes the endpoint of dev outside its schedule", async () => {
    const file = join(home, "merged", "Pulumi.dev.yaml");
    // A period without the present hour.
    const hours = new Date().getUTCHours() < 12 ? ["20:00", "21:00"] : ["04:00", "05:00"];
    const schedule = `endpoint:\n    schedule: { from: "${hours[0]}", to: "${hours[1]}" }\n`;
    writeFileSync(file, readFileSync(file, "utf8").replace("endpoint:\n", schedule));
    const done = await walk("schedule");
    expect(done.all).toContain("Turning the endpoint off");
    expect(done.code).toBe(0);
    expect(resourcesOf("dev").filter(({ type }) => type === endpointType)).toEqual([]);
  });

  it("refuses to destroy a stack whose name was not typed, and production without the override", async () => {
    const refused = await walk("destroy", ...typed({ stack: "dev", confirmation: "prod" }));
    expect(refused.code).toBe(1);
    expect(refused.all).toMatch(/confirmation: "prod"[^]*FAILED: Check what was typed/);
    expect(refused.all).not.toContain("Log in to Azure");
    const production = await walk("destroy", ...typed({ stack: "prod", confirmation: "prod" }));
    expect(production.all).toMatch(/override-production: nothing/);
    expect(production.all).not.toContain("Log in to Azure");
  });

  it("destroys a stack whose name was typed, and keeps the data of production even with the override", async () => {
    const dev = await walk("destroy", ...typed({ stack: "dev", confirmation: "dev" }));
    expect(dev.all).toMatch(/Delete what bills and the state does not know[^]*destroy: success/);
    expect(resourcesOf("dev")).toEqual([]);
    const prod = await walk(
      "destroy",
      ...typed({ stack: "prod", confirmation: "prod", "override-production": "true" }),
    );
    expect(prod.all).toMatch(/protect[^]*FAILED: Destroy/);
    expect(resourcesOf("prod").map(({ type }) => type)).toContain("azure-native:storage:StorageAccount");
  });
});
