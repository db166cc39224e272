/**
 * `registered-models/*` and `model-versions/*`. Renaming and deleting a registered model are not supported, as in Azure (Microsoft
 * Learn, how-to-manage-models-mlflow: limitations). Aliases are not supported here; the page is silent about them.
 */
import type { Cloud } from "../cloud";
import { ordered, parseFilter, type Reader } from "./filter";
import * as models from "./models";
import { pageOf, requiredText, without, type MlflowRequest, type MlflowRoute } from "./wire";

const SEARCH_PAGE = 100;
const VERSIONS_PAGE = 10_000;

/** Origin of a model's files in `azureml://artifacts/<origin>/<container>/<path>`, the form the plugin downloads from. */
export const MODEL_ORIGIN = "Model";

export function registerModels(route: MlflowRoute, cloud: Cloud): void {
  registerContainers(route, cloud);
  registerVersions(route, cloud);
}

function registerContainers(route: MlflowRoute, cloud: Cloud): void {
  const container = (request: MlflowRequest) => models.existingContainer(cloud, request);
  const answer = (found: ReturnType<typeof container>) => ({
    registered_model: models.wireModel(cloud, found),
  });
  route("POST", "registered-models/create", async (request) =>
    answer(await models.createContainer(cloud, request)),
  );
  route("GET", "registered-models/get", (request) => answer(container(request)));
  route("GET", "registered-models/search", (request) => {
    const { page, next } = search(models.containers(cloud, request), request, models.readModel, SEARCH_PAGE);
    return { registered_models: page.map((found) => models.wireModel(cloud, found)), ...next };
  });
  route("PATCH", "registered-models/update", (request) => {
    const { description } = request.input;
    return answer(models.changeContainer(cloud, container(request), { description }));
  });
  for (const method of ["GET", "POST"] as const)
    route(method, "registered-models/get-latest-versions", (request) => {
      const latest = models.latestVersions(cloud, container(request), request.input["stages"]);
      return { model_versions: latest.map(models.wireVersion) };
    });
  route("POST", "registered-models/set-tag", (request) => {
    const found = container(request);
    models.changeContainer(cloud, found, { tags: models.tagsAfter(found, request.input) });
    return {};
  });
  route("DELETE", "registered-models/delete-tag", (request) => {
    const found = container(request);
    const tags = without(
      found.properties["tags"] as Record<string, string>,
      requiredText(request.input, "key"),
    );
    models.changeContainer(cloud, found, { tags });
    return {};
  });
}

function registerVersions(route: MlflowRoute, cloud: Cloud): void {
  const version = (request: MlflowRequest) => models.existingVersion(cloud, request);
  const answer = (found: ReturnType<typeof version>) => ({ model_version: models.wireVersion(found) });
  const change = async (request: MlflowRequest, properties: Record<string, unknown>) =>
    answer(await models.changeVersion(cloud, request, version(request), properties));
  route("POST", "model-versions/create", async (request) =>
    answer(await models.createVersion(cloud, request)),
  );
  route("GET", "model-versions/get", (request) => answer(version(request)));
  route("GET", "model-versions/search", (request) => {
    const all = models.containers(cloud, request).flatMap((found) => models.versionsOf(cloud, found));
    const { page, next } = search(all, request, models.readVersion, VERSIONS_PAGE);
    return { model_versions: page.map(models.wireVersion), ...next };
  });
  route("GET", "model-versions/get-download-uri", (request) => {
    const { name } = models.existingContainer(cloud, request);
    return { artifact_uri: `azureml://artifacts/${MODEL_ORIGIN}/${name}:${version(request).name}/model` };
  });
  route("PATCH", "model-versions/update", (request) =>
    change(request, { description: request.input["description"] }),
  );
  route("POST", "model-versions/transition-stage", async (request) => {
    const stage = models.stageOf(request.input);
    const { id } = version(request);
    if (request.input["archive_existing_versions"] === true)
      for (const other of models.versionsOf(cloud, models.existingContainer(cloud, request)))
        if (other.id !== id && other.properties["stage"] === stage)
          await models.changeVersion(cloud, request, other, { stage: "Archived" });
    return change(request, { stage });
  });
  route("DELETE", "model-versions/delete", async (request) => {
    await cloud.resources.removeTree(version(request).id);
    return {};
  });
  route("POST", "model-versions/set-tag", async (request) => {
    await change(request, { tags: models.tagsAfter(version(request), request.input) });
    return {};
  });
  route("DELETE", "model-versions/delete-tag", async (request) => {
    const tags = version(request).properties["tags"] as Record<string, string>;
    await change(request, { tags: without(tags, requiredText(request.input, "key")) });
    return {};
  });
}

/** Sorted by name unless the client wants another order, as in MLflow's own store. */
function search<T extends { name: string }>(
  all: T[],
  { input }: MlflowRequest,
  reader: Reader<T>,
  size: number,
): ReturnType<typeof pageOf<T>> {
  const matches = parseFilter(String(input["filter"] ?? ""), reader);
  const given = input["order_by"];
  const orderBy = Array.isArray(given) ? given.map(String) : given === undefined ? [] : [String(given)];
  return pageOf(ordered(all.filter(matches), [...orderBy, "name ASC"], reader), input, size);
}
