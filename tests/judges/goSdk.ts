/**
 * Microsoft's types of the Azure SDK for Go as judges. The module proxy serves the modules that tests/judges/go/go.mod pins;
 * go.sum has their checksums. The program is built once and kept in the system's temporary directory.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { finishedOnce, firstLine, folderFor, output } from "./preparedOnce";
import { examplesAsGo } from "./publishedExamples";

const sources = path.join(__dirname, "go");
const machineLearning =
  "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4";
/** The version that go.mod requires. */
const required = [1, 23] as const;

export type GoSdk =
  | {
      available: true;
      executable: string;
      /** The folders of the modules with Microsoft's clients. */
      modules: string[];
    }
  /** Why it is not available. Part of the name of the skipped tests. */
  | { available: false; reason: string };

/** The variables of every call of the go command. Nothing but go.mod decides versions. */
const environment = { ...process.env, GOFLAGS: "-mod=readonly -buildvcs=false", GOTOOLCHAIN: "local" };

/** Finds or builds the judge. It is built while the test file loads, outside the time limit of a test. */
export function prepareGoSdk(): GoSdk {
  const version = /\bgo(\d+)\.(\d+)/.exec(output("go", ["version"], environment) ?? "");
  if (!version) return { available: false, reason: "no go on PATH" };
  const [major, minor] = [Number(version[1]), Number(version[2])];
  if (major !== required[0] || minor < required[1])
    return { available: false, reason: `go is ${major}.${minor}, go.mod requires ${required.join(".")}` };
  const hash = createHash("sha256").update(version[0]);
  for (const name of readdirSync(sources).sort()) hash.update(readFileSync(path.join(sources, name)));
  hash.update(readFileSync(path.join(__dirname, "publishedExamples.ts")));
  const folder = folderFor("go", hash.digest("hex"));
  const executable = path.join(folder, "judge");
  const failure = finishedOnce(folder, () => build(path.join(folder, "source"), executable));
  if (failure !== undefined || !existsSync(executable))
    return { available: false, reason: `the Go modules could not be built: ${failure ?? "no program"}` };
  const listed = output(
    "go",
    ["-C", path.join(folder, "source"), "list", "-m", "-f", "{{.Dir}}", "all"],
    environment,
  );
  const modules = (listed ?? "").split("\n").filter((one) => one.includes("resourcemanager"));
  return { available: true, executable, modules };
}

/** Builds the program with the module's examples. Returns the reason of a failure. */
function build(folder: string, executable: string): string | undefined {
  cpSync(sources, folder, { recursive: true });
  const downloaded = go(folder, "mod", "download");
  if (downloaded !== undefined) return downloaded;
  const module = output("go", ["-C", folder, "list", "-m", "-f", "{{.Dir}}", machineLearning], environment);
  if (!module) return `the module cache has no ${machineLearning}`;
  writeFileSync(path.join(folder, "generated.go"), examplesAsGo(module));
  return go(folder, "build", "-o", executable, ".");
}

/** Runs the go command. Returns the reason of a failure. */
function go(folder: string, ...argv: string[]): string | undefined {
  const done = spawnSync("go", argv, { cwd: folder, env: environment, encoding: "utf8" });
  return done.status === 0 ? undefined : firstLine(done.stderr, done.error);
}

export interface Question {
  /** A name of tests/judges/go/models.go. */
  model: string;
  json: unknown;
}

/** What the type makes of the document, or why it cannot read it. */
export type Verdict = { json: unknown; error?: undefined } | { error: string };

/** Lets each document be read and written by its type. */
export function askGoSdk(executable: string, questions: readonly Question[]): Verdict[] {
  return run(executable, "models", questions) as Verdict[];
}

export interface Example {
  /** The body of the request, without fields that the types do not have. */
  request?: Json;
  /** The body of the answer, likewise. */
  response?: Json;
}
export type Json = Record<string, unknown>;

/** Microsoft's published examples of Azure Machine Learning by name, for example `WorkspacesClient_Get`. */
export function publishedExamples(executable: string): Record<string, Example> {
  const examples = run(executable, "examples", "") as Record<string, Example>;
  for (const example of Object.values(examples)) {
    // A union is the only field of the Go type of such an answer.
    const [[name, value] = ["", undefined], ...more] = Object.entries(example.response ?? {});
    if (more.length === 0 && name.endsWith("Classification")) example.response = value as Json;
  }
  return examples;
}

/** One call of a client of the SDK, for example `Jobs` and `CreateOrUpdate`. */
export interface SdkCall {
  client: string;
  method: string;
  /** The texts that the method takes, in its order. */
  arguments: string[];
  /** Read into the type that the method declares. */
  body?: Json;
}

export interface Outcome {
  /** What the client returned: one value, or one for each page. Null after an error. */
  results: Json[] | null;
  error?: string;
  /** What was on the wire. */
  exchanges: Array<{ method: string; path: string; status: number; body: string }>;
}

/** A cloud's address, certificate authority and token. */
export interface SdkCloud {
  endpoint: string;
  /** PEM. */
  authority: string;
  token: string;
  subscription: string;
}

/** Lets the SDK's client make the calls, one after the other. Long-running ones are waited for. */
export async function callWithGoSdk(
  executable: string,
  cloud: SdkCloud,
  calls: readonly SdkCall[],
): Promise<Outcome[]> {
  const child = spawn(executable, ["client"], { stdio: ["pipe", "pipe", "pipe"] });
  let [output, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => void (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => void (errors += text));
  child.stdin.end(JSON.stringify({ ...cloud, calls }));
  const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (code !== 0) throw new Error(`The judge failed: ${firstLine(errors)}`);
  return JSON.parse(output) as Outcome[];
}

/** Whether Go trusts a server's certificate under each of its names: "", or the reason against it. Both certificates are PEM. */
export function trustedByGo(
  executable: string,
  question: { authority: string; certificate: string; names: readonly string[] },
): string[] {
  return run(executable, "names", question) as string[];
}

function run(executable: string, command: string, input: unknown): unknown {
  const done = spawnSync(executable, [command], {
    input: JSON.stringify(input),
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  if (done.status !== 0) throw new Error(`The judge failed: ${firstLine(done.stderr, done.error)}`);
  return JSON.parse(done.stdout) as unknown;
}
