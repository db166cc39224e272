/** MLflow tracking: a client's run from its experiment to its last metric, and a job's run. */
import type { Exchange, Golden, Json, Provenance } from "./exchange";

const ROOT = "/mlflow/v2.0{ws}/api/2.0/mlflow";
const MLFLOW: Provenance =
  "inferred: from documents: MLflow's REST API 2.0; from clients: mlflow with azureml-mlflow 1.62 calls it below /mlflow/v2.0 (reference §5)";

/** One call below MLflow's root. */
export const call = (name: string, send: string, returns: Json, body?: unknown): Exchange => {
  const [method, ...path] = send.split(" ");
  return {
    name,
    provenance: MLFLOW,
    send: `${method} ${ROOT}/${path.join(" ")}`,
    status: 200,
    returns,
    ...(body === undefined ? {} : { body }),
  };
};

const experiment: Json = {
  experiment_id: "<guid:experiment>",
  name: "golden",
  artifact_location: "",
  lifecycle_stage: "active",
  creation_time: "<number>",
  last_update_time: "<number>",
  tags: [{ key: "owner", value: "golden" }],
};
const ID = "<guid:experiment>";
const RUN = "<guid:run>";
const info: Json = {
  run_uuid: RUN,
  run_id: RUN,
  run_name: "first",
  experiment_id: ID,
  user_id: "",
  status: "RUNNING",
  start_time: 1700000000000,
  artifact_uri: `azureml://<host>/mlflow/v2.0{ws}/experiments/${ID}/runs/${RUN}/artifacts`,
  lifecycle_stage: "active",
};
const tagsOfRun = [
  { key: "mlflow.rootRunId", value: RUN },
  { key: "kind", value: "test" },
];
const ended: Json = { ...info, status: "FINISHED", end_time: 1700000009000 };
const metric = (value: number, step: number): Json => ({
  key: "loss",
  value,
  timestamp: 1700000000000 + step,
  step,
});
/** Data sets of a run (MLflow 2.4 and later). */
const NONE: Json = { dataset_inputs: [] };
const DATASET = {
  dataset: { name: "rows", digest: "d1", source_type: "local", source: "{}" },
  tags: [{ key: "mlflow.data.context", value: "training" }],
};
const USED: Json = { dataset_inputs: [DATASET] };
const data: Json = {
  metrics: [metric(1, 2)],
  params: [
    { key: "lr", value: "0.1" },
    { key: "epochs", value: "3" },
  ],
  tags: [...tagsOfRun, { key: "note", value: "golden" }],
};

export const mlflow: Golden = {
  about: "MLflow tracking",
  needs: "workspace",
  exchanges: [
    call(
      "an experiment is created",
      "POST experiments/create",
      { experiment_id: ID },
      {
        name: "golden",
        tags: [{ key: "owner", value: "golden" }],
      },
    ),
    call("it is found by its name", "GET experiments/get-by-name?experiment_name=golden", { experiment }),
    call("it is found by its id", `GET experiments/get?experiment_id=${ID}`, { experiment }),
    call("it is found by a search", "POST experiments/search", { experiments: [experiment] }, {}),
    call(
      "it is tagged",
      "POST experiments/set-experiment-tag",
      {},
      { experiment_id: ID, key: "a", value: "b" },
    ),
    call(
      "a tag is removed from it",
      "POST experiments/delete-experiment-tag",
      {},
      { experiment_id: ID, key: "a" },
    ),
    call("it is renamed", "POST experiments/update", {}, { experiment_id: ID, new_name: "renamed" }),
    call("it is deleted", "POST experiments/delete", {}, { experiment_id: ID }),
    call("it is restored", "POST experiments/restore", {}, { experiment_id: ID }),
    call(
      "a run is created",
      "POST runs/create",
      { run: { info, data: { metrics: [], params: [], tags: tagsOfRun }, inputs: NONE } },
      {
        experiment_id: ID,
        run_name: "first",
        start_time: 1700000000000,
        tags: [{ key: "kind", value: "test" }],
      },
    ),
    call("a metric is logged", "POST runs/log-metric", {}, { run_id: RUN, ...metric(2, 1) }),
    call("a parameter is logged", "POST runs/log-parameter", {}, { run_id: RUN, key: "lr", value: "0.1" }),
    call("a tag is set", "POST runs/set-tag", {}, { run_id: RUN, key: "gone", value: "soon" }),
    call("a tag is removed", "POST runs/delete-tag", {}, { run_id: RUN, key: "gone" }),
    call(
      "a batch is logged",
      "POST runs/log-batch",
      {},
      {
        run_id: RUN,
        metrics: [metric(1, 2)],
        params: [{ key: "epochs", value: "3" }],
        tags: [{ key: "note", value: "golden" }],
      },
    ),
    call("its data sets are logged", "POST runs/log-inputs", {}, { run_id: RUN, datasets: [DATASET] }),
    ...preview(),
    call("the history of a metric is read", `GET metrics/get-history?run_id=${RUN}&metric_key=loss`, {
      metrics: [metric(2, 1), metric(1, 2)],
    }),
    call(
      "it ends",
      "POST runs/update",
      { run_info: ended },
      { run_id: RUN, status: "FINISHED", end_time: 1700000009000 },
    ),
    call("it is read with the last value of each metric", `GET runs/get?run_uuid=${RUN}&run_id=${RUN}`, {
      run: { info: ended, data, inputs: USED },
    }),
    call(
      "it is found",
      "POST runs/search",
      { runs: [{ info: ended, data, inputs: USED }] },
      {
        experiment_ids: [ID],
        filter: `tags.mlflow.rootRunId = '${RUN}' and metrics.loss < 2`,
        run_view_type: "ACTIVE_ONLY",
        max_results: 1000,
      },
    ),
    call(
      "it has no models of MLflow 3",
      "POST logged-models/search",
      { models: [] },
      { experiment_ids: [ID] },
    ),
    call(
      "its model is logged",
      "POST runs/log-model",
      {},
      { run_id: RUN, model_json: '{"artifact_path":"model"}' },
    ),
    call("it is deleted", "POST runs/delete", {}, { run_id: RUN }),
    call("it is restored", "POST runs/restore", {}, { run_id: RUN }),
    {
      name: "an unknown run is reported in MLflow's own words",
      provenance: "inferred: from clients: error bodies {error_code, message} (reference §5)",
      send: `GET ${ROOT}/runs/get?run_id=nobody`,
      status: 404,
      returns: { error_code: "RESOURCE_DOES_NOT_EXIST", message: "Run with id=nobody not found." },
    },
    {
      name: "a parameter can be written only once",
      provenance:
        "inferred: from documents: MLflow's REST API 2.0, log-parameter: INVALID_PARAMETER_VALUE for another value",
      send: `POST ${ROOT}/runs/log-parameter`,
      body: { run_id: RUN, key: "lr", value: "0.2" },
      status: 400,
      returns: { error_code: "INVALID_PARAMETER_VALUE", message: "<text>" },
    },
    {
      name: "a call that is not served is refused by name",
      provenance: "inferred: MLflow's ENDPOINT_NOT_FOUND, with 501 as everywhere in the local cloud",
      send: `GET ${ROOT}/registered-models/alias`,
      status: 501,
      returns: { error_code: "ENDPOINT_NOT_FOUND", message: "<text>" },
    },
  ],
};

/** Further calls of the plugin azureml-mlflow, below `preview`. */
function preview(): Exchange[] {
  const root = ROOT.replace("/mlflow/v2.0{ws}/api/2.0/", "/mlflow/v2.0{ws}/api/2.0/preview/");
  const provenance: Provenance =
    "inferred: from clients: azureml-mlflow 1.62 logs asynchronously by these two calls";
  return [
    {
      name: "a batch is logged asynchronously",
      provenance,
      send: `POST ${root}/runs/log-batch-async`,
      body: { run_id: RUN, params: [{ key: "epochs", value: "3" }] },
      status: 200,
      returns: { batch_tracking_id: "" },
    },
    {
      name: "the asynchronous batch is complete",
      provenance,
      send: `GET ${root}/runs/get-run-data-status?run_id=${RUN}&batch_tracking_id=any`,
      status: 200,
      returns: { is_complete: true },
    },
  ];
}
