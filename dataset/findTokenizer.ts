import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { replaceFile } from "./disk";
import { DatasetError } from "./errors";
import type { HttpClient } from "./http";
import { createHubClient } from "./hub";
import type { TokenizerFile } from "./tokens";

/**
 * Finds a tokenizer: a `tokenizer.json`, a directory that contains one, or a model on the hub
 * (`namespace/name`). A tokenizer from the hub is stored in the download directory under a hidden name that
 * contains its commit. `tokenizer_config.json` or `config.json` beside it state the context length. Errors:
 * Tokenizer, and those of the hub.
 */
export async function findTokenizer(
  nameOrPath: string,
  { http, cwd, directory }: { http: HttpClient; cwd: string; directory: string },
): Promise<TokenizerFile> {
  const found = await localTokenizer(nameOrPath, cwd);
  if (found) return found;
  const hub = createHubClient(http, "models");
  const { commit } = await hub.info(nameOrPath, "main");
  const path = join(directory, `.tokenizer-${nameOrPath.replace("/", "-")}-${commit}.json`);
  if (!(await stat(path).catch(() => undefined))) {
    const json = await hub.text(nameOrPath, commit, "tokenizer.json");
    if (json === undefined) throw noTokenizer(nameOrPath, "the model has no tokenizer.json");
    await replaceFile(path, json);
  }
  return { path, contextLength: await contextLength((name) => hub.text(nameOrPath, commit, name)) };
}

/** A tokenizer on this machine; undefined for the name of a model on the hub. Errors: Tokenizer. */
export async function localTokenizer(nameOrPath: string, cwd: string): Promise<TokenizerFile | undefined> {
  const local = resolve(cwd, nameOrPath);
  const found = await stat(local).catch(() => undefined);
  if (!found) {
    if (/^[\w.-]+\/[\w.-]+$/.test(nameOrPath)) return undefined;
    throw noTokenizer(nameOrPath, "there is no such file");
  }
  const path = found.isDirectory() ? join(local, "tokenizer.json") : local;
  const read = async (name: string): Promise<string | undefined> =>
    readFile(join(dirname(path), name), "utf8").catch(() => undefined);
  return { path, contextLength: await contextLength(read) };
}

/** The context length of a model on the hub. */
export async function contextOfModel(name: string, http: HttpClient): Promise<number | undefined> {
  const hub = createHubClient(http, "models");
  const { commit } = await hub.info(name, "main");
  return contextLength((file) => hub.text(name, commit, file));
}

/**
 * The context length that the model's files state. The transformers library writes a very large number when
 * it is unknown.
 */
async function contextLength(
  read: (name: string) => Promise<string | undefined>,
): Promise<number | undefined> {
  for (const [file, names] of [
    ["tokenizer_config.json", ["model_max_length"]],
    ["config.json", ["max_position_embeddings", "n_positions"]],
  ] as const) {
    const text = await read(file);
    if (text === undefined) continue;
    let config: Record<string, unknown>;
    try {
      config = JSON.parse(text) as Record<string, unknown>;
    } catch {
      continue; // Not an error: only the number of rows over the context length is lost.
    }
    for (const name of names) {
      const value = config[name];
      if (typeof value === "number" && value > 0 && value < 1e9) return value;
    }
  }
  return undefined;
}

function noTokenizer(nameOrPath: string, why: string): DatasetError {
  return new DatasetError(
    "Tokenizer",
    `--tokenizer is ${JSON.stringify(nameOrPath)}, but ${why}`,
    "Use a tokenizer.json, a directory that contains one, or a model on the hub (namespace/name).",
  );
}
