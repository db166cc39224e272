/** Azure Machine Learning workspaces: dependencies, properties that the service sets, soft delete. */
import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { invalid, type Json, objectAt, page, textAt } from "../arm/body";
import { resolveIdentity } from "../arm/identity";
import { grantRole } from "../arm/roles";
import { registerArmType } from "../arm/type";
import type { ArmTypeSpec, PutContext } from "../arm/typeSpec";
import type { ArmResource } from "../cloud";
import { LOCAL_TENANT_ID } from "../constants";
import type { Core } from "../core";
import { workspaceIdentityRoles } from "../rules/identities";
import { workspaceDependenciesFixed } from "../rules/immutability";
import { RETENTION_DAYS, retentionEnd, workspaceNameKeptAfterDelete } from "../rules/lifecycle";
import { NAMES } from "../rules/names";
import { DIAGNOSE } from "../strict/bodies";
import { accepts, PAGING } from "../strict/declaration";
import { defaultDatastores } from "./datastores";
import { resourceOf } from "./request";
import { ML, WORKSPACE_ROUTE } from "./workspace";

const WORKSPACE_TYPE = `${ML}/workspaces`;
const SERVICES = accepts("addresses of a workspace's services", { access: "public" });
const STORAGE_KEY = accepts("storage key of a workspace");
const CHECK = accepts("diagnose a workspace", { body: DIAGNOSE });
const COLLECTION = "deletedWorkspaces";

const BLOB_DATA_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";

interface DeletedWorkspace {
  workspace: ArmResource;
  deletedAt: string;
}

const DEPENDENCIES = [
  { key: "storageAccount", type: "Microsoft.Storage/storageAccounts", required: true },
  { key: "keyVault", type: "Microsoft.KeyVault/vaults", required: true },
  { key: "applicationInsights", type: "Microsoft.Insights/components", required: false },
  { key: "containerRegistry", type: "Microsoft.ContainerRegistry/registries", required: false },
] as const;

function checkDependencies(core: Core, properties: Json, existing: ArmResource | undefined): void {
  for (const { key, type, required } of DEPENDENCIES) {
    const target = `properties.${key}`;
    const id = textAt(properties, key, target);
    if (!id) {
      if (!required) continue;
      throw invalid(
        "ValidationError",
        `Missing dependent resources in workspace json: '${target}' must be the id of a ${type}.`,
        target,
      );
    }
    const found = core.resources.get(id);
    if (found?.type.toLowerCase() !== type.toLowerCase()) {
      throw invalid(
        "ValidationError",
        `'${target}' must be the id of a ${type} that exists; got '${id}'.`,
        target,
      );
    }
    if (required) workspaceDependenciesFixed(target, existing?.properties[key], id);
  }
}

function keyOf(id: string): string {
  return id.toLowerCase();
}

/** A deleted workspace, until its retention ends. */
function deletedWorkspace(core: Core, id: string): DeletedWorkspace | undefined {
  const deleted = core.store.get<DeletedWorkspace>(COLLECTION, keyOf(id));
  if (!deleted || core.clock.now() <= retentionEnd(new Date(deleted.deletedAt), RETENTION_DAYS.workspace))
    return deleted;
  core.store.delete(COLLECTION, keyOf(id));
  return undefined;
}

function recover({ cloud, id, existing }: PutContext<Core>, requested: Json): ArmResource | undefined {
  const deleted = existing ? undefined : deletedWorkspace(cloud, id);
  if (!deleted) return undefined;
  if (requested["allowRecoverSoftDeletedWorkspace"] === true) {
    cloud.store.delete(COLLECTION, keyOf(id));
    return deleted.workspace;
  }
  workspaceNameKeptAfterDelete(true);
  return undefined;
}

function buildWorkspace(context: PutContext<Core>): Partial<ArmResource> {
  const { cloud, body, existing } = context;
  const requested = objectAt(body, "properties") ?? {};
  const recovered = recover(context, requested);
  const before = existing?.properties ?? recovered?.properties ?? {};
  const effective: Json = { ...requested };
  for (const { key } of DEPENDENCIES) effective[key] ??= before[key];
  checkDependencies(cloud, effective, existing);
  const identity = objectAt(body, "identity") ?? existing?.identity;
  if (!identity) {
    throw invalid(
      "ValidationError",
      "The property 'identity' is required: a workspace has a SystemAssigned or UserAssigned identity.",
      "identity",
    );
  }
  checkIdentity(cloud, identity, effective);
  const properties: Json = {
    friendlyName: context.name,
    description: "",
    hbiWorkspace: false,
    allowPublicAccessWhenBehindVnet: false,
    publicNetworkAccess: "Enabled",
    v1LegacyMode: false,
    enableDataIsolation: false,
    systemDatastoresAuthMode: "accesskey",
    ...effective,
    workspaceId: before["workspaceId"] ?? randomUUID(),
    tenantId: LOCAL_TENANT_ID,
    storageHnsEnabled: false,
    privateLinkCount: 0,
    privateEndpointConnections: [],
    creationTime: before["creationTime"] ?? cloud.clock.now().toISOString(),
    provisioningState: "Creating",
  };
  delete properties["allowRecoverSoftDeletedWorkspace"];
  return {
    kind: textAt(body, "kind") ?? existing?.kind ?? "Default",
    sku: objectAt(body, "sku") ?? existing?.sku ?? { name: "Basic", tier: "Basic" },
    properties,
  };
}

/** A user-assigned identity alone must be named as the primary one, and have its roles. */
function checkIdentity(core: Core, requested: Json, properties: Json): void {
  const identity = resolveIdentity(core, requested, undefined);
  const assigned = Object.keys((identity?.["userAssignedIdentities"] ?? {}) as Json);
  const primary = textAt(properties, "primaryUserAssignedIdentity", "properties.primaryUserAssignedIdentity");
  if (primary && !assigned.some((id) => id.toLowerCase() === primary.toLowerCase()))
    throw invalid(
      "ValidationError",
      "'properties.primaryUserAssignedIdentity' must be one of identity.userAssignedIdentities.",
      "properties.primaryUserAssignedIdentity",
    );
  workspaceIdentityRoles(core, { identity, properties });
}

function accountOf(workspace: ArmResource): string {
  return String(workspace.properties["storageAccount"]).split("/").at(-1) ?? "";
}

/** Existing containers, datastores and role assignments stay unchanged. */
async function provision(core: Core, workspace: ArmResource): Promise<void> {
  const account = accountOf(workspace);
  const principalId = textAt(workspace.identity ?? {}, "principalId");
  // As on the service, a repeated assignment of the role is refused with RoleAssignmentExists.
  if (principalId) {
    grantRole(core, String(workspace.properties["storageAccount"]), principalId, BLOB_DATA_CONTRIBUTOR);
  }
  await core.azurite.addAccount(account);
  for (const datastore of defaultDatastores(core, workspace, account)) {
    const container = datastore.properties["containerName"];
    if (typeof container === "string") await core.blobs.ensureContainer(account, container);
    if (!core.resources.get(workspace.id)) return;
    if (!core.resources.get(datastore.id)) core.resources.put(datastore);
  }
}

/** Adds addresses, which contain the cloud's current port. */
function presentWorkspace(core: Core, resource: ArmResource): ArmResource {
  const host = core.baseUrl.replace("https://", "");
  const { workspaceId } = resource.properties;
  return {
    ...resource,
    properties: {
      ...resource.properties,
      discoveryUrl: `${core.baseUrl}/discovery/workspaces/${String(workspaceId)}`,
      mlFlowTrackingUri: `azureml://${host}/mlflow/v1.0${resource.id}`,
      notebookInfo: {
        resourceId: String(workspaceId).replaceAll("-", ""),
        fqdn: `ml-${resource.name.toLowerCase()}.notebooks.localhost`,
        isPrivateLinkEnabled: false,
        notebookPreparationError: null,
      },
    },
  };
}

const workspaceSpec: ArmTypeSpec<Core> = {
  type: WORKSPACE_TYPE,
  path: WORKSPACE_ROUTE,
  alsoListedAt: [`/subscriptions/:subscription/providers/${WORKSPACE_TYPE}`],
  nameRule: NAMES.workspace,
  tracked: true,
  topLevel: ["identity"],
  build: buildWorkspace,
  // 200 and 202 are the only answers that Microsoft's clients accept: armmachinelearning v4.0.0 (Go, Workspaces.BeginCreateOrUpdate),
  // azure-mgmt-machinelearningservices 2.0.0b2 (Python). The 202 has no body in Workspace/create.json of stable/2025-06-01.
  createdStatus: 202,
  putWork: {
    latency: "workspace.create",
    run: (core, workspace) => core.clock.during(() => provision(core, workspace)),
  },
  deleteWork: { latency: "workspace.delete" },
  deleteAbsent: (core, id, query) => {
    if (query["forceToPurge"] === "true") core.store.delete(COLLECTION, keyOf(id));
  },
  present: presentWorkspace,
};

export function registerWorkspaces(app: FastifyInstance, core: Core): void {
  registerArmType(app, core, workspaceSpec);
  core.resources.onRemove(WORKSPACE_TYPE, (workspace) => {
    if (workspace.hidden?.["forceToPurge"] === true) return;
    const deleted: DeletedWorkspace = { workspace, deletedAt: core.clock.now().toISOString() };
    core.store.put(COLLECTION, keyOf(workspace.id), deleted);
  });
  registerKeys(app, core);
  registerDeletedWorkspaces(app, core);
  // The SDKs fetch this without a token. `api` is the address of run history.
  app.get("/discovery/workspaces/:workspaceId", SERVICES, () => ({
    api: core.baseUrl,
    history: core.baseUrl,
    experimentation: core.baseUrl,
    modelmanagement: core.baseUrl,
    mlflow: core.baseUrl,
    catalog: core.baseUrl,
    studio: core.baseUrl,
  }));
}

/** Not documented; public scripts read it (operations/contract/facts/lifecycle.ts, deleted-workspaces-listed). */
function registerDeletedWorkspaces(app: FastifyInstance, core: Core): void {
  app.get<{ Params: { subscriptionId: string } }>(
    `/subscriptions/:subscriptionId/providers/${ML}/deletedWorkspaces`,
    accepts("soft-deleted workspaces", { query: PAGING }),
    (request) => {
      const root = `/subscriptions/${request.params.subscriptionId}/`.toLowerCase();
      const found = core.store.list<DeletedWorkspace>(COLLECTION).flatMap(([id]) => {
        const deleted = id.startsWith(root) ? deletedWorkspace(core, id) : undefined;
        if (!deleted) return [];
        const { workspace, deletedAt } = deleted;
        const { name, location, kind } = workspace;
        const type = `${ML}/deletedWorkspaces`;
        return [{ id: workspace.id, name, type, location, kind, properties: { deletedAt } }];
      });
      return page(found, request, core.baseUrl);
    },
  );
}

function registerKeys(app: FastifyInstance, core: Core): void {
  const find = (request: FastifyRequest): ArmResource => resourceOf(core, WORKSPACE_ROUTE, request);
  app.post(`${WORKSPACE_ROUTE}/listKeys`, accepts("keys of a workspace"), (request) => {
    const workspace = find(request);
    const insights = core.resources.get(String(workspace.properties["applicationInsights"] ?? ""));
    return {
      userStorageKey: core.azurite.keysOf(accountOf(workspace))?.key1 ?? null,
      userStorageArmId: workspace.properties["storageAccount"],
      userStorageResourceId: workspace.properties["storageAccount"],
      appInsightsInstrumentationKey: insights?.properties["InstrumentationKey"] ?? null,
      containerRegistryCredentials: null,
      notebookAccessKeys: null,
    };
  });
  app.post(`${WORKSPACE_ROUTE}/listStorageAccountKeys`, STORAGE_KEY, (request) => ({
    userStorageKey: core.azurite.keysOf(accountOf(find(request)))?.key1 ?? null,
  }));
  app.post(`${WORKSPACE_ROUTE}/resyncKeys`, accepts("synchronize keys"), (request, reply) => {
    find(request);
    return reply.code(200).send();
  });
  app.post(`${WORKSPACE_ROUTE}/diagnose`, CHECK, (request) => ({
    value: diagnose(core, find(request)),
  }));
}

/** Reports dependencies that do not exist. An empty list means no problem. */
function diagnose(core: Core, workspace: ArmResource): Json {
  const missing = (key: string): Json[] => {
    const id = workspace.properties[key];
    if (typeof id !== "string" || core.resources.get(id)) return [];
    const message = `The resource '${id}', which the workspace refers to as its ${key}, does not exist.`;
    return [{ code: "ResourceNotFound", level: "Error", message }];
  };
  return {
    userDefinedRouteResults: [],
    networkSecurityRuleResults: [],
    resourceLockResults: [],
    dnsResolutionResults: [],
    storageAccountResults: missing("storageAccount"),
    keyVaultResults: missing("keyVault"),
    containerRegistryResults: [],
    applicationInsightsResults: missing("applicationInsights"),
    otherResults: [],
  };
}
