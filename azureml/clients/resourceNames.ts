import { Resolver } from "node:dns/promises";
import { randomBytes } from "node:crypto";
import { apiVersions, armGet, armList, armPost, type ArmResource } from "./arm";
import type { AzureSession } from "./session";
import type { WorkspaceRef } from "./workspaces";

/**
 * Types whose names are unique in the whole cloud, with the operation that tells whether a name is free. It only reads.
 * Source: Azure/azure-rest-api-specs, StorageAccounts_CheckNameAvailability (storage, stable/2023-05-01) and
 * Vaults_CheckNameAvailability (keyvault, stable/2023-07-01).
 */
const GLOBAL_NAMES = {
  storageAccount: {
    provider: "Microsoft.Storage",
    type: "Microsoft.Storage/storageAccounts",
    apiVersion: apiVersions.storage,
  },
  keyVault: {
    provider: "Microsoft.KeyVault",
    type: "Microsoft.KeyVault/vaults",
    apiVersion: "2023-07-01",
  },
} as const;

export type GlobalNameKind = keyof typeof GLOBAL_NAMES;

/** Lists of resources are an operation of Azure Resource Manager itself. */
const RESOURCES_VERSION = "2021-04-01";

/** Whether a name can be used for a new resource, and if not, who has it. */
export type NameUse =
  | { state: "free" }
  /** The resource exists where the stack would create it. */
  | { state: "own" }
  | {
      state: "taken";
      /** The service's words. */
      message: string;
      /** The resource, if it is in the same subscription and may be read. */
      owner?: { id: string; tags: Record<string, string> };
    };

/** Who has a globally unique name. `ref` tells where the stack would create the resource. */
export async function globalNameUse(
  session: AzureSession,
  kind: GlobalNameKind,
  ref: Pick<WorkspaceRef, "subscriptionId" | "resourceGroupName">,
  name: string,
): Promise<NameUse> {
  const { provider, type, apiVersion } = GLOBAL_NAMES[kind];
  const what = `name "${name}" of a ${kind === "keyVault" ? "key vault" : "storage account"}`;
  const subscription = `/subscriptions/${ref.subscriptionId}`;
  const id = `${subscription}/resourceGroups/${ref.resourceGroupName}/providers/${type}/${name}`;
  if (await armGet(session, { path: id, apiVersion, what })) return { state: "own" };
  const answer = (await armPost(
    session,
    { path: `${subscription}/providers/${provider}/checkNameAvailability`, apiVersion, what },
    { name, type },
  )) as { nameAvailable?: unknown; message?: unknown } | undefined;
  if (answer?.nameAvailable !== false) return { state: "free" };
  const message = typeof answer.message === "string" ? answer.message : "The name is not available.";
  const found = await listResources(session, ref.subscriptionId, type).catch(() => []);
  const owner = found.find((resource) => resource.name.toLowerCase() === name.toLowerCase());
  return { state: "taken", message, ...(owner && { owner: { id: owner.id, tags: owner.tags ?? {} } }) };
}

/** Online endpoints of a name in the subscription, with their region. */
export async function endpointsNamed(
  session: AzureSession,
  subscriptionId: string,
  name: string,
): Promise<Array<{ id: string; location: string; tags: Record<string, string> }>> {
  const type = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints";
  return (await listResources(session, subscriptionId, type))
    .filter(({ id }) => id.split("/").at(-1)?.toLowerCase() === name.toLowerCase())
    .map(({ id, location = "", tags = {} }) => ({ id, location, tags }));
}

async function listResources(
  session: AzureSession,
  subscriptionId: string,
  type: string,
): Promise<ArmResource[]> {
  const found = await armList(session, {
    path: `/subscriptions/${subscriptionId}/resources`,
    apiVersion: RESOURCES_VERSION,
    query: { $filter: `resourceType eq '${type}'` },
    what: `resources of type ${type}`,
  });
  return found as ArmResource[];
}

/**
 * Domains of the scoring addresses, by the cloud's name. `inference.ml.azure.com` is in the scoring URI of every public
 * example (`https://<endpoint>.<region>.inference.ml.azure.com/score`); the other two are inferred from the host of
 * Azure ML studio. A cloud that is not listed is not asked.
 */
const SCORING_DOMAINS: Readonly<Record<string, string>> = {
  AzureCloud: "inference.ml.azure.com",
  AzureUSGovernment: "inference.ml.azure.us",
  AzureChinaCloud: "inference.ml.azure.cn",
};

/** Resolves a host name to addresses; rejects if there are none. */
type Resolve = (host: string) => Promise<unknown>;

const DNS_TIMEOUT_MS = 2_000;

/**
 * Whether the scoring address of an endpoint exists in DNS, which suggests that somebody else has the name: endpoint
 * names are unique in a region, over all subscriptions, and Azure documents no operation that tells whether one is free.
 * Inferred; a name with private network access only is not found. `undefined` if nothing can be concluded: unknown
 * cloud, no DNS, or a resolver that answers for every name.
 */
export async function scoringHostExists(
  session: AzureSession,
  endpoint: string,
  location: string,
  resolve: Resolve = resolver(),
): Promise<boolean | undefined> {
  const domain = SCORING_DOMAINS[session.cloud.name];
  if (!domain) return undefined;
  const exists = async (name: string): Promise<boolean | undefined> => {
    try {
      await resolve(`${name}.${location}.${domain}`);
      return true;
    } catch (error) {
      return (error as { code?: unknown }).code === "ENOTFOUND" ? false : undefined;
    }
  };
  const nobodys = `x${randomBytes(12).toString("hex")}`;
  const [found, control] = await Promise.all([exists(endpoint), exists(nobodys)]);
  return control === false ? found : undefined;
}

function resolver(): Resolve {
  const dns = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 1 });
  return (host) => dns.resolve4(host);
}
