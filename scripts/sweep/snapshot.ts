import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CloudImage } from "./cloud";
import type { Line } from "./digest";

/** A stack and its cloud at one moment. */
export interface Snapshot {
  /** A directory with the stack's files. */
  root: string;
  cloud: CloudImage;
}

const stateFolder = ".local/state/.pulumi";

/** Copies a stack's files as a kill at this moment leaves them. The lock belongs to a process that no longer exists. */
export function copyKilled(root: string, target: string, stack: string): void {
  cpSync(root, target, { recursive: true, verbatimSymlinks: true });
  const locks = join(target, stateFolder, "locks/organization/azureml-finetune", stack);
  for (const name of existsSync(locks) ? readdirSync(locks) : []) {
    if (!name.endsWith(".json")) continue;
    const lock = JSON.parse(readFileSync(join(locks, name), "utf8")) as Record<string, unknown>;
    // Above the highest pid that Linux assigns.
    writeFileSync(join(locks, name), JSON.stringify({ ...lock, pid: 4_194_305 }));
  }
}

/** What decides how a stack continues: its state, how its last run ended, its data files, and everything in its cloud. */
export function linesOf({ root, cloud }: Snapshot, stack: string): Line[] {
  return [
    ...stateLines(join(root, stateFolder, `stacks/azureml-finetune/${stack}.json`)),
    ["last run", lastResult(join(root, stateFolder, "history/azureml-finetune", stack))],
    ...fileLines("data", join(root, ".local/data")),
    ...cloudLines(cloud),
  ];
}

function stateLines(file: string): Line[] {
  if (!existsSync(file)) return [];
  const { checkpoint } = JSON.parse(readFileSync(file, "utf8")) as {
    checkpoint: { latest?: { resources?: object[]; pending_operations?: object[] } };
  };
  const { resources = [], pending_operations: pending = [] } = checkpoint.latest ?? {};
  const text = (item: object): string =>
    JSON.stringify(item, (key, value: unknown) => (/^(created|modified)$/.test(key) ? undefined : value));
  return [
    ...resources.map((item): Line => ["resource", text(item)]),
    ...pending.map((item): Line => ["pending", text(item)]),
  ];
}

/** How the newest run in the history ended. */
function lastResult(folder: string): string {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const newest = files
    .filter((name) => name.endsWith(".history.json"))
    .sort()
    .at(-1);
  if (newest === undefined) return "";
  return (JSON.parse(readFileSync(join(folder, newest), "utf8")) as { result: string }).result;
}

/** Names and sizes of all files below a folder. */
function fileLines(name: string, folder: string): Line[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).flatMap((path): Line[] => {
    const info = statSync(join(folder, path), { throwIfNoEntry: false });
    // Logs contain times.
    return info?.isFile() ? [[`${name} ${path}`, path.endsWith(".txt") ? "" : String(info.size)]] : [];
  });
}

/** Documents of the cloud that do not decide how anything continues. */
const passing = /^(operations|clock|ml\.secrets|ml\.childRuns)$/;

function cloudLines({ documents, files, blobs, trainings }: CloudImage): Line[] {
  return [
    ["trainings", String(trainings)],
    ...[...documents].flatMap(([name, table]) =>
      passing.test(name) ? [] : [...table].map(([key, text]): Line => [`${name} ${key}`, text]),
    ),
    ...fileLines("files", files),
    ...(blobs?.databases.flatMap(blobLines) ?? []),
  ];
}

/** Containers and blobs of a LokiJS database, without its bookkeeping. */
function blobLines(text: string): Line[] {
  const { collections } = JSON.parse(text) as {
    collections: { name: string; data: Record<string, unknown>[] }[];
  };
  return collections.flatMap(({ name, data }) =>
    /Containers|Blobs|Blocks/.test(name)
      ? data.map((item): Line => {
          const { accountName, containerName, properties } = item;
          const { contentLength } = (properties ?? {}) as { contentLength?: number };
          return [
            `${name} ${String(accountName)}/${String(containerName ?? "")}`,
            `${String(item["name"])} ${contentLength ?? ""}`,
          ];
        })
      : [],
  );
}
