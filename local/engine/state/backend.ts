import { link, mkdir, open, readdir, readFile, rename, rm, stat, unlink } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { EngineError, messageOf, systemCode } from "../errors";
import { parseCheckpoint, type RawCheckpoint } from "./checkpoint";

/** Pulumi's file backend: one directory that holds state, history, backups and locks of all stacks. */
export type Backend = { root: string };

/** The literal organisation of every file backend. */
export const organization = "organization";

/**
 * Finds the backend: PULUMI_BACKEND_URL, else `backend.url` of Pulumi.yaml. Only file:// is known.
 * Errors: usage, naming the address and what is possible.
 */
export function openBackend(env: NodeJS.ProcessEnv, projectUrl: string | undefined, cwd: string): Backend {
  const url = env.PULUMI_BACKEND_URL || projectUrl;
  if (!url) {
    throw new EngineError(
      "usage",
      "no backend is named: set PULUMI_BACKEND_URL to file://<directory> (or backend.url in Pulumi.yaml); " +
        "for state kept elsewhere use the Pulumi CLI (`pulumi login`, then `pulumi preview` and `pulumi up`)",
    );
  }
  if (!url.startsWith("file://")) {
    throw new EngineError(
      "unsupported",
      `backend "${url}": the embedded engine keeps state in file:// backends only; use the Pulumi CLI for others`,
    );
  }
  return { root: join(directoryOf(url, cwd), ".pulumi") };
}

function directoryOf(url: string, cwd: string): string {
  const path = url.slice("file://".length);
  if (path === "~" || path.startsWith("~/")) return join(homedir(), path.slice(1));
  return path.startsWith("/") ? fileURLToPath(url) : resolve(cwd, path);
}

export function statePath(backend: Backend, project: string, stack: string): string {
  return join(backend.root, "stacks", project, `${stack}.json`);
}

/** Writes a file so that a crash leaves the old or the new contents, never a mixture: temp file, fsync, rename. */
export async function writeAtomically(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** Writes a checkpoint atomically; the one before it stays beside it as `.bak`. */
export async function writeState(path: string, text: string): Promise<void> {
  await ifThere(unlink(`${path}.bak`));
  await ifThere(link(path, `${path}.bak`));
  await writeAtomically(path, text);
}

/** Makes sure the backend directory says which layout it has (meta.yaml, version 1: project-scoped stacks). */
export async function prepareBackend(backend: Backend): Promise<void> {
  const path = join(backend.root, "meta.yaml");
  const text = await ifThere(readFile(path, "utf8"));
  if (text === undefined) await writeAtomically(path, "version: 1\n");
  else if (!/^version:\s*1\s*$/m.test(text)) {
    throw new EngineError(
      "unsupported",
      `${path} names a layout this engine does not know (expected version: 1)`,
    );
  }
}

/**
 * Reads a stack's checkpoint; undefined if the stack has none yet.
 * Errors: state-damaged, naming the file, what is wrong and the command that restores the newest sound backup.
 */
export async function readState(
  backend: Backend,
  project: string,
  stack: string,
): Promise<RawCheckpoint | undefined> {
  const path = statePath(backend, project, stack);
  const text = await ifThere(readFile(path, "utf8"));
  if (text === undefined) {
    const names = (await ifThere(readdir(dirname(path)))) ?? [];
    const other = names.find((name) => name.startsWith(`${stack}.json.`) && /\.(gz|zst)$/.test(name));
    if (!other) return undefined;
    throw new EngineError(
      "unsupported",
      `${join(dirname(path), other)} is compressed; turn compression off (PULUMI_SELF_MANAGED_STATE_GZIP) or use the Pulumi CLI`,
    );
  }
  try {
    return parseCheckpoint(text);
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== "state-damaged") throw error;
    const backup = await newestSoundBackup(backend, project, stack, path);
    const advice = backup
      ? `The newest sound backup is ${backup}; restore it with:\n  cp '${backup}' '${path}'`
      : "There is no sound backup of it. Move the file away to start with an empty state (what was made is then no longer known).";
    throw new EngineError(
      "state-damaged",
      `the state file ${path} is damaged: ${error.message}\nNothing was changed. ${advice}`,
      error,
    );
  }
}

async function newestSoundBackup(
  backend: Backend,
  project: string,
  stack: string,
  path: string,
): Promise<string | undefined> {
  const folder = join(backend.root, "backups", project, stack);
  const names = ((await ifThere(readdir(folder))) ?? []).filter((name) => name.endsWith(".json"));
  const found: { candidate: string; written: number }[] = [];
  for (const candidate of [`${path}.bak`, ...names.map((name) => join(folder, name))]) {
    const written = (await ifThere(stat(candidate)))?.mtimeMs;
    if (written !== undefined) found.push({ candidate, written });
  }
  for (const { candidate } of found.sort((x, y) => y.written - x.written)) {
    const text = await ifThere(readFile(candidate, "utf8"));
    if (text !== undefined && isSound(text)) return candidate;
  }
  return undefined;
}

function isSound(text: string): boolean {
  try {
    parseCheckpoint(text);
    return true;
  } catch {
    return false;
  }
}

/** Names of the stacks of a project that have a state in this backend. */
export async function listStates(backend: Backend, project: string): Promise<string[]> {
  const names = (await ifThere(readdir(join(backend.root, "stacks", project)))) ?? [];
  return names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
}

/** What an update was, in the words of Pulumi's history files. Times are Unix seconds. */
export type HistoryEntry = {
  kind: "update" | "refresh" | "destroy";
  startTime: number;
  endTime: number;
  message: string;
  environment: Record<string, string>;
  config: Record<string, { string: string; secret: boolean; object?: boolean }>;
  version: 0;
  result: "succeeded" | "failed";
  resourceChanges: Record<string, number>;
};

/** Records an update: history entry with its checkpoint, and a backup of the checkpoint. */
export async function recordUpdate(
  backend: Backend,
  project: string,
  stack: string,
  entry: HistoryEntry,
): Promise<void> {
  const stamp = `${Date.now()}${String(process.hrtime.bigint() % 1_000_000n).padStart(6, "0")}`;
  const checkpoint = await ifThere(readFile(statePath(backend, project, stack), "utf8"));
  const history = join(backend.root, "history", project, stack, `${stack}-${stamp}`);
  await writeAtomically(`${history}.history.json`, JSON.stringify(entry, null, 4));
  if (checkpoint === undefined) return;
  await writeAtomically(`${history}.checkpoint.json`, checkpoint);
  await writeAtomically(join(backend.root, "backups", project, stack, `${stack}.${stamp}.json`), checkpoint);
}

/** Removes a file if it is there. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** The promise's value, or undefined if the file it is about does not exist. */
export async function ifThere<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw new EngineError("state-damaged", `the state cannot be read or written: ${messageOf(error)}`, error);
  }
}
