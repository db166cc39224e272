/** The roles that the bootstrap assigns contain every action of the program, by Microsoft's definitions of both. */
import { readdirSync, readFileSync } from "node:fs";
import { deployerGrants, type Grant, previewGrants } from "../../../operations/bootstrap/grants";
import { nativeTypes } from "../../../operations/recovery/nativeIds";

interface Role {
  actions: string[];
  notActions?: string[];
}

/**
 * Actions of control planes. MicrosoftDocs/azure-docs, articles/role-based-access-control/built-in-roles: privileged.md (2025-01-25),
 * general.md, ai-machine-learning.md, storage.md. Roles of Key Vault and of blobs contain data actions only, or reads of containers.
 */
const roles: Record<string, Role> = {
  Contributor: {
    actions: ["*"],
    notActions: [
      ...["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"],
      "Microsoft.Authorization/elevateAccess/Action",
      ...[
        "Microsoft.Blueprint/blueprintAssignments/write",
        "Microsoft.Blueprint/blueprintAssignments/delete",
      ],
      ...["Microsoft.Compute/galleries/share/action", "Microsoft.Purview/consents/write"],
      ...["Microsoft.Purview/consents/delete", "Microsoft.Subscription/cancel/action"],
      ...["Microsoft.Resources/deploymentStacks/manageDenySetting/action"],
      "Microsoft.Subscription/enable/action",
    ],
  },
  "Role Based Access Control Administrator": {
    actions: [
      ...["Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleAssignments/delete"],
      ...["*/read", "Microsoft.Support/*"],
    ],
  },
  Reader: { actions: ["*/read"] },
  "AzureML Data Scientist": {
    actions: ["read", "action", "delete", "write"].map(
      (verb) => `Microsoft.MachineLearningServices/workspaces/*/${verb}`,
    ),
    notActions: [
      ...["delete", "write", "computes/*/write", "computes/*/delete", "computes/listKeys/action"],
      ...["listKeys/action", "hubs/write", "hubs/delete", "featurestores/write", "featurestores/delete"],
    ].map((name) => `Microsoft.MachineLearningServices/workspaces/${name}`),
  },
  "AzureML Registry User": {
    actions: [
      "Microsoft.MachineLearningServices/registries/read",
      "Microsoft.MachineLearningServices/registries/assets/*",
    ],
  },
  "Storage Blob Data Contributor": { actions: [] },
  "Storage Blob Data Reader": { actions: [] },
  "Key Vault Crypto User": { actions: [] },
};

/** `*` in an action matches any text, also slashes (Microsoft Learn, role-definitions: "Actions format"). No case. */
const matches = (pattern: string, action: string): boolean =>
  new RegExp(`^${pattern.replace(/[.]/g, "\\.").replaceAll("*", ".*")}$`, "i").test(action);

/** NotActions of one role do not take away what another role gives (role-definitions: "NotActions"). */
const allows = (grants: readonly Grant[], action: string): boolean =>
  grants.some(({ role }) => {
    const { actions, notActions = [] } = roles[role] ?? { actions: [] };
    const has = (patterns: readonly string[]): boolean => patterns.some((one) => matches(one, action));
    return has(actions) && !has(notActions);
  });

/** `Microsoft.Storage/storageAccounts` for a path with these segments and names between them. */
function typeOf(path: string): string {
  const last = path.slice(path.lastIndexOf("/providers/") + 1).split("/");
  if (last[0] !== "providers") return "Microsoft.Resources/subscriptions/resourceGroups";
  return [last[1], ...last.slice(2).filter((_segment, index) => index % 2 === 0)].join("/");
}

const ml = "Microsoft.MachineLearningServices";
const workspace = `${ml}/workspaces`;

/**
 * Actions of the program's own requests that are no reads, by the file that sends them. Names: MicrosoftDocs/azure-docs,
 * articles/role-based-access-control/permissions. Inferred: those of registry assets, which Azure names by asset and not by path.
 */
const requests: Record<string, string[]> = {
  "deploymentLogs.ts": [`${workspace}/onlineEndpoints/deployments/getLogs/action`],
  "history.ts": [`${workspace}/experiments/runs/write`],
  "jobs.ts": [`${workspace}/jobs/write`, `${workspace}/jobs/cancel/action`, `${workspace}/jobs/delete`],
  "onlineEndpoints.ts": [
    ...["write", "listKeys/action", "token/action"].map((verb) => `${workspace}/onlineEndpoints/${verb}`),
  ],
  "registryContent.ts": [`${ml}/registries/assets/read`],
  "registryModels.ts": [`${ml}/registries/assets/write`],
  "resourceNames.ts": [
    ...["Microsoft.Storage/checknameavailability/read", "Microsoft.KeyVault/checkNameAvailability/read"],
  ],
  "scoring.ts": [`${workspace}/onlineEndpoints/score/action`],
  "softDelete.ts": ["Microsoft.KeyVault/locations/deletedVaults/purge/action", `${workspace}/delete`],
  "workspaces.ts": [`${workspace}/datastores/listsecrets/action`],
};

/** What a preview and the comparison with Azure send: reads, names, a registry's files, and the key of a data store for its blobs. */
const previewRequests = ["registryContent.ts", "resourceNames.ts", "workspaces.ts"];

const reads = [
  ...Object.values(nativeTypes).map(({ path }) => `${typeOf(path)}/read`),
  ...["Microsoft.Resources/subscriptions/read", "Microsoft.Resources/subscriptions/resources/read"],
  ...["jobs", "experiments/runs", "datastores", "models/versions", "data/versions"].map(
    (name) => `${workspace}/${name}/read`,
  ),
  ...[`${ml}/locations/usages/read`, `${ml}/locations/vmSizes/read`, "Microsoft.Insights/metrics/read"],
  ...["Microsoft.KeyVault/deletedVaults/read", "Microsoft.Authorization/roleAssignments/read"],
];

/** Checked on the resource that another one refers to ("linked access", in the error LinkedAuthorizationFailed). */
const linked = [
  "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
  "Microsoft.Network/virtualNetworks/subnets/join/action",
  "Microsoft.Network/privateDnsZones/join/action",
];

const writes = Object.values(nativeTypes).flatMap(({ path }) =>
  ["write", "delete"].map((verb) => `${typeOf(path)}/${verb}`),
);

it("knows each file of the program's clients that sends something else than reads", () => {
  const folder = "azureml/clients";
  const sends = /(?<!function )\b(armPut|armPost|armDelete)\(|method: "(PUT|POST|PATCH|DELETE)"/;
  const found = readdirSync(folder).filter(
    (name) => name !== "arm.ts" && sends.test(readFileSync(`${folder}/${name}`, "utf8")),
  );
  expect(found.sort()).toEqual(Object.keys(requests).sort());
});

it.each([
  ["/{scope}/providers/Microsoft.Consumption/budgets/{budgetName}", "Microsoft.Consumption/budgets"],
  ["/subscriptions/{s}/resourceGroups/{g}", "Microsoft.Resources/subscriptions/resourceGroups"],
  ["/subscriptions/{s}/resourceGroups/{g}/providers/A.B/cs/{c}/ds/{d}", "A.B/cs/ds"],
])("reads the type of %s", (path, type) => expect(typeOf(path)).toBe(type));

describe("the identity that updates a stack", () => {
  it.each([...reads, ...writes, ...linked, ...Object.values(requests).flat()])("may do %s", (action) =>
    expect(allows(deployerGrants(true), action)).toBe(true),
  );

  it("needs each of its roles of the deployment", () => {
    for (const left of ["Contributor", "Role Based Access Control Administrator"]) {
      const others = deployerGrants(true).filter(({ role }) => role !== left);
      expect(writes.every((action) => allows(others, action))).toBe(false);
    }
  });
});

describe("the identity that previews a stack", () => {
  it.each([...reads, ...previewRequests.flatMap((file) => requests[file] ?? [])])("may do %s", (action) =>
    expect(allows(previewGrants(true), action)).toBe(true),
  );

  it("cannot change the workspace, nor a resource outside it", () => {
    const outside = writes.filter(
      (action) => !action.startsWith(`${workspace}/`) || action.split("/").length === 3,
    );
    expect(outside).toContain(`${workspace}/write`);
    expect(outside.filter((action) => allows(previewGrants(true), action))).toEqual([]);
  });

  it("needs the key of the data store, which no role of Azure gives without rights on jobs and endpoints", () => {
    const reader = previewGrants(true).filter(({ role }) => role !== "AzureML Data Scientist");
    expect(allows(reader, `${workspace}/datastores/listsecrets/action`)).toBe(false);
    expect(allows(previewGrants(true), `${workspace}/jobs/write`)).toBe(true);
  });
});
