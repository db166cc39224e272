/** The bodies of every request of whole runs of the program on the local cloud. */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import * as path from "node:path";
import { makeTestSandbox } from "../lifecycle/support";

export interface Recorded {
  method: string;
  /** Path without the query. */
  path: string;
  query: URLSearchParams;
  client: string;
  /** The JSON that was sent, the text if it was not JSON, undefined without a body. */
  body: unknown;
  status: number;
  /** The JSON that was answered, the text if it was not JSON, undefined without a body. */
  answer: unknown;
}

/**
 * Runs start with alerts, a budget and autoscale, an update that trains again and rolls out a second deployment, refresh, ask and destroy in a sandbox of its
 * own, and returns what the local cloud received and answered.
 */
export async function recordWholeRun(): Promise<Recorded[]> {
  const sandbox = await makeTestSandbox();
  const home = path.join(sandbox.root, ".local", "cloud");
  const file = path.join(sandbox.root, "bodies.jsonl");
  mkdirSync(home, { recursive: true });
  const cloud = spawn(
    process.execPath,
    [
      ...["--require", path.join(__dirname, "recordBodies.js")],
      ...[path.join(sandbox.root, "dist/local/cloud/main.js"), "--home", home],
      ...["--port", String(sandbox.env["AZUREML_LOCAL_PORT"])],
    ],
    { cwd: home, env: { ...sandbox.env, RECORD_BODIES: file }, stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = new Promise((resolve) => cloud.once("exit", resolve));
  const run = async (script: string, ...argv: string[]): Promise<void> => {
    const done = await sandbox.run(script, ...argv);
    if (done.code !== 0) throw new Error(`${script} ${argv.join(" ")} failed:\n${done.all}`);
  };
  try {
    await ready(path.join(home, "cloud.json"), ended);
    sandbox.setConfig("azureml-finetune:monitoring", {
      diagnostics: true,
      alerts: {
        email: ["team@example.com"],
        ...{ errorRate: 0.05, latencyP95Ms: 8000, noRequestsMinutes: 60, monthlyCost: 500 },
      },
    });
    await run("start");
    sandbox.setConfig("azureml-finetune:endpoint.instanceCount", 2);
    sandbox.setConfig("azureml-finetune:endpoint.autoscale", { min: 1, max: 2, target: 60 });
    sandbox.setConfig("azureml-finetune:finetune.learningRate", 0.004);
    await run("stack", "up");
    await run("stack", "refresh");
    await run("ask", "What is the capital of France?");
    await run("stack", "destroy", "--yes");
    return readFileSync(file, "utf8").split("\n").filter(Boolean).map(parseLine);
  } finally {
    await sandbox.dispose();
    await ended;
  }
}

/** Waits for the file that the local cloud writes when it listens. */
async function ready(file: string, ended: Promise<unknown>): Promise<void> {
  const exists = (): boolean => {
    try {
      return readFileSync(file, "utf8").length > 0;
    } catch {
      return false;
    }
  };
  let isRunning = true;
  void ended.then(() => (isRunning = false));
  while (!exists()) {
    if (!isRunning) throw new Error("The local cloud did not start.");
    await delay(50);
  }
}

function parseLine(line: string): Recorded {
  const { url, body, answer, ...rest } = JSON.parse(line) as Record<"method" | "client", string> & {
    url: string;
    body: string;
    status: number;
    answer: string;
  };
  const { pathname, searchParams } = new URL(url, "https://127.0.0.1");
  return {
    ...rest,
    path: decodeURIComponent(pathname),
    query: searchParams,
    body: parseBody(body),
    answer: parseBody(answer),
  };
}

function parseBody(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
