import { withSuffix } from "../blobs";
import type { BlobPath, Cloud } from "../cloud";
import { datastorePath } from "../ml/assetUris";
import type { Workspace } from "../ml/workspace";
import type { LogFiles } from "./logFiles";

interface ArtifactFile {
  name: string;
  bytes: number;
}

/** The datastore in which the service stores artifacts, one folder per run. */
export const ARTIFACT_STORE = "workspaceartifactstore";

/** Files of runs: logs, and the files that clients upload to the workspace's artifact store. */
export interface Artifacts {
  /** Prefix of artifact paths. Azure ML's plugin reads the experiment and the run from it. */
  uri(workspace: Workspace, experimentId: string, runId: string): string;
  files(workspace: Workspace, runId: string): Promise<ArtifactFile[]>;
  /**
   * Writes a run's logs to the artifact store, in which clients look for them when a job has ended (azure-ai-ml 1.35.2,
   * JobOperations._get_named_output_uri: `ExperimentRun/dcid.<run>` of workspaceartifactstore).
   */
  storeLogs(workspace: Workspace, runId: string): Promise<void>;
  /** A blob URL for reading one file, valid for an hour, or undefined if the run has no such file. */
  readUrl(workspace: Workspace, runId: string, path: string): Promise<string | undefined>;
  /** A blob URL for writing one file, or undefined if the workspace has no artifact store. */
  writeUrl(workspace: Workspace, runId: string, path: string): Promise<string | undefined>;
}

export function createArtifacts(cloud: Cloud, logs: LogFiles): Artifacts {
  const blobOf = (workspace: Workspace, runId: string, path: string): BlobPath | undefined =>
    datastorePath(
      cloud,
      workspace,
      ARTIFACT_STORE,
      [`ExperimentRun/dcid.${runId}`, path].filter(Boolean).join("/"),
    );
  const files = async (workspace: Workspace, runId: string): Promise<ArtifactFile[]> => {
    const folder = blobOf(workspace, runId, "");
    const uploaded = folder ? await cloud.blobs.list(folder) : [];
    const byName = new Map(
      [...uploaded, ...logs.list(workspace.guid, runId)].map((file) => [file.name, file]),
    );
    return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  };
  const storeLog = async (workspace: Workspace, runId: string, path: string): Promise<void> => {
    const blob = blobOf(workspace, runId, path);
    if (blob) await cloud.blobs.putText(blob, logs.read(workspace.guid, runId, path));
  };
  return {
    uri: (workspace, experimentId, runId) =>
      `azureml://${cloud.baseUrl.replace("https://", "")}/mlflow/v2.0${workspace.id}/experiments/${experimentId}/runs/${runId}/artifacts`,
    files,
    storeLogs: async (workspace, runId) => {
      for (const { name } of logs.list(workspace.guid, runId)) await storeLog(workspace, runId, name);
    },
    readUrl: async (workspace, runId, path) => {
      const blob = blobOf(workspace, runId, path);
      if (!blob) return undefined;
      // A log grows on the local disk. A client that requests it as an artifact gets its current content.
      if (logs.list(workspace.guid, runId).some(({ name }) => name === path))
        await storeLog(workspace, runId, path);
      return (await cloud.blobs.exists(blob)) ? withSuffix(await cloud.blobs.readUrl(blob)) : undefined;
    },
    writeUrl: async (workspace, runId, path) => {
      const blob = blobOf(workspace, runId, path);
      if (!blob) return undefined;
      await cloud.blobs.ensureContainer(blob.account, blob.container);
      return cloud.blobs.writeUrl(blob);
    },
  };
}
