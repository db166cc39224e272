/** Runs a script of this directory in an environment with Azure's clients. */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import type { TestCloud } from "../../helpers/testCloud";
import { clientEnvironment } from "../workspaceCloud";
import type { Python } from "./environment";

/** Stops a client that hangs. It does not limit how long a client may take. */
export const HANG_LIMIT_MS = 3_600_000;

export type Answers = Record<string, Record<string, unknown>>;

/**
 * Runs `script` with its settings in a file.
 * @returns its output, and by name what it reported as JSON in lines that start with "##cell "
 */
export async function runPython(
  python: Python,
  cloud: TestCloud,
  script: string,
  settings: Record<string, unknown>,
): Promise<{ output: string; answers: Answers }> {
  if (!python.available) throw new Error(python.reason);
  const file = path.join(cloud.home, "settings.json");
  fs.writeFileSync(file, JSON.stringify(settings));
  const env = clientEnvironment(cloud) as NodeJS.ProcessEnv;
  const child = spawn(python.executable, [path.join(__dirname, script), file], { env, cwd: cloud.home });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => void (output += text));
  await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  const answers: Answers = {};
  for (const line of output.split("\n").filter((text) => text.includes("##cell "))) {
    const { name, answer } = JSON.parse(line.slice(line.indexOf("##cell ") + 7)) as {
      name: string;
      answer: Answers[string];
    };
    answers[name] = answer;
  }
  return { output, answers };
}

/** Requests in the log that the cloud could not serve. */
export function failedRequests(cloud: TestCloud): unknown[] {
  const lines = fs.readFileSync(path.join(cloud.home, "requests.log"), "utf8").trim().split("\n");
  return lines
    .map((line) => JSON.parse(line) as { status: number; method: string; url: string })
    .filter(({ status }) => status === 501 || status === 405 || status >= 500);
}
