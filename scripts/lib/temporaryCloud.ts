import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { localEnvironment } from "../../local/cloud/client/environment";
import { LOOPBACK } from "../../local/cloud/constants";
import { cloudHome } from "../../local/cloud/paths";
import { createCloud } from "../../local/cloud/server";
import { projectRoot } from "./localStack";

/** A local cloud of this process, in which nothing takes time, with its own directory and ports. */
export interface TemporaryCloud {
  /** An environment for child processes that refers to it only. */
  env: NodeJS.ProcessEnv;
  /** Stops it and deletes its directory. */
  close(): Promise<void>;
}

/** Starts a temporary local cloud. It shares nothing with the stack `local`. */
export async function startTemporaryCloud(): Promise<TemporaryCloud> {
  const directory = mkdtempSync(path.join(tmpdir(), "azureml-contract-"));
  const base = { ...process.env, AZUREML_LOCAL_HOME: directory };
  const running = await createCloud({ home: cloudHome(base, projectRoot), port: 0, profile: "brisk" });
  const env = localEnvironment({ ...base, AZUREML_LOCAL_PORT: String(running.port) }, projectRoot);
  return {
    env: { ...env, IDENTITY_ENDPOINT: `http://${LOOPBACK}:${running.identityPort}/msi/token` },
    close: async () => {
      await running.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
