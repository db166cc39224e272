import { SUBSCRIPTION } from "../helpers/testCloud";
import { GROUP, type MlCloud, pipelineJob, WORKSPACE } from "../ml/mlCloud";
import {
  clusterBody,
  deploymentBody,
  endpointBody,
  expectRefusal,
  LOCATION,
  ML,
  type RuleCase,
  STORAGE,
  VAULTS,
} from "./support";
import type { Core } from "../../../../local/cloud/core";

const IDENTITIES = `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities`;
const ROLES = {
  Contributor: "b24988ac-6180-42a0-ab88-20f7382dd24c",
  "Storage Blob Data Contributor": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
  "Storage Blob Data Reader": "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
};

/** Creates a user-assigned identity and returns what a resource with it sends, and its principal. */
async function identityNamed(cloud: MlCloud, name: string) {
  const { body } = await cloud.call("PUT", `${IDENTITIES}/${name}`, LOCATION);
  const identity = { type: "UserAssigned", userAssignedIdentities: { [`${IDENTITIES}/${name}`]: {} } };
  return { identity, principalId: body.properties.principalId as string };
}

async function assign(cloud: MlCloud, scope: string, principalId: string, role: keyof typeof ROLES) {
  const roleDefinitionId = `${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/${ROLES[role]}`;
  const name = crypto.randomUUID();
  const body = { properties: { principalId, roleDefinitionId } };
  const answer = await cloud.call(
    "PUT",
    `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`,
    body,
  );
  expect(answer.status).toBe(201);
}

/** Gives the workspace a storage account, and returns its id. */
function storageOf(cloud: MlCloud): string {
  const { resources } = cloud.cloud as Core;
  const workspace = resources.get(WORKSPACE);
  const storageAccount = `${STORAGE}/rulestore`;
  if (workspace) resources.put({ ...workspace, properties: { ...workspace.properties, storageAccount } });
  return storageAccount;
}

export const IDENTITY_CASES: Record<string, RuleCase> = {
  "a workspace with a user-assigned identity needs the role Contributor of that identity on its storage account and key vault":
    async (cloud) => {
      const { identity, principalId } = await identityNamed(cloud, "of-workspace");
      const [storageAccount, keyVault] = [`${STORAGE}/rulestore`, `${VAULTS}/rulevault`];
      const body = { ...LOCATION, identity, properties: { storageAccount, keyVault } };
      const put = () => cloud.call("PUT", `${ML}/workspaces/identified`, body);
      expectRefusal(await put(), 403, "AuthorizationFailed", /no role Contributor at scope '.*rulestore'/);
      await assign(cloud, storageAccount, principalId, "Contributor");
      expectRefusal(await put(), 403, "AuthorizationFailed", /rulevault/);
      await assign(cloud, keyVault, principalId, "Contributor");
      expect((await put()).status).toBe(202);
    },
  "a deployment behind a user-assigned identity needs its roles Storage Blob Data Reader on the workspace's storage account and AcrPull on its container registry":
    async (cloud) => {
      const { identity, principalId } = await identityNamed(cloud, "of-endpoint");
      const endpoint = `${WORKSPACE}/onlineEndpoints/identified`;
      await cloud.done("PUT", endpoint, { ...(endpointBody({ traffic: {} }) as object), identity });
      const storage = storageOf(cloud);
      const put = () => cloud.call("PUT", `${endpoint}/deployments/blue`, deploymentBody());
      expectRefusal(await put(), 403, "AuthorizationFailed", /Storage Blob Data Reader/);
      await assign(cloud, storage, principalId, "Storage Blob Data Reader");
      expect((await put()).status).toBe(201);
    },
  "a job that reads a datastore without credentials uses the cluster's identity, which needs the role Storage Blob Data Contributor for its output":
    async (cloud) => {
      const { resources } = cloud.cloud as Core;
      const store = resources.get(`${WORKSPACE}/datastores/workspaceblobstore`);
      if (!store) throw new Error("the default datastore does not exist");
      const { identity, principalId } = await identityNamed(cloud, "of-cluster");
      const cluster = { ...(clusterBody("Standard_NC4as_T4_v3") as object), identity };
      await cloud.done("PUT", `${WORKSPACE}/computes/identified`, cluster);
      const storage = storageOf(cloud);
      const put = () =>
        cloud.call("PUT", `${WORKSPACE}/jobs/identified`, pipelineJob({ compute_finetune: "identified" }));
      resources.put({
        ...store,
        properties: { ...store.properties, credentials: { credentialsType: "None" } },
      });
      try {
        expectRefusal(await put(), 400, "UserError", /"identified" has no identity with the role/);
        await assign(cloud, storage, principalId, "Storage Blob Data Contributor");
        const { details = [] } = (await put()).body.error ?? {};
        expect(JSON.stringify(details)).not.toMatch(/"identified" has no identity/);
      } finally {
        resources.put(store);
      }
    },
};
