/** Runs in run history: how clients that follow a job see the job and its steps. */
import { Anything } from "./compare";
import type { Golden, Json } from "./exchange";
import { PIPELINE_RUN } from "./jobs";

const HISTORY = "/history/v1.0{ws}";
const HV = "api-version=v1.0";
const HISTORY_DOC =
  "inferred: from clients: RunDetailsDto and children as azure-ai-ml 1.35.2 and 1.27.1 read them (reference §3, run details and children)";
/** What azure-ai-ml's client of run history declares of a run. */
const RUN_DTO = "inferred: from clients: RunDto of run history's restclient in azure-ai-ml 1.35.2";
const run: Json = {
  runNumber: 1,
  rootRunId: "done",
  runId: "done",
  runUuid: "done",
  rootRunUuid: "done",
  parentRunId: null,
  parentRunUuid: null,
  experimentId: "<guid:experiment>",
  dataContainerId: "dcid.done",
  displayName: "a display name",
  name: "a display name",
  description: null,
  status: "Completed",
  createdUtc: "<time>",
  startTimeUtc: "<time>",
  endTimeUtc: "<time>",
  runType: "azureml.PipelineRun",
  target: null,
  error: null,
  warnings: [],
  tags: {},
  properties: PIPELINE_RUN,
  hidden: false,
};
const STEPS = [
  "ft_nlp_common_validation",
  "chat_completion_model_import",
  "chat_completion_datapreprocess",
  "chat_completion_finetune",
  "ft_nlp_model_converter",
];
const NODE = "<guid:node>";
const stepProperties = (name: string): Json => ({
  "azureml.runsource": "azureml.StepRun",
  "azureml.moduleName": name,
  "azureml.moduleid": "<guid>",
  "azureml.pipelinerunid": NODE,
  "azureml.rootpipelinerunid": "done",
  "azureml.pipeline": NODE,
  StepType: "PythonScriptStep",
  ComputeTargetType: "AmlCompute",
});
const step = (name: string): Json => ({
  ...run,
  runId: `<guid:${name.replaceAll("_", "")}>`,
  runUuid: `<guid:${name.replaceAll("_", "")}>`,
  dataContainerId: `dcid.<guid:${name.replaceAll("_", "")}>`,
  parentRunId: NODE,
  parentRunUuid: NODE,
  experimentId: "<guid:experiment>",
  displayName: "<text>",
  name,
  runType: "azureml.StepRun",
  target: "cpu",
  properties: stepProperties(name),
});
const node: Json = {
  ...run,
  runId: NODE,
  runUuid: NODE,
  dataContainerId: `dcid.${NODE}`,
  parentRunId: "done",
  parentRunUuid: "done",
  displayName: "chat_completion_pipeline",
  name: "chat_completion_pipeline",
  properties: {
    "azureml.runsource": "azureml.PipelineRun",
    "azureml.moduleName": "chat_completion_pipeline",
    "azureml.moduleid": NODE,
    "azureml.pipelinerunid": "done",
    "azureml.rootpipelinerunid": "done",
    "azureml.pipeline": "done",
  },
};
const historyError = (message: string): Json => ({
  error: {
    code: "UserError",
    severity: null,
    message,
    messageFormat: message,
    messageParameters: {},
    innerError: { code: "NotFoundError", innerError: null },
  },
  correlation: { operation: null, request: "<guid>" },
  environment: "local",
  location: "local",
  time: "<time>",
  componentName: "run-history",
});
const ASSET =
  "azureml://locations/westeurope/workspaces/<guid:wsid>/models/azureml_<guid:converter>_output_mlflow_model_folder/versions/1";
const details: Json = {
  runId: "done",
  target: null,
  status: "Completed",
  startTimeUtc: "<time>",
  endTimeUtc: "<time>",
  duration: "<span>",
  services: {},
  warnings: [],
  error: null,
  properties: PIPELINE_RUN,
  inputs: {
    mlflow_model_path: { assetId: "<text>", type: "MLFlowModel" },
    train_file_path: { assetId: "<text>", type: "UriFile" },
    test_file_path: { assetId: "<text>", type: "UriFile" },
  },
  inputDatasets: [],
  outputDatasets: [],
  outputs: { trained_model: { assetId: ASSET, type: "MLFlowModel" } },
  logFiles: {
    "logs/azureml/executionlogs.txt": "<base>/runs/<guid:wsid>/done/logs/azureml/executionlogs.txt?<sas:log>",
  },
};

export const history: Golden = {
  about: "run history",
  needs: "model",
  exchanges: [
    {
      name: "a run is read",
      provenance: RUN_DTO,
      send: `GET ${HISTORY}/runs/done?${HV}`,
      status: 200,
      returns: run,
    },
    {
      name: "its details are read",
      provenance: HISTORY_DOC,
      send: `GET ${HISTORY}/runs/done/details?${HV}`,
      status: 200,
      returns: details,
    },
    {
      name: "its only child is the run of the job's node",
      provenance:
        "inferred: from documents: azureml-assets, aml-benchmark online_endpoint_model.py takes the children of the first child; the type is that of subgraph runs in PyPI azure-ml-component 0.9.18; list as azure-ai-ml 1.35.2 reads it",
      send: `GET ${HISTORY}/runs/done/children?${HV}`,
      status: 200,
      returns: { value: [node], continuationToken: null, nextLink: null },
    },
    {
      name: "the node's children are listed in the order of the steps",
      provenance:
        "inferred: from clients: children of component 0.0.82 (reference §6); list as azure-ai-ml 1.35.2 reads it",
      send: `GET ${HISTORY}/runs/<guid:node>/children?${HV}`,
      status: 200,
      returns: { value: STEPS.map(step), continuationToken: null, nextLink: null },
    },
    {
      name: "a run is changed in the way the SDK archives jobs",
      provenance: "inferred: from clients: azure-ai-ml 1.35.2 archives a job with hidden, nulls for the rest",
      send: `PATCH ${HISTORY}/experiments/any/runs/done?${HV}`,
      body: { runId: "done", hidden: false, displayName: null, tags: null },
      status: 200,
      returns: run,
    },
    {
      name: "a run is read with its outputs",
      provenance: "inferred: from clients: azure-ai-ml 1.35.2 requests rundata before it downloads outputs",
      send: `POST ${HISTORY}/rundata?${HV}`,
      body: {
        runId: "done",
        selectRunMetadata: true,
        selectRunDefinition: true,
        selectJobSpecification: true,
      },
      status: 200,
      returns: {
        runMetadata: { ...run, outputs: details["outputs"] },
        runDefinition: null,
        jobSpecification: null,
      },
    },
    {
      name: "the address of an output's files is read",
      provenance:
        "inferred: from clients: azure-ai-ml 1.28.1, model_dataplane: BatchGetResolvedUrisDto and ModelPathResponseDto",
      send: `POST /modelregistry/v1.0{ws}/models/batchGetResolvedUris`,
      body: { values: [ASSET] },
      status: 200,
      returns: { values: new Anything() },
    },
    {
      name: "the address of an unknown data output is reported in run history's own words",
      provenance: "inferred: from clients: azure-ai-ml 1.35.2, dataset_dataplane: BatchGetResolvedURIs",
      send: `POST /data/v1.0{ws}/dataversion/batchGetResolvedUris`,
      body: { values: ["azureml://locations/westeurope/workspaces/x/data/none/versions/1"] },
      status: 404,
      returns: historyError(
        "The asset azureml://locations/westeurope/workspaces/x/data/none/versions/1 was not found in workspace golden-ws.",
      ),
    },
    {
      name: "a tag is added to a run in the way the SDK changes the tags of a job",
      provenance:
        "inferred: from clients: azure-ai-ml 1.35.2, JobOperations.update sends tags, which are merged",
      send: `PATCH ${HISTORY}/experiments/any/runs/done?${HV}`,
      body: { tags: { "used-by": "golden" } },
      status: 200,
      returns: { ...run, tags: { "used-by": "golden" } },
    },
    {
      name: "a log is read without a token",
      provenance: HISTORY_DOC,
      send: "GET /runs/<guid:wsid>/done/logs/azureml/executionlogs.txt?<sas:log>",
      status: 200,
      has: { "content-type": "text/plain; charset=utf-8" },
      returns: "<text>",
    },
    {
      name: "the control plane knows a step without its properties",
      provenance:
        "inferred: from clients: azure-ai-ml 1.35.2 recognizes a child by null properties and reads it from run history",
      send: "GET {ws}/jobs/<guid:chatcompletionfinetune>?api-version=2024-01-01-preview",
      status: 200,
      returns: {
        id: "{ws}/jobs/<guid:chatcompletionfinetune>",
        name: "<guid:chatcompletionfinetune>",
        type: "Microsoft.MachineLearningServices/workspaces/jobs",
        properties: null,
      },
    },
    {
      name: "an unknown run is reported in run history's own words",
      provenance:
        "inferred: from clients: error body of run history as azure-ai-ml 1.35.2 reads it (reference §2)",
      send: `GET ${HISTORY}/runs/nobody?${HV}`,
      status: 404,
      returns: historyError("Job nobody was not found in workspace golden-ws."),
    },
  ],
};
