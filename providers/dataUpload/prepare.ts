import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename, resolve } from "node:path";
import { createInterface } from "node:readline";
import { azureMlError } from "../../azureml/errors";
import { redactedLine } from "../../azureml/http/redact";
import { logLine } from "../shared/log";

interface PreparedFile {
  /** Local file, relative to the working directory. */
  file: string;
  sha256: string;
  /** Shell command that writes the file. */
  command: string;
}

/** Lines of a failed command that its error contains. */
const lastLines = 4;

/**
 * Makes sure that the file exists with this content. A fresh checkout has none: the data step's own resource runs only when its
 * settings change, but a new workspace or a lost blob needs the file again. Throws `PreparationFailed` and `SourceChanged`.
 */
export async function ensurePrepared({ file, sha256, command }: PreparedFile): Promise<void> {
  const before = await hashOf(file);
  if (before === sha256) return;
  logLine(
    basename(file),
    `${before ? "the local file has other content" : "there is no local file"}: preparing the data`,
  );
  const { code, tail } = await runOnce(command);
  if (code !== 0) {
    throw azureMlError("PreparationFailed", { file, command, detail: redactedLine(tail.join(" "), 600) });
  }
  const actual = await hashOf(file);
  if (actual === sha256) return;
  if (!actual) throw azureMlError("LocalFileMissing", { file });
  throw azureMlError("SourceChanged", { file, actual, expected: sha256 });
}

interface Finished {
  code: number;
  /** The last lines on stderr. */
  tail: string[];
}

/** Commands that are running now. One command writes the files of all uploads of a stack. */
const running = new Map<string, Promise<Finished>>();

function runOnce(command: string): Promise<Finished> {
  const started = running.get(command) ?? run(command).finally(() => running.delete(command));
  running.set(command, started);
  return started;
}

/** Runs a shell command as `@pulumi/command` does. Its stdout is not read, its stderr is logged. */
function run(command: string): Promise<Finished> {
  return new Promise((finish, reject) => {
    const child = spawn(command, { shell: true, stdio: ["ignore", "ignore", "pipe"] });
    const tail: string[] = [];
    const lines = createInterface({ input: child.stderr });
    lines.on("line", (line) => {
      if (line.trim() === "") return;
      logLine("data", line);
      tail.push(line.trim());
      if (tail.length > lastLines) tail.shift();
    });
    child.on("error", reject);
    child.on("close", (code) => finish({ code: code ?? 1, tail }));
  });
}

/** SHA-256 in hex; `undefined` if there is no such file. */
async function hashOf(file: string): Promise<string | undefined> {
  const hash = createHash("sha256");
  try {
    for await (const piece of createReadStream(resolve(file))) hash.update(piece as Buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return hash.digest("hex");
}
