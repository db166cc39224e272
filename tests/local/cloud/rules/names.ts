import { NAMES } from "../../../../local/cloud/rules/names";
import { registryBody } from "../../../../operations/contract/registry";
import { SUBSCRIPTION } from "../helpers/testCloud";
import { GROUP, pipelineJob, WORKSPACE } from "../ml/mlCloud";
import {
  clusterBody,
  ENDPOINT,
  endpointBody,
  expectRefusal,
  LOCATION,
  ML,
  modelBody,
  STORAGE,
  storageBody,
  type RuleCase,
  vaultBody,
  VAULTS,
} from "./support";

/** Refused names by rule, each as the path of a PUT. */
const REFUSED: Record<keyof typeof NAMES, { paths: string[]; body: unknown }> = {
  resourceGroup: { paths: [`${SUBSCRIPTION}/resourceGroups/ends.`], body: LOCATION },
  storageAccount: { paths: [`${STORAGE}/No-Dashes`, `${STORAGE}/ab`], body: storageBody },
  blobContainer: { paths: [`${STORAGE}/rulestore/blobServices/default/containers/a--b`], body: {} },
  vault: { paths: [`${VAULTS}/1vault`, `${VAULTS}/a--b`], body: vaultBody },
  logWorkspace: {
    paths: [`${GROUP}/providers/Microsoft.OperationalInsights/workspaces/ab-`],
    body: LOCATION,
  },
  managedIdentity: {
    paths: [`${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/-a`],
    body: LOCATION,
  },
  workspace: { paths: [`${ML}/workspaces/a`], body: LOCATION },
  registry: { paths: [`${ML}/registries/-a`, `${ML}/registries/ab`], body: registryBody("westeurope") },
  compute: { paths: [`${WORKSPACE}/computes/gpu-1`, `${WORKSPACE}/computes/1gpu`], body: clusterBody() },
  datastore: { paths: [`${WORKSPACE}/datastores/with-dash`], body: { properties: {} } },
  asset: { paths: [`${WORKSPACE}/data/-a`, `${WORKSPACE}/data/a/versions/-1`], body: { properties: {} } },
  modelVersion: { paths: [`${WORKSPACE}/models/m/versions/${"1".repeat(31)}`], body: modelBody },
  job: { paths: [`${WORKSPACE}/jobs/a.b`], body: pipelineJob() },
  online: {
    paths: [`${WORKSPACE}/onlineEndpoints/1abc`, `${WORKSPACE}/onlineEndpoints/${"a".repeat(33)}`],
    body: endpointBody({ traffic: {} }),
  },
};

const nameTrials = Object.fromEntries(
  Object.entries(NAMES).map(([key, { facts, rule }]): [string, RuleCase] => [
    facts.statement,
    async (cloud) => {
      const { paths, body } = REFUSED[key as keyof typeof NAMES];
      for (const path of paths) {
        const answer = await cloud.call("PUT", path, body);
        expect(answer.status).toBe(400);
        // The error describes the allowed names.
        expect(answer.body.error.message).toContain(rule);
      }
    },
  ]),
);

export const NAME_CASES: Record<string, RuleCase> = {
  ...nameTrials,
  "an endpoint's name is unique in its region, over all workspaces": async (cloud) => {
    const other = ENDPOINT.replace("workspaces/ws", "workspaces/other");
    const answer = await cloud.call("PUT", other, endpointBody({ traffic: {} }));
    expectRefusal(answer, 400, "BadRequest", /The request is invalid/);
    expect(answer.body.error.details[0].message).toMatch(/There is already an endpoint with this name/);
    const elsewhere = { ...(endpointBody({ traffic: {} }) as object), location: "eastus" };
    expect((await cloud.call("PUT", other, elsewhere)).status).toBe(201);
  },
  "a storage account's name is unique in the whole cloud": async (cloud) => {
    const other = `${SUBSCRIPTION}/resourceGroups/second/providers/Microsoft.Storage/storageAccounts/rulestore`;
    expectRefusal(
      await cloud.call("PUT", other, storageBody),
      409,
      "StorageAccountAlreadyTaken",
      /rulestore/,
    );
  },
  "a registry's name is unique in the tenant": async (cloud) => {
    const registry = (group: string): string =>
      `${SUBSCRIPTION}/resourceGroups/${group}/providers/Microsoft.MachineLearningServices/registries/ruled`;
    await cloud.done("PUT", registry("rg"), registryBody("westeurope"));
    const other = await cloud.call("PUT", registry("second"), registryBody("westeurope"));
    expectRefusal(other, 409, "Conflict", /already in use/);
  },
  "a key vault's name is unique in the whole cloud": async (cloud) => {
    const other = `${SUBSCRIPTION}/resourceGroups/second/providers/Microsoft.KeyVault/vaults/rulevault`;
    expectRefusal(await cloud.call("PUT", other, vaultBody), 409, "VaultAlreadyExists", /rulevault/);
  },
};
