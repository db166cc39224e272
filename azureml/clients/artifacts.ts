import { historyBase } from "./history";
import type { AzureSession } from "./session";
import type { WorkspaceRef } from "./workspaces";

/** A run and the experiment that lists it. */
export interface ArtifactOwner {
  runId: string;
  experimentName: string;
}

/**
 * Paths of the files that a run has logged: logs, and MLflow artifacts. Empty if the service has no such run.
 *
 * Source of both calls: PyPI azureml-mlflow 1.62.0, _restclient/run_artifact, `list_in_container` and `get_content_information`.
 */
export async function listArtifacts(
  session: AzureSession,
  ref: WorkspaceRef,
  owner: ArtifactOwner,
): Promise<string[]> {
  const url = await artifactsUrl(session, ref, owner);
  const paths: string[] = [];
  let continuation: string | undefined;
  do {
    const response = await session.http({
      method: "GET",
      url,
      query: { "api-version": "v1.0", continuationtoken: continuation },
      what: `files of run "${owner.runId}"`,
      scope: session.cloud.armScope,
      accept: [404],
    });
    if (response.status === 404) return [];
    const page = (response.body ?? {}) as {
      value?: Array<{ path?: unknown }>;
      continuationToken?: string | null;
    };
    paths.push(...(page.value ?? []).flatMap(({ path }) => (typeof path === "string" ? [path] : [])));
    continuation = page.continuationToken ?? undefined;
  } while (continuation);
  return paths;
}

/** The text of a run's file, or `undefined` if the run has none at this path. */
export async function readArtifact(
  session: AzureSession,
  ref: WorkspaceRef,
  owner: ArtifactOwner,
  path: string,
): Promise<string | undefined> {
  const what = `file ${path} of run "${owner.runId}"`;
  const found = await session.http({
    method: "GET",
    url: `${await artifactsUrl(session, ref, owner)}/contentinfo`,
    query: { "api-version": "v1.0", path },
    what,
    scope: session.cloud.armScope,
    accept: [404],
  });
  const { contentUri } = (found.body ?? {}) as { contentUri?: unknown };
  if (found.status === 404 || typeof contentUri !== "string") return undefined;
  // An address with its own signature: it gets no token.
  const content = await session.http({
    method: "GET",
    url: contentUri,
    what,
    headers: { accept: "text/plain" },
  });
  return content.text;
}

const artifactsUrl = async (
  session: AzureSession,
  ref: WorkspaceRef,
  { runId, experimentName }: ArtifactOwner,
): Promise<string> =>
  `${await historyBase(session, ref)}/experiments/${encodeURIComponent(experimentName)}/runs/${encodeURIComponent(runId)}/artifacts`;
