/**
 * Long-running operations in the three styles in which clients follow them, while they run and at their end.
 */
import { ACCOUNT_PUT, STORE, store } from "./storage";
import { Anything, Each } from "./compare";
import { LOCATION, resource, SYSTEM_DATA, TENANT } from "./common";
import type { Exchange, Golden, Json, Provenance } from "./exchange";

const OPERATIONS: Provenance =
  "inferred: from documents: ARM's asynchronous operations; from clients: azcore 1.20 and azure-core 1.41 follow them so (reference §2, LRO)";
const ML = "Microsoft.MachineLearningServices";
const VERSION = "api-version=2024-04-01";

/** Stops the clock, so that an operation stays in its state, or advances it by an hour. */
const clock = (name: string, body: Json): Exchange => ({
  name,
  provenance: "inferred: the local cloud's own clock; no service has it",
  send: "POST /local/clock",
  body,
  status: 200,
  returns: {
    now: "<time>",
    aheadMs: "<number>",
    profile: "realistic",
    speed: 0,
    pending: new Each({ name: "<text>", due: "<time>" }, 0),
  },
});

interface Begun {
  what: string;
  /** The path of operations of its type. */
  namespace: string;
  statuses: string;
  results: string;
  send: string;
  body?: unknown;
  /** Followed by its Location only. */
  byLocation?: true;
  /** The final answer of the Location; none if nothing is left. */
  result?: unknown;
}

const operation: Json = { id: "<text>", name: "<guid>", startTime: "<time>" };

/**
 * Followed by `Azure-AsyncOperation` (a document with its state), or by `Location` (202 until it has ended).
 */
function followed({ what, namespace, statuses, results, send, body, byLocation, result }: Begun): Exchange[] {
  const key = what.replace(/[^a-z]/gi, "");
  const root = `{sub}/providers/${namespace}/locations/local`;
  const at = (kind: string): string => `${root}/${kind}/<guid:${key}>?api-version=<text:version>`;
  const has: Record<string, string> = {
    "retry-after-ms": "<digits>",
    "x-ms-async-operation-timeout": "PT1H",
    location: `<base>${at(results)}`,
    ...(byLocation ? {} : { "azure-asyncoperation": `<base>${at(statuses)}` }),
  };
  const step = (name: string, exchange: Omit<Exchange, "name" | "provenance">): Exchange => ({
    name: `${name} (${what})`,
    provenance: OPERATIONS,
    ...exchange,
  });
  return [
    step("it begins", { send, ...(body === undefined ? {} : { body }), status: 202, has }),
    step("its state is InProgress while it runs", {
      send: `GET ${at(statuses)}`,
      status: 200,
      has: { "retry-after-ms": "<digits>" },
      returns: { ...operation, status: "InProgress", percentComplete: 50 },
    }),
    step("its result does not exist yet", {
      send: `GET ${at(results)}`,
      status: 202,
      has: { "retry-after-ms": "<digits>", location: "<base><text>" },
    }),
    clock("an hour passes", { advance: "PT1H" }),
    step("its state is final once it has ended", {
      send: `GET ${at(statuses)}`,
      status: 200,
      returns: { ...operation, status: "Succeeded", endTime: "<time>", percentComplete: 100 },
    }),
    step("its result is the resource, or nothing", {
      send: `GET ${at(results)}`,
      status: result === undefined ? 204 : 200,
      ...(result === undefined ? {} : { returns: result }),
    }),
  ];
}

const PROVIDERS = "{group}/providers";
const LOGS = `${PROVIDERS}/Microsoft.OperationalInsights/workspaces/slow-logs`;
const ENDPOINT = "{ws}/onlineEndpoints/slow-endpoint";
const VAULT = `${PROVIDERS}/Microsoft.KeyVault/vaults/slow-vault`;
const FAILING = "{ws}/computes/failing";
const mlOperations = (area: string): Pick<Begun, "namespace" | "statuses" | "results"> => ({
  namespace: ML,
  statuses: `${area}OperationsStatus`,
  results: `${area}OperationResults`,
});

/** Created while time stands still; a later exchange deletes it. */
const there = (send: string, body: unknown): Exchange => ({
  name: `something to delete (${send.split("?")[0]?.split("/").at(-1)})`,
  provenance: "inferred: other golden exchanges of its type show it in full",
  send,
  body,
  status: 201,
  returns: new Anything(),
  settles: true,
});

export const operations: Golden = {
  about: "long-running operations",
  needs: "workspace",
  changesCloud: true,
  exchanges: [
    there(`PUT ${LOGS}?api-version=2023-09-01`, { location: LOCATION, properties: {} }),
    there(`PUT ${ENDPOINT}?${VERSION}`, { location: LOCATION, properties: { authMode: "Key" } }),
    clock("the clock stands still", { profile: "realistic", speed: 0 }),
    ...followed({
      what: "log workspace",
      namespace: "Microsoft.OperationalInsights",
      statuses: "operationStatuses",
      results: "operationResults",
      send: `DELETE ${LOGS}?api-version=2023-09-01`,
    }),
    ...followed({
      what: "account, by Location only",
      namespace: "Microsoft.Storage",
      statuses: "operationStatuses",
      results: "operationResults",
      send: `PUT ${STORE}?api-version=2024-01-01`,
      body: ACCOUNT_PUT,
      byLocation: true,
      result: store,
    }),
    ...followed({ what: "cluster", ...mlOperations("compute"), send: `DELETE {ws}/computes/cpu?${VERSION}` }),
    ...followed({ what: "endpoint", ...mlOperations("mfe"), send: `DELETE ${ENDPOINT}?${VERSION}` }),
    ...byBody(),
    ...failed(),
    ...followed({ what: "workspace", ...mlOperations("workspace"), send: `DELETE {ws}?${VERSION}` }),
  ],
};

/** No header at all: clients read the resource's own provisioningState. */
function byBody(): Exchange[] {
  const at = `${VAULT}?api-version=2024-11-01`;
  const vault = (provisioningState: string): Json =>
    resource(VAULT, "Microsoft.KeyVault/vaults", {
      location: LOCATION,
      tags: {},
      systemData: SYSTEM_DATA,
      properties: {
        tenantId: TENANT,
        sku: { family: "A", name: "standard" },
        accessPolicies: [],
        enabledForDeployment: false,
        enableSoftDelete: true,
        softDeleteRetentionInDays: 90,
        publicNetworkAccess: "Enabled",
        vaultUri: "https://slow-vault.vault.localhost/",
        provisioningState,
      },
    });
  const provenance = OPERATIONS;
  return [
    {
      name: "it starts (vault, by its own state)",
      provenance,
      send: `PUT ${at}`,
      body: { location: LOCATION, properties: { sku: { family: "A", name: "standard" } } },
      status: 201,
      has: { "retry-after-ms": "<digits>" },
      returns: vault("RegisteringDns"),
    },
    {
      name: "it continues (vault)",
      provenance,
      send: `GET ${at}`,
      status: 200,
      has: { "retry-after-ms": "<digits>" },
      returns: vault("RegisteringDns"),
    },
    clock("an hour passes", { advance: "PT1H" }),
    { name: "it has ended (vault)", provenance, send: `GET ${at}`, status: 200, returns: vault("Succeeded") },
  ];
}

/** A failed operation reports the reason in the document and in the result. */
function failed(): Exchange[] {
  const root = `{sub}/providers/${ML}/locations/local`;
  const why = { code: "OutOfCapacity", message: "no machines are available" };
  const query = "api-version=<text:version>";
  return [
    {
      name: "a fault is set that fails the next operation",
      provenance: "inferred: a fault of the local cloud; no service has it",
      send: "POST /local/faults",
      body: { kind: "fail-operation", path: "*/computes/failing", ...why },
      status: 201,
      returns: new Anything(),
    },
    {
      name: "it starts all the same",
      provenance: OPERATIONS,
      send: `PUT ${FAILING}?${VERSION}`,
      body: {
        properties: {
          computeType: "AmlCompute",
          properties: { vmSize: "Standard_DS3_v2", scaleSettings: { maxNodeCount: 1 } },
        },
      },
      status: 201,
      has: { "azure-asyncoperation": `<base>${root}/computeOperationsStatus/<guid:failing>?${query}` },
      returns: new Anything(),
    },
    clock("an hour passes", { advance: "PT1H" }),
    {
      name: "its state is Failed, with the error",
      provenance: OPERATIONS,
      send: `GET ${root}/computeOperationsStatus/<guid:failing>?${query}`,
      status: 200,
      returns: { ...operation, status: "Failed", endTime: "<time>", percentComplete: 100, error: why },
    },
    {
      name: "its result is the error",
      provenance: OPERATIONS,
      send: `GET ${root}/computeOperationResults/<guid:failing>?${query}`,
      status: 409,
      returns: { error: why },
    },
  ];
}
