/**
 * Artifacts by origin and container, which Azure ML's plugin for `mlflow` uses for models: it uploads a folder of the client's disk to
 * `LocalUpload/<container>`, and downloads a registered version from `Model/<name>:<version>` (azureml-mlflow 1.62,
 * _restclient/artifact; the second origin is this cloud's own).
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ArmError } from "../armError";
import { withSuffix } from "../blobs";
import type { BlobPath, Cloud } from "../cloud";
import { blobFolder, datastorePath } from "../ml/assetUris";
import { pathParameters } from "../ml/request";
import { workspaceOf, WORKSPACE_ROUTE } from "../ml/workspace";
import { MODEL_ORIGIN } from "../mlflow/modelRoutes";
import { accepts, members } from "../strict/declaration";
import { pathOf, requestedPaths } from "./artifactRoutes";
import { ARTIFACT_STORE } from "./artifacts";

interface Place {
  origin: string;
  container: string;
  /** The blob of an artifact, whose path clients know with the prefix. */
  folder: BlobPath;
  prefix: string;
}

export function registerContainerArtifacts(app: FastifyInstance, cloud: Cloud): void {
  const placeOf = (request: FastifyRequest): Place => {
    const workspace = workspaceOf(cloud, request);
    const { origin = "", container = "" } = pathParameters(request);
    const place = { origin, container };
    if (origin === "LocalUpload") {
      const folder = datastorePath(cloud, workspace, ARTIFACT_STORE, `${origin}/${container}`);
      if (folder) return { ...place, folder, prefix: "" };
    } else if (origin === MODEL_ORIGIN) {
      const [name = "", version = ""] = container.split(":");
      const model = cloud.resources.get(`${workspace.id}/models/${name}/versions/${version}`);
      const folder = model && blobFolder(cloud, workspace, String(model.properties["modelUri"]));
      if (folder) return { ...place, folder, prefix: "model/" };
    }
    throw new ArmError(404, "NotFound", `There are no artifacts at ${origin}/${container}.`);
  };
  const root = `/artifact/v2.0${WORKSPACE_ROUTE}/artifacts/:origin/:container`;
  const about = "artifacts of an upload or a model";
  app.get(root, accepts(about, { query: ["path", "continuationToken", "pageSize"] }), async (request) => {
    const place = placeOf(request);
    const files = await cloud.blobs.list(place.folder);
    return { value: files.map(({ name }) => artifact(place, `${place.prefix}${name}`)) };
  });
  app.get(`${root}/contentinfo`, accepts(about, { query: ["path"] }), async (request) => {
    const place = placeOf(request);
    const path = pathOf(request);
    const blob = blobAt(place, path);
    if (!(await cloud.blobs.exists(blob)))
      throw new ArmError(
        404,
        "NotFound",
        `There is no artifact "${path}" at ${place.origin}/${place.container}.`,
      );
    return { ...artifact(place, path), contentUri: withSuffix(await cloud.blobs.readUrl(blob)) };
  });
  app.post(
    `${root}/batch/metadata`,
    accepts("announce artifacts of an upload", { body: { paths: members("path", "tags") } }),
    async (request) => {
      const place = placeOf(request);
      if (place.origin === MODEL_ORIGIN)
        throw new ArmError(400, "UserError", "The files of a registered model version never change.");
      await cloud.blobs.ensureContainer(place.folder.account, place.folder.container);
      const entries = await Promise.all(
        requestedPaths(request).map(async (path) => {
          const contentUri = await cloud.blobs.writeUrl(blobAt(place, path));
          return [path, { ...artifact(place, path), contentUri }] as const;
        }),
      );
      const artifacts = entries.map(([path]) => [path, artifact(place, path)]);
      return {
        artifacts: Object.fromEntries(artifacts),
        artifactContentInformation: Object.fromEntries(entries),
        errors: {},
      };
    },
  );
}

function blobAt({ folder, prefix }: Place, path: string): BlobPath {
  return { ...folder, path: `${folder.path}/${path.slice(path.startsWith(prefix) ? prefix.length : 0)}` };
}

function artifact({ origin, container }: Place, path: string): Record<string, unknown> {
  return { artifactId: `${origin}/${container}/${path}`, origin, container, path, tags: {} };
}
