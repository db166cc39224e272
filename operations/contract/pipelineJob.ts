import { getRegistryComponent, getRegistryModel } from "../../azureml/clients/registry";
import type { Azure } from "./azure";
import { textAt } from "./json";
import { NotSettled } from "./verdict";

const registry = "azureml";
const componentName = "chat_completion_pipeline";
const baseModel = "Phi-3-mini-4k-instruct";
const expiry = { expirableSecret: true, expireAfterHours: 1 };
const storageVersion = "2023-11-03";

/** Folder of the rows in the default datastore. */
const rowsFolder = (azure: Pick<Azure, "name">): string => azure.name("rows");

const computeInputs = [
  "compute_model_import",
  "compute_preprocess",
  "compute_finetune",
  "compute_model_evaluation",
] as const;

interface JobOptions {
  /** Name of the cluster. */
  compute: string;
  /** Further literals of the component. */
  literals?: Readonly<Record<string, string>>;
  /** Default: `train_file_path`, `validation_file_path` and `test_file_path`. */
  files?: readonly string[];
}

/** The body of a fine-tuning job of one optimizer step, in the form in which azure-ai-ml 1.35.2 submits it. */
export async function jobBody(
  azure: Azure,
  options: JobOptions,
): Promise<{ properties: Record<string, unknown> }> {
  const component = await getRegistryComponent(azure.session, registry, componentName, "latest");
  const model = await getRegistryModel(azure.session, registry, baseModel, "latest");
  const literals: Record<string, string> = {
    ...Object.fromEntries(computeInputs.map((name) => [name, options.compute])),
    number_of_gpu_to_use_finetuning: "1",
    max_steps: "1",
    max_seq_length: "256",
    apply_lora: "true",
    ...options.literals,
  };
  const files = options.files ?? ["train_file_path", "validation_file_path", "test_file_path"];
  const uri = (name: string): string =>
    `azureml://datastores/workspaceblobstore/paths/${rowsFolder(azure)}/${name.startsWith("train") ? "train" : "test"}.jsonl`;
  return {
    properties: {
      jobType: "Pipeline",
      displayName: azure.name("job"),
      experimentName: "azureml-finetune-contract",
      tags: {},
      properties: {},
      isArchived: false,
      inputs: {},
      jobs: {
        [componentName]: {
          name: componentName,
          type: "pipeline",
          _source: "REMOTE.REGISTRY",
          componentId: component.id,
          inputs: {
            mlflow_model_path: { job_input_type: "mlflow_model", uri: model.id },
            ...Object.fromEntries(
              files.map((name) => [name, { job_input_type: "uri_file", uri: uri(name) }]),
            ),
            ...Object.fromEntries(
              Object.entries(literals).map(([name, value]) => [name, { job_input_type: "literal", value }]),
            ),
          },
          outputs: { mlflow_model_folder: { type: "literal", value: "${{parent.outputs.trained_model}}" } },
        },
      },
      outputs: { trained_model: { jobOutputType: "mlflow_model", mode: "ReadWriteMount" } },
      settings: { force_rerun: true, continue_on_step_failure: false, _source: "DSL" },
    },
  };
}

/** Generated conversations: nothing of a user's. */
function rows(count: number): string {
  return Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      prompt: `What is ${index} plus ${index}?`,
      prompt_id: String(index),
      messages: [
        { role: "user", content: `What is ${index} plus ${index}?` },
        { role: "assistant", content: `It is ${2 * index}.` },
      ],
    }),
  )
    .map((line) => `${line}\n`)
    .join("");
}

/** Uploads train.jsonl (20 rows) and test.jsonl (5 rows). Returns the data URI of train.jsonl. */
export async function uploadRows(azure: Azure): Promise<string> {
  for (const [name, count] of [
    ["train.jsonl", 20],
    ["test.jsonl", 5],
  ] as const) {
    const answer = await putBlob(azure, `${rowsFolder(azure)}/${name}`, rows(count));
    if (answer.status !== 201)
      throw new NotSettled(`the blob ${name} could not be uploaded (${answer.status})`);
  }
  return `azureml://datastores/workspaceblobstore/paths/${rowsFolder(azure)}/train.jsonl`;
}

/** Uploads a model folder that contains only an MLmodel file. Returns the folder's URI. It can be registered, not served. */
export async function uploadModel(azure: Azure): Promise<string> {
  const text =
    "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    model_path: model.pkl\nmlflow_version: 2.9.2\n";
  const answer = await putBlob(azure, `${azure.name("model")}/MLmodel`, text);
  if (answer.status !== 201) throw new NotSettled(`the model could not be uploaded (${answer.status})`);
  return `azureml://datastores/workspaceblobstore/paths/${azure.name("model")}`;
}

/** Writes a blob of the workspace's default datastore. */
export async function putBlob(
  azure: Azure,
  blob: string,
  text: string,
  headers: Record<string, string> = {},
): ReturnType<Azure["call"]> {
  return callBlob(azure, "PUT", blob, text, { "x-ms-blob-type": "BlockBlob", ...headers });
}

/** One call to the blob service, with the datastore's SAS; with a token if the datastore has no secret. */
export async function callBlob(
  azure: Azure,
  method: "GET" | "PUT" | "HEAD" | "DELETE",
  blob: string,
  text?: string,
  headers: Record<string, string> = {},
): ReturnType<Azure["call"]> {
  const { paths, session } = azure;
  const datastore = `${paths.workspace}/datastores/workspaceblobstore`;
  const [store, secret, account] = [
    await azure.call("GET", datastore),
    await azure.call("POST", `${datastore}/listSecrets`, expiry, { apiVersion: "2025-12-01" }),
    await azure.call("GET", await storageAccountOf(azure)),
  ];
  const endpoint = textAt(account.body, "properties.primaryEndpoints.blob").replace(/\/+$/, "");
  const container = textAt(store.body, "properties.containerName");
  if (!endpoint || !container)
    throw new NotSettled(`the default datastore cannot be read (${store.status}, ${account.status})`);
  const sas = textAt(secret.body, "sasToken").replace(/^\?/, "");
  return azure.call(
    method,
    `${endpoint}/${container}/${blob}${sas ? `${blob.includes("?") ? "&" : "?"}${sas}` : ""}`,
    text,
    {
      headers: { "x-ms-version": storageVersion, "content-type": "application/x-ndjson", ...headers },
      scope: sas ? "" : session.cloud.storageScope,
    },
  );
}

async function storageAccountOf(azure: Azure): Promise<string> {
  const { body } = await azure.call("GET", azure.paths.workspace);
  return textAt(body, "properties.storageAccount");
}
