import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { datasetFiles, datasetId, type SplitShape } from "../../data/dataset";
import { publishRepository } from "./publish";
import type { HubStorage } from "./storage";
import { baseModelFolder } from "../../trainer/baseModel";

/** The model on the hub that the trainer's base model stands in for, as in the local registry. */
export const modelId = "microsoft/Phi-3-mini-4k-instruct";

export async function seedTokenizer(storage: HubStorage): Promise<void> {
  const names = ["config.json", "tokenizer.json"];
  const files = await Promise.all(
    names.map(async (path) => ({ path, bytes: await readFile(join(baseModelFolder(), path)) })),
  );
  const hash = createHash("sha256");
  for (const { path, bytes } of files) hash.update(path).update(bytes);
  const fingerprint = hash.digest("hex");
  const present = await storage.find(modelId, "models");
  if (present?.fingerprint === fingerprint && (await storage.hasBlobs(present))) return;
  await publishRepository(storage, { kind: "models", id: modelId, fingerprint, files });
}

/**
 * A hash of the generator's own files decides whether the data set is current. True if it was generated now.
 */
export async function seedDataset(
  storage: HubStorage,
  { splits, signal }: { splits?: SplitShape[]; signal?: AbortSignal } = {},
): Promise<boolean> {
  const fingerprint = await generatorFingerprint();
  const present = await storage.find(datasetId);
  if (present?.fingerprint === fingerprint && (await storage.hasBlobs(present))) return false;
  await publishRepository(storage, {
    id: datasetId,
    fingerprint,
    files: stoppable(datasetFiles(splits), signal),
  });
  return true;
}

async function generatorFingerprint(): Promise<string> {
  const directory = dirname(require.resolve("../../data/dataset"));
  const hash = createHash("sha256");
  for (const name of (await readdir(directory)).filter((one) => /\.[jt]s$/.test(one)).sort()) {
    hash.update(name).update(await readFile(join(directory, name)));
  }
  return hash.digest("hex");
}

async function* stoppable<T>(items: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  for await (const item of items) {
    signal?.throwIfAborted();
    yield item;
  }
}
