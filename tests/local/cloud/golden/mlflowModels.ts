/** MLflow's model registry over the models of a workspace, and the artifacts of models. */
import { call } from "./mlflow";
import { Each } from "./compare";
import type { Exchange, Golden, Json, Provenance } from "./exchange";

const NAMED = { name: "registered", version: "1" };
const QUERY = "name=registered&version=1";
const version = (more: Json = {}): Json => ({
  ...NAMED,
  creation_timestamp: "<number>",
  last_updated_timestamp: "<number>",
  description: "",
  tags: [],
  current_stage: "None",
  source: "<text>",
  run_id: "done",
  status: "READY",
  ...more,
});
const model = (more: Json): Json => ({
  creation_timestamp: "<number>",
  last_updated_timestamp: "<number>",
  description: "",
  tags: [],
  latest_versions: [],
  ...more,
});
const PLUGIN: Provenance =
  "inferred: from clients: azureml-mlflow 1.62, _restclient/artifact: LocalArtifactClient; the origin of models is the local cloud's own";
const artifacts = (name: string, send: string, returns: Json, body?: unknown): Exchange => {
  const [method, path] = send.split(" ");
  return {
    ...{ name, provenance: PLUGIN, status: 200, returns },
    send: `${method} /artifact/v2.0{ws}/artifacts/${path}`,
    ...(body === undefined ? {} : { body }),
  };
};
const file = (origin: string, container: string, path: string): Json => ({
  ...{ artifactId: `${origin}/${container}/${path}`, origin, container, path, tags: {} },
});

const CREATED = { name: "registered", description: "new", tags: [{ key: "a", value: "b" }] };
const DESCRIBED = version({ current_stage: "Production", description: "d" });
const create = (number: string): Exchange =>
  call(
    `version ${number} is created from a job's output`,
    "POST model-versions/create",
    { model_version: version({ version: number }) },
    { name: "registered", source: "azureml://jobs/done/outputs/trained_model", run_id: "done" },
  );

export const mlflowModels: Golden = {
  about: "MLflow's model registry",
  needs: "model",
  exchanges: [
    call(
      "a registered model is created",
      "POST registered-models/create",
      { registered_model: model({ ...CREATED, description: "none yet" }) },
      { ...CREATED, description: "none yet" },
    ),
    call("it is tagged", "POST registered-models/set-tag", {}, { name: "registered", key: "c", value: "d" }),
    call("a tag is removed from it", "DELETE registered-models/delete-tag?name=registered&key=c", {}),
    call(
      "it is described",
      "PATCH registered-models/update",
      { registered_model: model(CREATED) },
      { name: "registered", description: "new" },
    ),
    create("1"),
    create("2"),
    call("a version is deleted", "DELETE model-versions/delete?name=registered&version=2", {}),
    call("it is read with its newest versions", "GET registered-models/get?name=registered", {
      registered_model: model({ ...CREATED, latest_versions: [version()] }),
    }),
    call("models are found", "GET registered-models/search?filter=name%20%3D%20%27registered%27", {
      registered_models: [model({ ...CREATED, latest_versions: [version()] })],
    }),
    call("a version is read", `GET model-versions/get?${QUERY}`, { model_version: version() }),
    call("versions are found", "GET model-versions/search?filter=name%20%3D%20%27registered%27", {
      model_versions: [version()],
    }),
    call(
      "a version is moved to a stage",
      "POST model-versions/transition-stage",
      { model_version: version({ current_stage: "Production" }) },
      { ...NAMED, stage: "Production", archive_existing_versions: true },
    ),
    call(
      "it is described",
      "PATCH model-versions/update",
      { model_version: DESCRIBED },
      { ...NAMED, description: "d" },
    ),
    call("it is tagged", "POST model-versions/set-tag", {}, { ...NAMED, key: "c", value: "d" }),
    call("a tag is removed from it", `DELETE model-versions/delete-tag?${QUERY}&key=c`, {}),
    call(
      "the newest versions are read by GET",
      "GET registered-models/get-latest-versions?name=registered&stages=Production",
      { model_versions: [DESCRIBED] },
    ),
    call(
      "the newest versions are read by POST",
      "POST registered-models/get-latest-versions",
      { model_versions: [DESCRIBED] },
      { name: "registered", stages: ["Production"] },
    ),
    call("the address of its files is read", `GET model-versions/get-download-uri?${QUERY}`, {
      artifact_uri: "azureml://artifacts/Model/registered:1/model",
    }),
    artifacts("the files of a version are listed", "GET Model/registered:1", {
      value: new Each(
        { ...(file("Model", "registered:1", "<text>") as object), artifactId: "Model/registered:1/<text>" },
        2,
      ),
    }),
    artifacts("a file of a version is read", "GET Model/registered:1/contentinfo?path=model/MLmodel", {
      ...(file("Model", "registered:1", "model/MLmodel") as object),
      contentUri: "<text>",
    }),
    artifacts(
      "files are announced",
      "POST LocalUpload/here/batch/metadata",
      {
        artifacts: { "m/MLmodel": file("LocalUpload", "here", "m/MLmodel") },
        artifactContentInformation: {
          "m/MLmodel": { ...(file("LocalUpload", "here", "m/MLmodel") as object), contentUri: "<text>" },
        },
        errors: {},
      },
      { paths: [{ path: "m/MLmodel" }] },
    ),
  ],
};
