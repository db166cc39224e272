/** What the routes take that are no plain ARM types, by method and path (`*` is one segment, `**` any rest). */
import { armDeclaration } from "./armTypes";
import { CLIENT_CREDENTIALS, DIAGNOSE, RUN, SCORING } from "./bodies";
import { FreeForm, members, type RouteDeclaration, type Shape } from "./declaration";

type Row = readonly [route: string, about: string, takes?: Omit<RouteDeclaration, "about">];

const PAGING = ["$top", "$skip", "$skipToken", "$maxpagesize"];
const SUB = "/subscriptions/*";
const GROUP = `${SUB}/resourceGroups/*`;
const W = `${GROUP}/providers/Microsoft.MachineLearningServices/workspaces/*`;
const LOCATION = `${SUB}/providers/Microsoft.MachineLearningServices/locations/*`;
const REGISTRY =
  "/mferp/managementfrontend/subscriptions/*/resourceGroups/*/providers/Microsoft.MachineLearningServices/registries/*";
const HISTORY = `/history/v1.0${W}`;
const HUB = "/hub/api/datasets/*/*";
const HUB_MODEL = "/hub/api/models/*/*";
const DEPLOYMENT = `${W}/onlineEndpoints/*/deployments/*`;
const CONSENT: Shape = { thirdPartyProviderConsent: members("consentToAuthorization") };
const OWN = new FreeForm("the route names what it does not know itself");
const NAME_CHECK: Shape = members("name", "type");
/** Lists of a registry: what Azure's SDKs ask with. */
const REGISTRY_LIST = {
  query: ["api-version", ...PAGING, "$orderBy", "listViewType", "tags", "properties", "stage", "version"],
};

const ROWS: readonly Row[] = [
  ["GET /subscriptions", "subscriptions"],
  ["GET /subscriptions/*", "one subscription"],
  ["GET /tenants", "tenants"],
  ["GET /providers/*/operations", "operations of a provider", { query: PAGING }],
  [`POST ${W}/diagnose`, "diagnose a workspace", { body: DIAGNOSE }],
  [`GET ${SUB}/locations`, "regions", { query: ["includeExtendedLocations"] }],
  [`GET ${SUB}/providers`, "resource providers", { query: ["$expand", "$top"] }],
  [`GET ${SUB}/providers/*`, "one resource provider", { query: ["$expand"] }],
  [`POST ${SUB}/providers/*/register`, "register a resource provider", { body: CONSENT }],
  [`POST ${SUB}/providers/*/unregister`, "unregister a resource provider"],
  [`GET ${GROUP}/resources`, "what is in a resource group", { query: ["$filter", "$expand", ...PAGING] }],
  [`GET ${SUB}/resources`, "what is in a subscription", { query: ["$filter", "$expand", ...PAGING] }],
  [`GET ${SUB}/providers/Microsoft.KeyVault/locations/*/deletedVaults/*`, "one deleted vault"],
  [
    `GET ${SUB}/providers/*/locations/*/*/*`,
    "a long-running operation's status or result",
    // The JavaScript client repeats an operation's own parameters when it asks for its state.
    { query: ["t", "c", "s", "h", "service", "underlyingResourceAction", "forceToPurge"] },
  ],
  [`POST ${SUB}/providers/*/checkNameAvailability`, "is a name free", { body: NAME_CHECK }],
  [`POST ${SUB}/providers/Microsoft.KeyVault/locations/*/deletedVaults/*/purge`, "purge a deleted vault"],
  [
    `POST ${GROUP}/providers/Microsoft.Storage/storageAccounts/*/listKeys`,
    "keys of a storage account",
    { query: ["$expand"] },
  ],
  [
    `POST ${GROUP}/providers/Microsoft.Storage/storageAccounts/*/regenerateKey`,
    "a new key for a storage account",
    { body: members("keyName") },
  ],
  [
    `POST ${GROUP}/providers/Microsoft.ContainerRegistry/registries/*/listCredentials`,
    "admin credentials of a registry",
  ],
  [
    `POST ${GROUP}/providers/Microsoft.ContainerRegistry/registries/*/regenerateCredential`,
    "a new admin password for a registry",
    { body: members("name") },
  ],
  [
    `POST ${GROUP}/providers/Microsoft.OperationalInsights/workspaces/*/sharedKeys`,
    "keys of a log workspace",
  ],
  [
    `POST ${GROUP}/providers/Microsoft.OperationalInsights/workspaces/*/regenerateSharedKey`,
    "a new key for a log workspace",
    { body: members("keyType") },
  ],
  [`GET ${SUB}/providers/Microsoft.Storage/locations/*/usages`, "storage accounts in use"],
  [
    `GET ${GROUP}/providers/Microsoft.Storage/storageAccounts/*/blobServices/default`,
    "blob service settings",
  ],
  [`GET ${LOCATION}/vmSizes`, "VM sizes", { query: ["compute-type", "recommended"] }],
  [`GET ${LOCATION}/usages`, "cores in use", { query: ["expandChildren", ...PAGING] }],
  [`GET ${LOCATION}/quotas`, "cores allowed", { query: PAGING }],
  [
    `POST ${LOCATION}/updateQuotas`,
    "change quotas",
    { body: { location: "any", value: members("id", "type", "limit", "unit") } },
  ],
  [`GET ${W}/batchEndpoints`, "batch endpoints: none here", { query: ["count", ...PAGING] }],
  [`GET ${W}/schedules`, "schedules: none here", { query: ["listViewType", ...PAGING] }],
  [`GET ${W}/privateEndpointConnections`, "private endpoints: none here"],
  [`POST ${W}/listKeys`, "keys of a workspace"],
  [`POST ${W}/listStorageAccountKeys`, "storage key of a workspace"],
  [`POST ${W}/resyncKeys`, "synchronise keys"],
  [`POST ${W}/computes/*/listNodes`, "nodes of a cluster"],
  [
    `POST ${W}/datastores/*/listSecrets`,
    "secrets of a datastore",
    { body: members("expirableSecret", "expireAfterHours") },
  ],
  [
    `POST ${W}/codes/*/versions/*/startPendingUpload`,
    "a place to upload code to",
    { body: members("pendingUploadId", "pendingUploadType") },
  ],
  [`POST ${W}/jobs/*/cancel`, "cancel a job"],
  [`POST ${W}/onlineEndpoints/*/listKeys`, "keys of an endpoint"],
  [
    `POST ${W}/onlineEndpoints/*/regenerateKeys`,
    "a new key for an endpoint",
    { body: members("keyType", "keyValue") },
  ],
  [`POST ${W}/onlineEndpoints/*/token`, "a token for an endpoint"],
  [`POST ${DEPLOYMENT}/getLogs`, "a deployment's container log", { body: members("containerType", "tail") }],
  [`GET ${DEPLOYMENT}/skus`, "a deployment's SKUs", { query: ["count", "$skip"] }],
  ["GET /registrymanagement/v1.0/registries/*/discovery", "where a registry is", { query: ["api-version"] }],
  [`GET ${REGISTRY}/*`, "registry models or components", REGISTRY_LIST],
  [`GET ${REGISTRY}/*/*`, "one registry model or component", { query: ["api-version"] }],
  [`GET ${REGISTRY}/*/*/versions`, "versions of a registry model or component", REGISTRY_LIST],
  [
    `GET ${REGISTRY}/*/*/versions/*`,
    "one version of a registry model or component",
    { query: ["api-version"] },
  ],
  ["GET /discovery/workspaces/*", "addresses of a workspace's services"],
  [
    `POST ${HISTORY}/rundata`,
    "a run with its outputs",
    {
      query: ["api-version"],
      body: members("runId", "selectRunMetadata", "selectRunDefinition", "selectJobSpecification"),
    },
  ],
  [
    `GET ${HISTORY}/experiments/*/runs/*/artifacts`,
    "artifacts of a run",
    { query: ["api-version", "continuationtoken"] },
  ],
  [
    `GET ${HISTORY}/experiments/*/runs/*/artifacts/contentinfo`,
    "an artifact of a run",
    { query: ["api-version", "path"] },
  ],
  [
    `POST ${HISTORY}/experiments/*/runs/*/artifacts/batch/metadata`,
    "announce artifacts",
    { query: ["api-version"], body: { paths: members("path", "tags") } },
  ],
  [`GET ${HISTORY}/runs/*`, "a run", { query: ["api-version"] }],
  [`PATCH ${HISTORY}/runs/*`, "change a run", { query: ["api-version"], body: RUN }],
  [`GET ${HISTORY}/runs/*/*`, "details or children of a run", { query: ["api-version", ...PAGING] }],
  [`GET ${HISTORY}/experiments/*/runs/*`, "a run", { query: ["api-version"] }],
  [`PATCH ${HISTORY}/experiments/*/runs/*`, "change a run", { query: ["api-version"], body: RUN }],
  [
    `GET ${HISTORY}/experiments/*/runs/*/*`,
    "details or children of a run",
    { query: ["api-version", ...PAGING] },
  ],
  ["GET /runs/*/*/**", "a log file", { query: ["sig", "se"] }],
  [
    "POST /endpoints/*/*/score",
    "score",
    { headers: ["azureml-model-deployment", "x-ms-client-request-id"], body: SCORING },
  ],
  ["GET /metadata/endpoints", "the cloud's description of itself"],
  [
    "GET /*/v2.0/.well-known/openid-configuration",
    "OpenID metadata",
    { query: ["appid"], headers: ["x-ms-lib-capability"] },
  ],
  ["GET /*/discovery/v2.0/keys", "signing keys"],
  [
    "POST /*/oauth2/v2.0/token",
    "a token for a client secret",
    { query: ["client-request-id"], headers: ["x-ms-lib-capability"], body: CLIENT_CREDENTIALS },
  ],
  [`GET ${HUB}`, "data hub: a data set", { query: ["blobs"] }],
  [
    `GET ${HUB}/**`,
    "data hub: revisions, files, parquet",
    { query: ["blobs", "recursive", "limit", "cursor", "expand", "securityStatus"] },
  ],
  [`POST ${HUB}/paths-info/*`, "data hub: what is at paths", { body: members("paths", "expand") }],
  [`GET ${HUB_MODEL}`, "data hub: a model", { query: ["blobs"] }],
  [
    `GET ${HUB_MODEL}/**`,
    "data hub: a model's revisions and files",
    { query: ["blobs", "recursive", "limit", "cursor", "expand", "securityStatus"] },
  ],
  [`POST ${HUB_MODEL}/paths-info/*`, "data hub: what is at paths", { body: members("paths", "expand") }],
  ["GET /hub/**", "data hub: a file's content", { query: ["Commit", "Expires", "Signature", "download"] }],
  ["GET /local/**", "the local cloud itself", { query: ["n"] }],
  ["POST /local/stop", "the local cloud itself"],
  ["POST /local/**", "the local cloud itself", { body: OWN }],
  ["DELETE /local/**", "the local cloud itself"],
];

/** Fields of MLflow's calls, in the query or the body. */
const MLFLOW: Readonly<Record<string, string>> = {
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
/** Lists in bodies of MLflow's calls, by the shape of their items. */
const MLFLOW_LISTS: Readonly<Record<string, Shape>> = {
  metrics: members(
    "key",
    "value",
    "timestamp",
    "step",
    "run_id",
    "model_id",
    "dataset_name",
    "dataset_digest",
  ),
  params: PAIR,
  tags: PAIR,
};

function mlflowDeclaration(url: string): RouteDeclaration | undefined {
  const [, call = ""] = /^\/mlflow\/v\d\.0\/.*\/api\/2\.0\/(?:preview\/)?mlflow\/(.+)$/.exec(url) ?? [];
  const fields = MLFLOW[call]?.split(" ");
  if (!fields) return undefined;
  const lists = Object.entries(MLFLOW_LISTS).filter(([name]) => fields.includes(name));
  const body = { ...members(...fields), ...Object.fromEntries(lists) };
  return { about: `MLflow: ${call}`, query: fields, body };
}

function patternOf(glob: string): RegExp {
  const escaped = glob.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(
    `^${escaped.replaceAll("**", "\u0000").replaceAll("*", "[^/]+").replaceAll("\u0000", ".+")}$`,
    "i",
  );
}

const TABLE = ROWS.map(([route, about, takes]) => {
  const [method = "", glob = ""] = route.split(" ");
  return { method, pattern: patternOf(glob), takes: { about, ...takes } };
});

/** What a route takes that does not say so itself; undefined if nobody has said it. */
export function declarationOf(method: string, url: string): RouteDeclaration | undefined {
  const asked = method === "HEAD" ? "GET" : method;
  const row = TABLE.find((candidate) => candidate.method === asked && candidate.pattern.test(url));
  return row?.takes ?? armDeclaration(method, url) ?? mlflowDeclaration(url);
}
