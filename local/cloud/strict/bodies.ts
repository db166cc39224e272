import { FreeForm, members, type Shape } from "./declaration";

const TEXTS = new FreeForm("the user's own names and texts");
const VALUES = new FreeForm("passed to the model unchanged");

/** An input as the SDKs write it: camelCase outside the graph, snake_case inside it (azure-ai-ml 1.35.2). */
const INPUT: Shape = members(
  ...["jobInputType", "job_input_type", "type", "value", "uri", "path", "mode", "description"],
  ...["pathOnCompute", "path_on_compute"],
);
const OUTPUT: Shape = members(
  ...[
    "jobOutputType",
    "job_output_type",
    "type",
    "value",
    "uri",
    "path",
    "mode",
    "description",
    "name",
    "version",
  ],
  ...["assetName", "asset_name", "assetVersion", "asset_version", "pathOnCompute", "path_on_compute"],
  "autoDeleteSetting",
);
const SETTINGS: Shape = members(
  ...["force_rerun", "continue_on_step_failure", "continue_run_on_failed_optional_input", "_source"],
  ...["default_compute", "default_compute_id", "default_datastore", "on_init", "on_finalize"],
  ...["forceRerun", "continueOnStepFailure", "continueRunOnFailedOptionalInput", "defaultCompute"],
  "defaultDatastore",
);
const RESOURCES: Shape = {
  ...members("instance_count", "instance_type", "instanceCount", "instanceType", "shm_size", "shmSize"),
  ...members("docker_args", "dockerArgs", "locations", "max_instance_count", "runtime_version"),
  properties: TEXTS,
};

const STEP: Shape = {
  ...members("name", "type", "display_name", "description", "comment", "experiment_name", "_source"),
  ...members("componentId", "component_id", "component", "computeId", "compute_id", "compute"),
  ...members("command", "code", "codeId", "environment", "environmentId", "isArchived"),
  inputs: { "*": INPUT },
  outputs: { "*": OUTPUT },
  tags: TEXTS,
  properties: TEXTS,
  environment_variables: TEXTS,
  environmentVariables: TEXTS,
  resources: RESOURCES,
  limits: members(
    "job_limits_type",
    "jobLimitsType",
    "timeout",
    "trial_timeout",
    "max_total_trials",
    "max_concurrent_trials",
  ),
  distribution: members(
    ...[
      "distribution_type",
      "distributionType",
      "type",
      "process_count_per_instance",
      "processCountPerInstance",
    ],
    ...["worker_count", "workerCount", "parameter_server_count", "parameterServerCount"],
  ),
  identity: members("identity_type", "identityType", "type", "client_id", "object_id", "msi_resource_id"),
  queue_settings: members("job_tier", "priority"),
  services: { "*": members("job_service_type", "type", "port", "properties", "nodes", "endpoint", "status") },
  settings: SETTINGS,
};

/** The parts of a job that `knownProperties.json` leaves open: the graph, its inputs and outputs. */
export const JOB_PARTS: Readonly<Record<string, Shape>> = {
  jobs: { "*": { ...STEP, jobs: { "*": STEP } } },
  inputs: { "*": INPUT },
  outputs: { "*": OUTPUT },
  settings: SETTINGS,
  services: {
    "*": members("jobServiceType", "port", "endpoint", "status", "errorMessage", "properties", "nodes"),
  },
  tags: TEXTS,
  properties: TEXTS,
  environmentVariables: TEXTS,
};

/** Members of every authType of the union (2025-12-01 and its previews). */
export const CONNECTION: Shape = {
  ...members(
    "authType",
    "category",
    "target",
    "group",
    "isSharedToAll",
    "sharedUserList",
    "expiryTime",
    "error",
  ),
  ...members("value", "valueFormat", "createdByWorkspaceArmId", "useWorkspaceManagedIdentity"),
  ...members("peRequirement", "peStatus", "provisioningState"),
  metadata: TEXTS,
  credentials: {
    ...members("pat", "clientId", "resourceId", "username", "password", "securityToken", "sas", "key"),
    ...members("accessKeyId", "secretAccessKey", "tenantId", "clientSecret", "authUrl", "developerToken"),
    ...members("refreshToken"),
    keys: TEXTS,
  },
};

/** A conversation or a list of them, with generation parameters: the notebook's request file. */
export const SCORING: Shape = {
  input_data: { input_string: members("role", "content"), parameters: VALUES },
  params: VALUES,
};

const CHECKS = ["udr", "nsg", "resourceLock", "dnsResolution", "storageAccount", "keyVault"];
const FINDINGS = new FreeForm("flags of what to check; the service defines none");

/** What a diagnosis of a workspace checks (@azure/arm-machinelearning 2.1.1, DiagnoseRequestProperties). */
export const DIAGNOSE: Shape = {
  value: Object.fromEntries(
    [...CHECKS, "containerRegistry", "applicationInsights", "others"].map((name) => [name, FINDINGS]),
  ),
};

/** A run as a client writes it (CreateRun of run history's client in azure-ai-ml 1.35.2). */
export const RUN: Shape = {
  ...members(
    "runId",
    "runUuid",
    "parentRunId",
    "experimentId",
    "dataContainerId",
    "status",
    "hidden",
    "options",
  ),
  ...members("displayName", "name", "description", "startTimeUtc", "endTimeUtc", "runType", "runTypeV2"),
  ...members("isVirtual", "scriptName", "target", "uniqueChildRunComputeTargets", "primaryMetricName"),
  ...members("createdFrom", "cancelUri", "completeUri", "diagnosticsUri", "computeRequest", "compute"),
  ...members("retainForLifetimeOfWorkspace", "queueingInfo", "runDefinition", "jobSpecification", "settings"),
  ...members("inputDatasets", "outputDatasets", "inputs", "outputs", "services", "actionUris", "warnings"),
  tags: TEXTS,
  properties: TEXTS,
  parameters: TEXTS,
};

/** The form of a client secret: OAuth 2.0, and what MSAL and azidentity send about themselves. */
export const CLIENT_CREDENTIALS: Shape = members(
  ...["grant_type", "client_id", "client_secret", "scope", "resource", "claims", "client_info"],
  ...["client_assertion", "client_assertion_type", "client-request-id", "return-client-request-id"],
  ...["x-client-SKU", "x-client-VER", "x-client-OS", "x-client-CPU", "x-client-os", "x-client-cpu"],
  ...["x-client-sku", "x-client-ver", "x-ms-lib-capability", "x-client-current-telemetry"],
  ...["x-client-last-telemetry", "x-app-name", "x-app-ver"],
);
