/**
 * Microsoft's types of the Azure SDK for Go as judges. The module proxy serves the modules that tests/judges/go/go.mod pins;
 * go.sum has their checksums. The program is built once and kept in the system's temporary directory.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { finishedOnce, firstLine, folderFor, output } from "./preparedOnce";

const sources = path.join(__dirname, "go");
/** The version that go.mod requires. */
const required = [1, 23] as const;

export type GoSdk =
  | { available: true; executable: string }
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
  const folder = folderFor("go", hash.digest("hex"));
  const executable = path.join(folder, "judge");
  const failure = finishedOnce(folder, () => {
    const built = spawnSync("go", ["build", "-o", executable, "."], {
      cwd: sources,
      env: environment,
      encoding: "utf8",
    });
    return built.status === 0 ? undefined : firstLine(built.stderr, built.error);
  });
  if (failure !== undefined || !existsSync(executable))
    return { available: false, reason: `the Go modules could not be built: ${failure ?? "no program"}` };
  return { available: true, executable };
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
  const done = spawnSync(executable, {
    input: JSON.stringify(questions),
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  if (done.status !== 0) throw new Error(`The judge failed: ${firstLine(done.stderr, done.error)}`);
  return JSON.parse(done.stdout) as Verdict[];
}
