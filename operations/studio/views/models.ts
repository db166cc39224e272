import { assetOfId, listModelNames, listModelVersions } from "../../workspaceView/assets";
import { newestFirst } from "../../workspaceView/document";
import { listAllDeployments } from "../../workspaceView/endpoints";
import type { Reading } from "../live";
import type { StudioPlace } from "../place";

export interface ModelRow {
  name: string;
  version: string;
  description: string;
  createdAt: string;
  type: string;
  /** Written by the program: base model, job, data, commit, metrics. */
  tags: Record<string, string>;
  /** Where it serves: `endpoint/deployment` with its share of the traffic in percent. */
  serves: { endpoint: string; deployment: string; traffic: number }[];
}

/** All versions of all models, newest first. */
export async function readModels({ session, workspace }: StudioPlace): Promise<Reading> {
  const [names, deployments] = await Promise.all([
    listModelNames(session, workspace),
    listAllDeployments(session, workspace),
  ]);
  const versions = await Promise.all(names.map((name) => listModelVersions(session, workspace, name)));
  const rows = versions.flat().map(({ name, version, description, createdAt, type, tags }): ModelRow => {
    const serves = deployments.flatMap(({ endpoint, deployment }) => {
      const served = assetOfId(deployment.model);
      if (served?.name !== name || served.version !== version) return [];
      const traffic = endpoint.traffic[deployment.name] ?? 0;
      return [{ endpoint: endpoint.name, deployment: deployment.name, traffic }];
    });
    return { name, version, description, createdAt, type, tags, serves };
  });
  return { data: newestFirst(rows) };
}
