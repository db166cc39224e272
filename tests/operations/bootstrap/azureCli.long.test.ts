import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, filledCommand } from "../../../operations/bootstrap/command";
import { bootstrapPlan } from "../../../operations/bootstrap/plan";
import { options } from "./support";

const isThere = spawnSync("az", ["version"]).status === 0;
const where = isThere ? "" : " (skipped: there is no az on PATH)";

/** Every command that the plan can run, with values for what earlier steps would have found. */
function commands(): Command[] {
  const registry =
    "/subscriptions/s/resourceGroups/r/providers/Microsoft.MachineLearningServices/registries/x";
  const steps = bootstrapPlan({ ...options, environment: "prod", registry }, {}, {});
  const names = [
    "MY_PRINCIPAL_ID",
    "DEPLOY_APP_ID",
    "DEPLOY_PRINCIPAL_ID",
    "PREVIEW_APP_ID",
    "PREVIEW_PRINCIPAL_ID",
  ];
  const values = new Map(names.map((name) => [name, "00000000-0000-0000-0000-000000000009"]));
  const all = steps.flatMap(({ check, create, update }) => [check, create, update]);
  const filled = all.flatMap((command) => (command ? [filledCommand(command, values)] : []));
  const shapes = new Map<string, Command>();
  // One of each form: the same words and flags.
  for (const command of filled.filter(({ program }) => program === "az"))
    shapes.set(command.argv.filter((word, at) => word.startsWith("--") || at < 4).join(" "), command);
  return [...shapes.values()];
}

/**
 * The Azure CLI parses the whole line, JMESPath included, before it looks for a login. A wrong flag or word ends with code 2; a
 * right line reports the missing login.
 */
(isThere ? test : test.skip)(`the Azure CLI accepts every command of the plan${where}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "bootstrap-az-"));
  const env = { ...process.env, AZURE_CONFIG_DIR: folder, AZURE_CORE_COLLECT_TELEMETRY: "false" };
  try {
    writeFileSync(join(folder, "config"), "[extension]\nuse_dynamic_install = no\n");
    const refused = spawnSync("az", ["group", "exists", "--nam", "x", "--bogus"], { env, encoding: "utf8" });
    expect(refused.status).toBe(2);
    for (const { argv } of commands()) {
      const { status, stderr } = spawnSync("az", argv, { env, encoding: "utf8" });
      expect([argv.join(" "), status, stderr]).toEqual([
        argv.join(" "),
        1,
        expect.stringContaining("az login"),
      ]);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
