import { copyFile, link, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { EngineError, messageOf, systemCode } from "../errors";
import { decryptCheckpoint, parseCheckpoint, type RawCheckpoint } from "./checkpoint";
import { openSecrets, type Crypter } from "./secrets";
import type { Snapshot } from "./state";

/** Pulumi's file backend: one directory that holds state, history, backups and locks of all stacks. */
export type Backend = { root: string };

/** The fixed organization of every file backend. */
export const organization = "organization";

/** PULUMI_BACKEND_URL, else `backend.url` of Pulumi.yaml; only file://. Errors: usage, unsupported. */
export function openBackend(env: NodeJS.ProcessEnv, projectUrl: string | undefined, cwd: string): Backend {
  const url = env.PULUMI_BACKEND_URL || projectUrl;
  if (!url) {
    throw new EngineError(
      "usage",
      "no backend is set: set PULUMI_BACKEND_URL to file://<directory> (or backend.url in Pulumi.yaml); " +
        "for state stored elsewhere use the Pulumi CLI (`pulumi login`, then `pulumi preview` and `pulumi up`)",
    );
  }
  if (!url.startsWith("file://")) {
    throw new EngineError(
      "unsupported",
      `backend "${url}": the embedded engine supports file:// backends only; use the Pulumi CLI for others`,
    );
  }
  const path = url.slice("file://".length);
  const home = path === "~" || path.startsWith("~/");
  const place = home ? join(homedir(), path.slice(1)) : path.startsWith("/") ? fileURLToPath(url) : path;
  return { root: join(resolve(cwd, place), ".pulumi") };
}

export function statePath(backend: Backend, project: string, stack: string): string {
  return join(backend.root, "stacks", project, `${stack}.json`);
}

/** The promise's value, or undefined if its file does not exist. Errors: state-damaged. */
export async function ifExists<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw new EngineError("state-damaged", `the state cannot be read or written: ${messageOf(error)}`, error);
  }
}

const readText = (path: string): Promise<string | undefined> => ifExists(readFile(path, "utf8"));
const listNames = async (folder: string): Promise<string[]> => (await ifExists(readdir(folder))) ?? [];

/** Writes a file so that a crash leaves the old or the new contents: temporary file, fsync, rename. */
export async function writeAtomically(path: string, contents: string | readonly Buffer[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const pieces = typeof contents === "string" ? [Buffer.from(contents)] : contents;
  const temporary = `${path}.${process.pid}.tmp`;
  const file = await open(temporary, "w", 0o600);
  try {
    const { bytesWritten } = await file.writev(pieces);
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (bytesWritten !== size)
      throw new Error(`only ${bytesWritten} of ${size} bytes of ${path} could be written`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** Writes a checkpoint atomically; the previous one stays beside it as `.bak`. */
export async function writeState(path: string, contents: string | readonly Buffer[]): Promise<void> {
  const previous = `${path}.bak`;
  await removeFile(previous);
  await ifExists(link(path, previous).catch(() => copyFile(path, previous)));
  await writeAtomically(path, contents);
}

export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** Checks or writes the layout of the backend directory (meta.yaml, version 1: project-scoped stacks). */
export async function prepareBackend(backend: Backend): Promise<void> {
  const path = join(backend.root, "meta.yaml");
  const text = await readText(path);
  if (text === undefined) await writeAtomically(path, "version: 1\n");
  else if (!/^version:\s*1\s*$/m.test(text)) {
    throw new EngineError(
      "unsupported",
      `${path} names a layout that this engine does not support (expected version: 1)`,
    );
  }
}

export type StatePlace = { backend: Backend; project: string; stack: string };

export type StateFile = RawCheckpoint & { place: StatePlace };

/**
 * Undefined if the stack has none yet. Errors: state-damaged, with the command that restores the newest valid
 * backup; unsupported (compressed files, newer versions, other secrets providers).
 */
export async function readState(
  backend: Backend,
  project: string,
  stack: string,
): Promise<StateFile | undefined> {
  const path = statePath(backend, project, stack);
  const text = await readText(path);
  const place = { backend, project, stack };
  if (text !== undefined) return { ...(await withRestoreAdvice(place, parseCheckpoint, text)), place };
  const packed = (await listNames(dirname(path))).find(
    (name) => name.startsWith(`${stack}.json.`) && /\.(gz|zst)$/.test(name),
  );
  if (!packed) return undefined;
  throw new EngineError(
    "unsupported",
    `${join(dirname(path), packed)} is compressed; turn compression off (PULUMI_SELF_MANAGED_STATE_GZIP) or use the Pulumi CLI`,
  );
}

/**
 * Decrypts with `crypter`, or with another key if the state has another salt. Errors: passphrase;
 * state-damaged.
 */
export async function openState(file: StateFile, crypter: Crypter, passphrase: string): Promise<Snapshot> {
  const { place } = file;
  const own = await secretsOfState(file, crypter, passphrase);
  return withRestoreAdvice(
    place,
    (raw: StateFile | string) => {
      return decryptCheckpoint(typeof raw === "string" ? parseCheckpoint(raw) : raw, own);
    },
    file,
  );
}

/** The crypter of a state's secrets: `crypter`, unless its salt differs. Errors: passphrase. */
export async function secretsOfState(
  { salt }: RawCheckpoint,
  crypter: Crypter,
  passphrase: string,
): Promise<Crypter> {
  return salt === undefined || salt === crypter.salt ? crypter : openSecrets(salt, passphrase);
}

/** If the state is damaged, the error names the newest backup that `read` accepts. */
async function withRestoreAdvice<T, From>(
  place: StatePlace,
  read: (from: From | string) => T,
  from: From,
): Promise<T> {
  try {
    return read(from);
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== "state-damaged") throw error;
    const path = statePath(place.backend, place.project, place.stack);
    const backup = await newestBackup(place, read);
    const advice = backup
      ? `The newest valid backup is ${backup}; restore it with:\n  cp '${backup}' '${path}'`
      : "There is no valid backup of it. Move the file away to start with an empty state (existing resources are then no longer known).";
    const told = `the state file ${path} is damaged: ${error.message}\nNothing was changed. ${advice}`;
    throw new EngineError("state-damaged", told, error);
  }
}

async function newestBackup(place: StatePlace, read: (text: string) => unknown): Promise<string | undefined> {
  const folder = join(place.backend.root, "backups", place.project, place.stack);
  const names = (await listNames(folder)).filter((name) => name.endsWith(".json"));
  const paths = [
    `${statePath(place.backend, place.project, place.stack)}.bak`,
    ...names.map((name) => join(folder, name)),
  ];
  const dated = await Promise.all(
    paths.map(async (path) => ({ path, written: (await ifExists(stat(path)))?.mtimeMs ?? 0 })),
  );
  for (const { path } of dated.sort((x, y) => y.written - x.written)) {
    try {
      const text = await readText(path);
      if (text === undefined) continue;
      read(text);
      return path;
    } catch {
      // Not valid either: an older one may be.
    }
  }
  return undefined;
}

export async function listStates(backend: Backend, project: string): Promise<string[]> {
  const names = await listNames(join(backend.root, "stacks", project));
  return names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
}

/** An update as in Pulumi's history files. Times are Unix seconds. */
type HistoryEntry = {
  kind: "update" | "refresh" | "destroy" | "import";
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
  const setTimestamps = newStamp();
  const history = join(backend.root, "history", project, stack, `${stack}-${setTimestamps}`);
  await writeAtomically(`${history}.history.json`, JSON.stringify(entry, null, 4));
  await ifExists(copyFile(statePath(backend, project, stack), `${history}.checkpoint.json`));
  await backUp({ backend, project, stack }, setTimestamps);
}

/** Whether the last update in the history failed. A killed run leaves no entry. */
export async function lastUpdateFailed(backend: Backend, project: string, stack: string): Promise<boolean> {
  const folder = join(backend.root, "history", project, stack);
  const newest = (await listNames(folder))
    .filter((name) => name.endsWith(".history.json"))
    .sort()
    .at(-1);
  const text = newest && (await readText(join(folder, newest)));
  return text ? (JSON.parse(text) as HistoryEntry).result === "failed" : false;
}

/** Copies a stack's state, if it has one, to the backups; returns the copy's path. */
export async function backUp(
  { backend, project, stack }: StatePlace,
  setTimestamps = newStamp(),
): Promise<string> {
  const copy = join(backend.root, "backups", project, stack, `${stack}.${setTimestamps}.json`);
  await mkdir(dirname(copy), { recursive: true });
  await ifExists(copyFile(statePath(backend, project, stack), copy));
  return copy;
}

/** Nanoseconds since 1970, as Pulumi names history and backups. */
function newStamp(): string {
  return `${Date.now()}${String(process.hrtime.bigint() % 1_000_000n).padStart(6, "0")}`;
}
