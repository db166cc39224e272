import { members, type RouteOptions, type Shape } from "../strict/declaration";

const FIELDS: Readonly<Record<string, string>> = {
  "runs/get": "run_id run_uuid",
  "runs/search": "experiment_ids filter run_view_type max_results order_by page_token",
  "runs/create": "experiment_id run_name user_id start_time tags",
  "runs/update": "run_id run_uuid status end_time run_name",
  "runs/delete": "run_id",
  "runs/restore": "run_id",
  "runs/log-metric": "run_id run_uuid key value timestamp step model_id dataset_name dataset_digest",
  "runs/log-parameter": "run_id run_uuid key value",
  "runs/set-tag": "run_id run_uuid key value",
  "runs/delete-tag": "run_id key",
  "runs/log-batch": "run_id metrics params tags",
  "runs/log-batch-async": "run_id metrics params tags",
  "runs/get-run-data-status": "run_id batch_tracking_id",
  "runs/log-inputs": "run_id datasets models",
  "runs/log-model": "run_id model_json",
  "registered-models/create": "name tags description deployment_job_id",
  "registered-models/get": "name",
  "registered-models/search": "filter max_results order_by page_token",
  "registered-models/update": "name description deployment_job_id",
  "registered-models/get-latest-versions": "name stages",
  "registered-models/set-tag": "name key value",
  "registered-models/delete-tag": "name key",
  "model-versions/create": "name source run_id tags run_link description model_id",
  "model-versions/get": "name version",
  "model-versions/search": "filter max_results order_by page_token",
  "model-versions/get-download-uri": "name version",
  "model-versions/update": "name version description",
  "model-versions/transition-stage": "name version stage archive_existing_versions",
  "model-versions/delete": "name version",
  "model-versions/set-tag": "name version key value",
  "model-versions/delete-tag": "name version key",
  "metrics/get-history": "run_id run_uuid metric_key max_results page_token",
  "logged-models/search": "experiment_ids filter datasets max_results order_by page_token",
  "experiments/get-by-name": "experiment_name",
  "experiments/get": "experiment_id",
  "experiments/create": "name artifact_location tags",
  "experiments/delete": "experiment_id",
  "experiments/restore": "experiment_id",
  "experiments/update": "experiment_id new_name",
  "experiments/set-experiment-tag": "experiment_id key value",
  "experiments/delete-experiment-tag": "experiment_id key",
  "experiments/search": "max_results page_token filter order_by view_type",
};

const PAIR = members("key", "value");
const LISTS: Readonly<Record<string, Shape>> = {
  metrics: members(
    ...["key", "value", "timestamp", "step", "run_id", "model_id", "dataset_name", "dataset_digest"],
  ),
  params: PAIR,
  tags: PAIR,
};

export function fieldsOf(call: string, readOnly: boolean): RouteOptions {
  const query = FIELDS[call]?.split(" ") ?? [];
  const lists = Object.entries(LISTS).filter(([name]) => query.includes(name));
  return { readOnly, query, body: { ...members(...query), ...Object.fromEntries(lists) } };
}
