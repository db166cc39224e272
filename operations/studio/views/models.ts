import { assetOfId, listModelNames, listModelVersions } from "../../workspaceView/assets";
import { listDeployments, listEndpoints } from "../../workspaceView/endpoints";
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
  const [names, endpoints] = await Promise.all([
    listModelNames(session, workspace),
    listEndpoints(session, workspace),
  ]);
  const [versions, deployments] = await Promise.all([
    Promise.all(names.map((name) => listModelVersions(session, workspace, name))),
    Promise.all(
      endpoints.map(async (endpoint) => {
        const found = await listDeployments(session, workspace, endpoint.name);
        return found.map((deployment) => ({ endpoint, deployment }));
      }),
    ),
  ]);
  const rows = versions.flat().map(({ name, version, description, createdAt, type, tags }): ModelRow => {
    const serves = deployments.flat().flatMap(({ endpoint, deployment }) => {
      const served = assetOfId(deployment.model);
      if (served?.name !== name || served.version !== version) return [];
      const traffic = endpoint.traffic[deployment.name] ?? 0;
      return [{ endpoint: endpoint.name, deployment: deployment.name, traffic }];
    });
    return { name, version, description, createdAt, type, tags, serves };
  });
  return { data: rows.sort((a, b) => b.createdAt.localeCompare(a.createdAt)) };
}
