import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { ensureCloud } from "../../../local/cloud/client/daemon";
import { localEnvironment } from "../../../local/cloud/client/environment";
import { performAction } from "./actions";
import type { WalkHome } from "./checkout";
import type { Runner } from "./runJob";
import type { Job } from "./workflow";

interface Settings {
  project: string;
  home: WalkHome;
  /** Variables of every step, as a runner of GitHub sets them. */
  variables: Record<string, string>;
  /** Jobs that are left out on request. */
  skip: readonly string[];
  /** The only stacks of a matrix; empty: all. */
  stacks: readonly string[];
  log: (line: string) => void;
}

/** Jobs that check the code and run no stack. */
const testsCode = /npm (test|run (check|test(:long)?))\b/;

/** Runs the steps in the walk's checkout, with an environment that refers to its own local cloud only. */
export function localRunner({ project, home, variables, skip, stacks, log }: Settings): Runner & {
  close(): void;
} {
  const temporary = mkdtempSync(path.join(tmpdir(), "azureml-pipeline-"));
  const groups: number[] = [];
  const base: NodeJS.ProcessEnv = { ...process.env, AZUREML_LOCAL_PORT: String(home.port) };
  delete base["AZUREML_LOCAL_HOME"];
  const shell: Runner["shell"] = async (command, env) => {
    if (command.trim() === "npm ci") {
      log("      installed already");
      return { ok: true, outputs: {} };
    }
    await ensureCloud({ root: home.checkout, env: base, onProgress: (line) => log(`      ${line}`) });
    const [output, summary, printed] = ["output", "summary", "log"].map((name) => path.join(temporary, name));
    for (const file of [output, summary]) writeFileSync(file ?? "", "");
    // What the workflow sets for Azure is removed here, as every other identity is.
    const cloud = localEnvironment({ ...base, ...variables, ...env }, home.checkout);
    const files = { GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary, RUNNER_TEMP: temporary };
    const sink = openSync(printed ?? "", "w");
    const child = spawn("bash", ["-e", "-c", command], {
      cwd: home.checkout,
      env: { ...cloud, ...files },
      stdio: ["ignore", sink, sink],
      detached: true,
    });
    if (child.pid !== undefined) groups.push(child.pid);
    const code = await new Promise<number>((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (status) => resolve(status ?? 1));
    });
    closeSync(sink);
    for (const line of readFileSync(printed ?? "", "utf8")
      .trimEnd()
      .split("\n"))
      log(`      ${line}`);
    return { ok: code === 0, outputs: readOutputs(readFileSync(output ?? "", "utf8")) };
  };
  return {
    ...{ root: project, stacks },
    log,
    shell,
    action: async (name, given) => {
      const note = performAction(name, given, home, project);
      if (note) log(`      ${note}`);
    },
    leavesOut: (id, job) => leavesOut(id, job, skip),
    close: () => {
      // As GitHub does at the end of a job: what a step left in the background ends.
      for (const group of groups) endGroup(group);
      rmSync(temporary, { recursive: true, force: true });
    },
  };
}

function leavesOut(id: string, job: Job, skip: readonly string[]): string | undefined {
  if (skip.includes(id)) return "on request";
  return job.steps.some(({ run }) => testsCode.test(run ?? "")) ? "it tests the code: `npm test`" : undefined;
}

function endGroup(group: number): void {
  try {
    process.kill(-group, "SIGTERM");
  } catch {
    // It has ended by itself.
  }
}

/** `name=value` lines of GITHUB_OUTPUT. */
function readOutputs(text: string): Record<string, string> {
  const lines = text.split("\n").filter((line) => line.includes("="));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}
