/** Jobs in Azure ML's front end. */
import { pipelineJob } from "../ml/mlCloud";
import { FROM_SERVICE, lastPage, MFE, mlResource } from "./common";
import { changed, type Exchange, type Golden, type Json } from "./exchange";

const JOB = "{ws}/jobs/golden";
const V = "api-version=2024-01-01-preview";
const DOC =
  "inferred: from clients: azure-ai-ml 1.35.2 and 1.27.1 send this PUT and need services, properties and outputs in the answer (reference §3, Job PUT)";
const sent = pipelineJob() as { properties: Json };

const service = (jobServiceType: string, endpoint: string): Json => ({
  jobServiceType,
  endpoint,
  port: null,
  status: null,
  errorMessage: null,
  properties: null,
});
/** Addresses to follow a run. */
export const services = (run: string): Json => ({
  Tracking: service("Tracking", "azureml://<host>/mlflow/v1.0{ws}?"),
  Studio: service("Studio", `http://127.0.0.1:<studioport>/#/jobs/${run}`),
});
/** `properties.properties` as in published output of the command line. */
export const PIPELINE_RUN: Json = {
  "azureml.DevPlatv2": "true",
  "azureml.runsource": "azureml.PipelineRun",
  runSource: "MFE",
  runType: "HTTP",
  "azureml.parameters": "<text>",
  "azureml.continue_on_step_failure": "False",
  "azureml.continue_on_failed_optional_input": "True",
  "azureml.defaultDataStoreName": "workspaceblobstore",
  "azureml.pipelineComponent": "pipelinerun",
};
export const OUTPUTS: Json = {
  trained_model: {
    jobOutputType: "mlflow_model",
    mode: "ReadWriteMount",
    description: "the model",
    uri: null,
  },
};

/** The job in an answer, derived from what was sent. */
function pipeline(name: string, status: string): Json {
  return mlResource(`jobs/${name}`, "jobs", {
    properties: {
      ...sent.properties,
      description: null,
      computeId: null,
      status,
      properties: PIPELINE_RUN,
      outputs: OUTPUTS,
      services: services(name),
    },
  });
}
const ended = pipeline("golden", "Completed");

/** The other job types of Azure ML: refused by name, never half supported. */
const OTHER_KINDS = ["Command", "Sweep", "AutoML", "Spark"];

export const jobs: Golden = {
  about: "jobs",
  needs: "workspace",
  exchanges: [
    {
      name: "a pipeline is submitted",
      provenance: DOC,
      send: `PUT ${JOB}?${V}`,
      headers: { "x-azureml-token": "<base>" },
      body: sent,
      status: 201,
      returns: pipeline("golden", "NotStarted"),
    },
    {
      name: "the same PUT again returns the same job",
      provenance:
        "inferred: from documents: azure-ai-docs, jobs are immutable but for name, description and tags (rule in the catalog)",
      send: `PUT ${JOB}?${V}`,
      body: sent,
      status: 200,
      repeated: true,
      returns: ended,
    },
    { name: "it is read", provenance: DOC, send: `GET ${JOB}?${V}`, status: 200, returns: ended },
    {
      name: "it is listed",
      provenance: "inferred: from documents: OpenAPI 2023-04-01, Jobs_List with jobType and listViewType",
      send: `GET {ws}/jobs?${V}&jobType=Pipeline&listViewType=ActiveOnly`,
      status: 200,
      returns: lastPage(ended),
    },
    {
      name: "it is tagged and archived",
      provenance:
        "inferred: from documents: azure-ai-docs, jobs are immutable but for name, description and tags (rule in the catalog)",
      send: `PUT ${JOB}?${V}`,
      body: { properties: { ...sent.properties, tags: { owner: "golden" }, isArchived: true } },
      status: 200,
      returns: changed(ended, { properties: { tags: { owner: "golden" }, isArchived: true } }),
    },
    {
      name: "an archived job is in another list",
      provenance: "inferred: from documents: OpenAPI 2023-04-01, Jobs_List with listViewType",
      send: `GET {ws}/jobs?${V}&listViewType=ActiveOnly`,
      status: 200,
      returns: lastPage(),
    },
    {
      name: "another pipeline cannot have its name",
      provenance: "inferred: from documents: azure-ai-docs, a job's name is used once (rule in the catalog)",
      send: `PUT ${JOB}?${V}`,
      body: { properties: { ...sent.properties, experimentName: "another" } },
      status: 409,
      returns: { error: { ...FROM_SERVICE, code: "<text>", message: "<text>", target: "<text>" } },
    },
    ...OTHER_KINDS.map((jobType): Exchange => ({
      name: `a job of type ${jobType} is refused by name`,
      provenance:
        "inferred: the local cloud runs pipelines only; the body is that of the service's 400 (reference §2)",
      send: `PUT {ws}/jobs/other?${V}`,
      body: { properties: { jobType } },
      status: 400,
      returns: {
        error: {
          ...FROM_SERVICE,
          code: "ValidationError",
          message: `properties.jobType is "${jobType}"; the local cloud runs jobs of type "Pipeline" only.`,
          target: "properties.jobType",
        },
      },
    })),
    {
      name: "cancelling an ended job changes nothing",
      provenance: "inferred: from documents: OpenAPI 2023-04-01, Jobs_Cancel (200, or 202 with Location)",
      send: `POST ${JOB}/cancel?${V}`,
      status: 200,
    },
    {
      name: "it is deleted",
      provenance:
        "inferred: from documents: OpenAPI 2023-04-01, Jobs_Delete is long-running (azure-native: DELETE of Job is)",
      send: `DELETE ${JOB}?${V}`,
      status: 202,
      has: MFE,
      settles: true,
    },
    {
      name: "it no longer exists",
      provenance: DOC,
      send: `GET ${JOB}?${V}`,
      status: 404,
      returns: {
        error: {
          ...FROM_SERVICE,
          code: "NotFound",
          message: "Job golden was not found in workspace golden-ws.",
        },
      },
    },
  ],
};
