/** Error bodies of every layer: ARM itself, the providers, Azure ML's front end, quotas. */
import { FROM_SERVICE, LOCATION } from "./common";
import { Anything } from "./compare";
import type { Exchange, Golden, Json, Provenance } from "./exchange";

const V = "api-version=2024-04-01";
/** Groups belong to another provider with its own versions. */
const G = "api-version=2024-03-01";
const GATE: Provenance =
  "inferred: from documents: ARM's common errors (troubleshooting of common deployment errors)";
const STRICT: Provenance =
  "inferred: ARM's error body; refusing what is not supported is the local cloud's own rule (docs, Strict)";

const refused = (
  name: string,
  provenance: Provenance,
  send: string,
  status: number,
  error: Json,
  more: Partial<Exchange> = {},
): Exchange => ({ name, provenance, send, status, returns: { error }, ...more });

const gate: Exchange[] = [
  refused(
    "without a token",
    GATE,
    `GET {group}?${G}`,
    401,
    { code: "AuthenticationFailed", message: "<text>" },
    {
      headers: { authorization: "" },
      has: { "www-authenticate": "Bearer <text>" },
    },
  ),
  refused(
    "with a malformed token",
    GATE,
    `GET {group}?${G}`,
    401,
    { code: "InvalidAuthenticationToken", message: "<text>" },
    { headers: { authorization: "Bearer no.such.token" }, has: { "www-authenticate": "Bearer <text>" } },
  ),
  refused("with an empty api-version", GATE, "GET {group}?api-version=", 400, {
    code: "MissingApiVersionParameter",
    message: "The api-version query parameter (?api-version=) is required for all requests.",
  }),
  refused("with a malformed api-version", GATE, "GET {group}?api-version=1", 400, {
    code: "InvalidApiVersionParameter",
    message: "<text>",
  }),
  refused("with an unknown api-version", GATE, "GET {ws}?api-version=2019-02-31", 400, {
    code: "NoRegisteredProviderFound",
    message: "No registered resource provider found for API version '2019-02-31'. <text>",
    target: "api-version",
  }),
  refused(
    "with a body that is not JSON",
    GATE,
    `PUT {group}?${G}`,
    400,
    {
      code: "InvalidRequestContent",
      message: "The request content was invalid and could not be deserialized: '<text>'.",
    },
    { body: "{" },
  ),
  refused("in a group that does not exist", GATE, `GET {sub}/resourceGroups/nowhere?${G}`, 404, {
    code: "ResourceGroupNotFound",
    message: "Resource group 'nowhere' could not be found.",
  }),
  refused(
    "below a resource that does not exist",
    GATE,
    `GET {group}/providers/Microsoft.MachineLearningServices/workspaces/nowhere/computes/a?${V}`,
    404,
    {
      code: "ParentResourceNotFound",
      message:
        "Can not perform requested operation on nested resource. Parent resource 'Microsoft.MachineLearningServices/workspaces/nowhere' not found.",
      target: "{group}/providers/Microsoft.MachineLearningServices/workspaces/nowhere",
    },
  ),
  refused(
    "for an unknown provider",
    GATE,
    `GET {sub}/providers/Microsoft.Nowhere?api-version=2021-04-01`,
    404,
    {
      code: "InvalidResourceNamespace",
      message: "<text>",
    },
  ),
  refused(
    "in an unknown region",
    GATE,
    `PUT {sub}/resourceGroups/elsewhere?${G}`,
    400,
    {
      code: "LocationNotAvailableForResourceType",
      message: "The provided location 'atlantis' is not available for resource type '<text>",
      target: "location",
    },
    { body: { location: "atlantis" } },
  ),
];

const unknown: Exchange[] = [
  refused("for an unknown route", STRICT, `GET {group}/providers/Microsoft.Nowhere/things/a?${V}`, 501, {
    code: "NotImplementedByLocalCloud",
    message: "<text>",
    target: "<text>",
  }),
  refused(
    "for a method that the route does not have",
    STRICT,
    `PATCH {sub}/providers?${G}`,
    405,
    {
      code: "MethodNotAllowed",
      message: "<text>",
    },
    { has: { allow: "<text>" } },
  ),
  refused(
    "with an unknown property",
    STRICT,
    `PUT {group}?${G}`,
    400,
    { code: "UnknownProperty", message: "<text>", target: "labels" },
    { body: { location: LOCATION, labels: {} } },
  ),
];

const FAMILY = "standardFSv2Family";
const LOC = "{sub}/providers/Microsoft.MachineLearningServices/locations/westeurope";
const LIMIT = { id: `${LOC}/vmFamilies/${FAMILY}/quotas`, limit: 6 };
const QUOTA_TEXT =
  "Not enough quota available for Standard_F4s_v2 in SubscriptionId 00000000-0000-0000-0000-000000000001. Current usage/limit: 0/6. Additional needed: 8 Please see troubleshooting guide, available here: https://aka.ms/oe-tsg#error-outofquota";

/** Quotas that deployments and clusters exceed. */
const quotas: Exchange[] = [
  {
    name: "a small quota",
    provenance: "published example: Quota/update.json of 2024-10-01",
    send: `POST ${LOC}/updateQuotas?${V}`,
    body: { value: [LIMIT] },
    status: 200,
    returns: {
      value: [
        {
          ...LIMIT,
          type: "Microsoft.MachineLearningServices/vmFamily/dedicatedCores/quotas",
          unit: "Count",
          status: "Success",
        },
      ],
    },
  },
  refused(
    "a cluster beyond its quota",
    "inferred: from clients: message in dotnet/machinelearning-modelbuilder#2140 (spelling theirs), the code in public reports of 2026",
    `PUT {ws}/computes/toobig?${V}`,
    400,
    {
      code: "ClusterMinNodesExceedCoreQuota",
      message:
        "The specified subscription has a Standard FSv2 family vCPU quota of 6 and cannot accomodate for at least 2 requested managed compute nodes which maps to 8 vCPUs. Talk to your Subscription Admin or refer to <text>",
    },
    {
      body: {
        properties: {
          computeType: "AmlCompute",
          properties: { vmSize: "Standard_F4s_v2", scaleSettings: { minNodeCount: 2, maxNodeCount: 2 } },
        },
      },
    },
  ),
  {
    name: "an endpoint for the next exchanges",
    provenance: "inferred: from clients: azure-ai-ml 1.35.2 (reference §3, Endpoint PUT)",
    send: `PUT {ws}/onlineEndpoints/quota-endpoint?${V}`,
    body: { location: LOCATION, properties: { authMode: "Key" } },
    status: 201,
    returns: new Anything(),
    settles: true,
  },
  refused(
    "a deployment beyond its quota, with a reserve of 20 % for upgrades",
    "inferred: from clients: MicrosoftLearning/mslearn-azure-ml#30 (reference §7, deployment quota)",
    `PUT {ws}/onlineEndpoints/quota-endpoint/deployments/demo?${V}`,
    400,
    {
      ...FROM_SERVICE,
      code: "BadRequest",
      message: "The request is invalid.",
      target: "<text>",
      details: [
        {
          code: "InferencingClientCreateDeploymentFailed",
          message: `InferencingClient HttpRequest error, error detail: {"errors":{"VmSize":["${QUOTA_TEXT}"]},"type":"https://tools.ietf.org/html/rfc7231#section-6.5.1","title":"One or more validation errors occurred.","status":400,"traceId":"<text>"}`,
          target: null,
          details: [],
        },
      ],
    },
    {
      body: {
        location: LOCATION,
        sku: { name: "Default", capacity: 1 },
        properties: {
          endpointComputeType: "Managed",
          model: "{ws}/models/tuned/versions/1",
          instanceType: "Standard_F4s_v2",
        },
      },
    },
  ),
];

const busy: Exchange[] = [
  {
    name: "a fault is set that throttles requests",
    provenance: "inferred: a fault of the local cloud; no service has it",
    send: "POST /local/faults",
    body: { kind: "429", method: "GET", path: "*/resourceGroups/golden" },
    status: 201,
    returns: new Anything(),
  },
  refused(
    "too many requests",
    "inferred: ARM's 429 with Retry-After (reference §7)",
    `GET {group}?${G}`,
    429,
    { code: "TooManyRequests", message: "<text>" },
    { has: { "retry-after": "<digits>", "retry-after-ms": "<digits>" } },
  ),
];

export const errors: Golden = {
  about: "error bodies",
  needs: "model",
  changesCloud: true,
  exchanges: [...gate, ...unknown, ...quotas, ...busy],
};
