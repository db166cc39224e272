import { LOCAL_SUBSCRIPTION_ID, LOCAL_TENANT_ID } from "../../local/cloud/constants";
import type { SweepCloud } from "./cloud";

/** Settings of a stack that uses the workspace of `createAdopted`. */
export const adoptedWorkspace = { mode: "adopt", resourceGroup: "shared", name: "shared-ws" } as const;

const group = `/subscriptions/${LOCAL_SUBSCRIPTION_ID}/resourceGroups/${adoptedWorkspace.resourceGroup}`;
const providers = `${group}/providers`;
const storageAccount = `${providers}/Microsoft.Storage/storageAccounts/sharedstore`;
const keyVault = `${providers}/Microsoft.KeyVault/vaults/shared-vault`;
const location = "westeurope";

/** A workspace that does not belong to the stack, with what it needs. */
const resources: readonly { path: string; version: string; body: object }[] = [
  { path: group, version: "2024-03-01", body: { location } },
  {
    path: storageAccount,
    version: "2024-01-01",
    body: { location, kind: "StorageV2", sku: { name: "Standard_LRS" } },
  },
  {
    path: keyVault,
    version: "2024-11-01",
    body: {
      location,
      properties: {
        tenantId: LOCAL_TENANT_ID,
        sku: { family: "A", name: "standard" },
        enableRbacAuthorization: true,
      },
    },
  },
  {
    path: `${providers}/Microsoft.MachineLearningServices/workspaces/${adoptedWorkspace.name}`,
    version: "2025-12-01",
    body: { location, identity: { type: "SystemAssigned" }, properties: { storageAccount, keyVault } },
  },
];

/** Creates a workspace of somebody else. */
export async function createAdopted({ running }: SweepCloud): Promise<void> {
  const { app, cloud } = running;
  const authorization = `Bearer ${cloud.issueToken("https://management.azure.com")}`;
  for (const { path, version, body } of resources) {
    const url = `${path}?api-version=${version}`;
    const put = await app.inject({ method: "PUT", url, headers: { authorization }, payload: body });
    if (put.statusCode >= 300) throw new Error(`PUT ${path}: ${put.body}`);
    for (;;) {
      const found = await app.inject({ method: "GET", url, headers: { authorization } });
      const { properties } = found.json<{ properties?: { provisioningState?: string } }>();
      if ((properties?.provisioningState ?? "Succeeded") === "Succeeded") break;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}
