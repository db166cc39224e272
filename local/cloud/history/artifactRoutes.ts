import type { FastifyInstance, FastifyRequest } from "fastify";
import { bodyOf, isObject } from "../arm/body";
import { ArmError } from "../armError";
import type { Cloud } from "../cloud";
import { invalidProperty, pathParameters, queryParameter } from "../ml/request";
import { workspaceOf, WORKSPACE_ROUTE, type Workspace } from "../ml/workspace";
import type { TrackingOf } from "../mlflow/tracking";
import { accepts, members } from "../strict/declaration";
import type { Artifacts } from "./artifacts";

const LIST = accepts("artifacts of a run", { query: ["api-version", "continuationtoken"] });
const ONE = accepts("an artifact of a run", { query: ["api-version", "path"] });
const ANNOUNCE = accepts("announce artifacts", {
  query: ["api-version"],
  body: { paths: members("path", "tags") },
});

/** Azure ML's plugin for `mlflow` requests a blob address and transfers artifacts directly. */
export function registerArtifactRoutes(
  app: FastifyInstance,
  cloud: Cloud,
  trackingOf: TrackingOf,
  artifacts: Artifacts,
): void {
  const runOf = (request: FastifyRequest): { workspace: Workspace; runId: string } => {
    const workspace = workspaceOf(cloud, request);
    const { run: runId = "" } = pathParameters(request);
    if (!trackingOf(workspace.guid).run(runId))
      throw new ArmError(404, "NotFound", `Run ${runId} was not found in workspace ${workspace.name}.`);
    return { workspace, runId };
  };
  const root = `/history/v1.0${WORKSPACE_ROUTE}/experiments/:experiment/runs/:run/artifacts`;
  app.get(root, LIST, async (request) => {
    const { workspace, runId } = runOf(request);
    const value = (await artifacts.files(workspace, runId)).map(({ name }) => artifact(runId, name));
    return { value, continuationToken: null, nextLink: null };
  });
  app.get(`${root}/contentinfo`, ONE, async (request) => {
    const { workspace, runId } = runOf(request);
    const path = pathOf(request);
    const contentUri = await artifacts.readUrl(workspace, runId, path);
    if (!contentUri) throw new ArmError(404, "NotFound", `Run ${runId} has no artifact "${path}".`);
    return contentInformation(runId, path, contentUri);
  });
  app.post(`${root}/batch/metadata`, ANNOUNCE, async (request) => {
    const { workspace, runId } = runOf(request);
    return announce(artifacts, workspace, runId, requestedPaths(request));
  });
}

export function pathOf(request: FastifyRequest): string {
  const path = queryParameter(request, "path");
  if (path === undefined) throw invalidProperty("path", "is missing; name the artifact below the run.");
  return path.replace(/^\/+|\/+$/g, "");
}

/** Parses the body `{"paths": [{"path": "a/b.txt"}, …]}`. A path must stay below its run. */
export function requestedPaths(request: FastifyRequest): string[] {
  const { paths } = bodyOf(request);
  if (!Array.isArray(paths)) throw invalidProperty("paths", "must be a list of {path}.");
  return paths.map((entry: unknown, index) => {
    const path = isObject(entry) ? entry["path"] : undefined;
    if (
      typeof path !== "string" ||
      path === "" ||
      path.split("/").some((part) => part === ".." || part === ".")
    )
      throw invalidProperty(
        `paths[${index}].path`,
        `is ${JSON.stringify(path)}, must be a path below the run.`,
      );
    return path;
  });
}

/** Announces files. The answer has the addresses to which the client uploads them. */
async function announce(
  artifacts: Artifacts,
  workspace: Workspace,
  runId: string,
  paths: string[],
): Promise<unknown> {
  const content: Record<string, unknown> = {};
  for (const path of paths) {
    const contentUri = await artifacts.writeUrl(workspace, runId, path);
    if (!contentUri)
      throw new ArmError(400, "UserError", `Workspace ${workspace.name} has no datastore for artifacts.`);
    content[path] = contentInformation(runId, path, contentUri);
  }
  return {
    artifacts: Object.fromEntries(paths.map((path) => [path, artifact(runId, path)])),
    artifactContentInformation: content,
    errors: {},
  };
}

function contentInformation(runId: string, path: string, contentUri: string): Record<string, unknown> {
  return { contentUri, origin: "ExperimentRun", container: `dcid.${runId}`, path, tags: {} };
}

function artifact(runId: string, path: string): Record<string, unknown> {
  const container = `dcid.${runId}`;
  return {
    artifactId: `ExperimentRun/${container}/${path}`,
    origin: "ExperimentRun",
    container,
    path,
    etag: null,
    createdTime: null,
    dataPath: null,
    tags: {},
  };
}
