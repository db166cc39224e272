import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../../scripts/lib/sandbox";
import { expectSuccess } from "../expectExit";
import { type Operations, operationsOf } from "./operations";
import { makeTestSandbox } from "./support";

interface Outputs {
  subscriptionId: string;
  resourceGroupName: string;
  workspaceName: string;
  endpointName: string;
  deploymentName: string;
  jobName?: string;
  metrics?: Record<string, number>;
  sharedModel?: { version: string; sha256: string };
  promotedModel?: { version: string; sha256: string };
  sampleScore: { question: string; answer: string };
}

interface Deployment {
  tags: Record<string, string>;
  properties: { model: string };
}

/** What the policy pack requires of every stack. */
const tags = "  azureml-finetune:tags: { owner: team, costCenter: none, expires: never, environment: ";

/** A promoting stack on the local cloud. */
const promoting = (salt: string, environment: string, promote: string, gate: string): string => `${salt}
config:
  azure-native:location: westeurope
${tags}${environment} }
  azureml-finetune:workspace: { purgeProtection: true, purgeOnDestroy: false }
  azureml-finetune:model:
    source: promote
    # prettier-ignore
    promote: { ${promote}, version: "0" }
    gate: ${gate}
  azureml-finetune:endpoint:
    instanceType: Standard_NC24ads_A100_v4
    authMode: aad_token
`;

/** Without the policy of two instances, for which the quota of the local cloud does not suffice beside the other stacks. */
const upOfProd = ["up", "--stack", "prod", "--no-policy"];

describe("a model that is trained once and promoted twice", () => {
  let sandbox: Sandbox;
  const stack: Operations = operationsOf(() => sandbox);
  const file = (name: string): string => join(sandbox.root, `Pulumi.${name}.yaml`);
  const git = (...argv: string[]): string =>
    execFileSync("git", ["-c", "user.name=anna", "-c", "user.email=anna@example.org", ...argv], {
      cwd: sandbox.root,
      encoding: "utf8",
    });
  const outputsOf = async (name: string): Promise<Outputs> => {
    const { stdout } = await stack.succeed("outputs", "--json", "--stack", name);
    return JSON.parse(stdout) as Outputs;
  };
  const promote = async (...argv: string[]): Promise<void> => {
    const done = await sandbox.run("promote", ...argv);
    expectSuccess(done);
    git("commit", "--quiet", "--all", "-m", `promote ${argv.join(" ")}`);
  };
  const deployment = async (name: string): Promise<Deployment> => {
    const { subscriptionId, resourceGroupName, workspaceName, endpointName, deploymentName } =
      await outputsOf(name);
    const id = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}/providers/Microsoft.MachineLearningServices/workspaces/${workspaceName}/onlineEndpoints/${endpointName}/deployments/${deploymentName}`;
    return stack.send<Deployment>("GET", `${id}?api-version=2025-12-01`);
  };
  /** Hashes of the files in each folder from which a container has loaded a model. */
  const loadedModels = (): string[] => {
    const root = join(sandbox.root, ".local/cloud/models");
    const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const folders = new Map<string, string[]>();
    for (const entry of files) {
      // <workspace>/<deployment>/<download>/<file>
      const [workspace, deployed, download, ...path] = join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .split("/");
      const key = `${workspace}/${deployed}/${download}`;
      const hash = createHash("sha256")
        .update(readFileSync(join(entry.parentPath, entry.name)))
        .digest("hex");
      folders.set(key, [...(folders.get(key) ?? []), `${path.join("/")} ${hash}`]);
    }
    return [...folders.values()].map((hashes) => hashes.sort().join("\n"));
  };

  beforeAll(async () => {
    sandbox = await makeTestSandbox({ policies: true });
    // As in a workflow of GitHub Actions: the sandbox's own repository is not where the program comes from.
    Object.assign(sandbox.env, {
      GITHUB_ACTIONS: "true",
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_REPOSITORY: "team/chat",
      GITHUB_RUN_ID: "1",
      GITHUB_SHA: "1111111",
      GITHUB_TRIGGERING_ACTOR: "anna",
    });
    sandbox.setConfig("azureml-finetune:model.shareTo", "shared");
    const [salt = ""] = /^encryptionsalt: .*$/m.exec(readFileSync(file("local"), "utf8")) ?? [];
    writeFileSync(
      file("platform"),
      `${salt}\nconfig:\n  azure-native:location: westeurope\n  azureml-finetune:platform: { registry: { name: shared } }\n${tags}platform }\n`,
    );
    writeFileSync(
      file("staging"),
      promoting(
        salt,
        "staging",
        "registry: shared, name: Phi-4-mini-instruct-ultrachat-200k",
        "{ maxEvalLoss: 99 }",
      ),
    );
    writeFileSync(file("prod"), promoting(salt, "prod", "stack: staging", "{ maxEvalLoss: 9 }"));
    writeFileSync(join(sandbox.root, ".gitignore"), "*\n!Pulumi.*.yaml\n");
    git("init", "--quiet");
    git("add", ".");
    git("commit", "--quiet", "-m", "stacks");
    // The registry is a stack of its own. Without it, nothing trains.
    expect((await stack.fail("preview")).all).toContain('model.shareTo: there is no registry "shared"');
    await stack.succeed("up", "--stack", "platform");
  });

  afterAll(() => sandbox.dispose());

  test("serves the same bytes in three stacks after one training", async () => {
    expect((await sandbox.run("promote", "local", "staging")).all).toContain('stack "local" has no outputs');
    await stack.succeed("up");
    const jobs = await stack.jobs();
    const { sharedModel, metrics } = await outputsOf("local");
    // Refused: the version that the file names is none.
    expect((await stack.fail("preview", "--stack", "staging")).all).toMatch(/has no version "0"\n.*newest: /);
    await promote("local", "staging");
    await stack.succeed("up", "--stack", "staging");
    await promote("staging", "prod");
    await stack.succeed(...upOfProd);
    expect(await stack.jobs()).toBe(jobs);
    for (const name of ["staging", "prod"]) {
      const { promotedModel, sampleScore } = await outputsOf(name);
      expect(promotedModel).toMatchObject(sharedModel ?? {});
      expect(sampleScore.answer).toMatch(/./);
    }
    const models = loadedModels();
    expect(models.length).toBeGreaterThanOrEqual(3);
    expect(new Set(models).size).toBe(1);
    expect(models[0]?.split("\n").length).toBeGreaterThan(2);
    expect(metrics?.eval_loss).toBeGreaterThan(0);
  });

  test("changes nothing when the same version is promoted again, also from another commit and run", async () => {
    const { all } = await sandbox.run("promote", "local", "staging");
    expect(all).toContain("nothing to promote: Pulumi.staging.yaml names");
    Object.assign(sandbox.env, { GITHUB_SHA: "2222222", GITHUB_RUN_ID: "2" });
    await stack.succeed("preview", "--stack", "staging", "--expect-no-changes");
    await stack.succeed("refresh", "--stack", "staging", "--expect-no-changes");
    await stack.succeed("up", "--stack", "staging", "--expect-no-changes");
    await stack.succeed("up", "--expect-no-changes");
    const { tags, properties } = await deployment("staging");
    expect(properties.model).toMatch(/^azureml:\/\/registries\/shared\/models\//);
    expect(tags).toMatchObject({
      promotedBy: "anna",
      promotedCommit: "1111111",
      promotedRun: "https://github.com/team/chat/actions/runs/1",
    });
  });

  test("is replaced by a worse one only where the gate allows it, and a revert serves the earlier one again", async () => {
    const first = await outputsOf("local");
    sandbox.setConfig("azureml-finetune:finetune.maxSteps", 1);
    await stack.succeed("up");
    git("commit", "--quiet", "--all", "-m", "train again");
    const second = await outputsOf("local");
    const [good, bad] = [first.metrics?.eval_loss ?? 0, second.metrics?.eval_loss ?? 0];
    expect(bad).toBeGreaterThan(good);
    const prod = readFileSync(file("prod"), "utf8");
    writeFileSync(file("prod"), prod.replace("maxEvalLoss: 9", `maxEvalLoss: ${(good + bad) / 2}`));
    git("commit", "--quiet", "--all", "-m", "gate");
    const jobs = await stack.jobs();
    await promote("local", "staging");
    await stack.succeed("up", "--stack", "staging");
    await promote("staging", "prod");
    const refused = await stack.fail(...upOfProd);
    expect(refused.all).toMatch(/model\.gate\.maxEvalLoss: evalLoss of .* is \d/);
    expect((await deployment("prod")).properties.model).toContain(first.sharedModel?.version);
    git("revert", "--no-edit", "HEAD", "HEAD~1");
    await stack.succeed(...upOfProd, "--expect-no-changes");
    await stack.succeed("up", "--stack", "staging");
    const { tags, properties } = await deployment("staging");
    expect(properties.model).toContain(first.sharedModel?.version);
    expect(tags).toMatchObject({ promotedCommit: "2222222" });
    expect(await stack.jobs()).toBe(jobs);
  });
});
