import { readdirSync } from "node:fs";
import { readAzurePipeline } from "../../../scripts/lib/walk/azurePipeline";
import { type Runner, walkWorkflow } from "../../../scripts/lib/walk/runJob";
import { inOrder } from "../../../scripts/lib/walk/workflow";

/** A runner that records the commands with the values of their variables. `fails` and `unchanged` stacks end so. */
function recorder({ fails = "", unchanged = "" } = {}) {
  const ran: string[] = [];
  const runner: Runner = {
    ...{ root: ".", stacks: [] },
    log: () => undefined,
    shell: async (command, env) => {
      const shown = command
        .replace(/"?\$(\w+)"?/g, (_all, name: string) => env[name] ?? "")
        .replaceAll('"', "");
      // The login is the task's there; the subject is that of the service connection.
      if (!/^npm ci$|renew-login|-- identity /.test(shown)) ran.push(shown);
      const ok = fails === "" || !shown.includes(fails);
      return { ok, outputs: { changes: String(!shown.includes(`--stack ${unchanged} `)) } };
    },
    action: async (name, given) => {
      if (/artifact/.test(name)) ran.push(`${name.split("@")[0]} ${given["name"] ?? given["pattern"]}`);
    },
    leavesOut: () => undefined,
  };
  return { ran, runner };
}

const contexts = (inputs: Record<string, string>) => ({
  ...{ github: { event_name: "push", run_id: "1", token: "t" }, vars: {}, variables: {} },
  inputs,
});

const walkBoth = async (
  name: string,
  inputs: Record<string, string> = {},
  end: Parameters<typeof recorder>[0] = {},
) => {
  const [gitHub, azure] = [recorder(end), recorder(end)];
  const first = await walkWorkflow(gitHub.runner, `.github/workflows/${name}.yml`, contexts(inputs));
  const second = await walkWorkflow(azure.runner, `azure-pipelines/${name}.yml`, contexts(inputs));
  expect(azure.ran).toEqual(gitHub.ran);
  expect(second.result).toBe(first.result);
  return azure.ran;
};

describe("the same steps run in Azure Pipelines as in GitHub Actions", () => {
  it("after a merge", async () => {
    const ran = await walkBoth("merge");
    expect(ran.filter((command) => / up /.test(command))).toEqual([
      "npm run --silent pipeline-step -- up --stack dev",
      "npm run --silent pipeline-step -- up --stack staging --plan approved/staging.json",
      "npm run --silent pipeline-step -- up --stack prod --plan approved/prod.json",
    ]);
  });

  it("after a merge that changes nothing in staging, and one whose update of staging fails", async () => {
    const unchanged = await walkBoth("merge", {}, { unchanged: "staging" });
    expect(unchanged.join("\n")).not.toMatch(/ up --stack staging/);
    expect(unchanged.join("\n")).toMatch(/ up --stack prod/);
    const failed = await walkBoth("merge", {}, { fails: "up --stack staging" });
    expect(failed.at(-1)).toBe("npm run --silent recover -- --stack staging --quiet");
  });

  it.each<[string, Record<string, string>]>([
    ["promote", { from: "dev", to: "staging" }],
    ["destroy", { stack: "dev", confirmation: "dev" }],
    ["schedule", {}],
    ["drift", {}],
  ])("for %s", async (name, inputs) => expect((await walkBoth(name, inputs)).length).toBeGreaterThan(0));

  it("and nothing follows a refused confirmation", async () => {
    const ran = await walkBoth("destroy", { stack: "dev", confirmation: "prod" }, { fails: "--check-only" });
    expect(ran).toHaveLength(1);
  });
});

it("understands every pipeline of Azure DevOps, with all templates in it", () => {
  const files = readdirSync("azure-pipelines").filter((name) => name.endsWith(".yml"));
  for (const file of files)
    expect(inOrder(readAzurePipeline(".", `azure-pipelines/${file}`, {}).jobs).length).toBeGreaterThan(0);
});
