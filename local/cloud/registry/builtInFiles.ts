/** The files of the built-in registry's models: all are the small language model that stands in for them. */
import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import type { BlobPath } from "../cloud";
import type { Core } from "../core";

/** In a storage account of the registry's own, as Azure's. */
export const BUILT_IN_FOLDER: BlobPath = {
  account: "azuremlregistry",
  container: "models",
  path: "mlflow_model_folder",
};

const FLAVORS = {
  small_chat_lm: {
    task: "chat-completion",
    ...{ config: "config.json", tokenizer: "tokenizer.json", weights: "model.safetensors" },
  },
};

/** Returns a function that stores the files when they are needed first. */
export function createBuiltInFiles(core: Core, baseModelDir: string): () => Promise<BlobPath> {
  let stored: Promise<void> | undefined;
  const store = async (): Promise<void> => {
    await core.azurite.addAccount(BUILT_IN_FOLDER.account);
    await core.blobs.ensureContainer(BUILT_IN_FOLDER.account, BUILT_IN_FOLDER.container);
    const complete = { ...BUILT_IN_FOLDER, path: `${BUILT_IN_FOLDER.path}/MLmodel` };
    if (await core.blobs.exists(complete)) return;
    const folder = fs.mkdtempSync(path.join(core.home, "built-in-"));
    try {
      for (const entry of fs.readdirSync(baseModelDir, { withFileTypes: true }))
        if (entry.isFile())
          fs.copyFileSync(path.join(baseModelDir, entry.name), path.join(folder, entry.name));
      await core.blobs.uploadFrom(folder, BUILT_IN_FOLDER);
      await core.blobs.putText(complete, stringify({ flavors: FLAVORS }));
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  };
  return async () => {
    stored ??= core.clock.during(store).catch((error: unknown) => {
      stored = undefined;
      throw error;
    });
    await stored;
    return BUILT_IN_FOLDER;
  };
}
