import { GROUP, pipelineJob, WORKSPACE } from "../ml/mlCloud";
import {
  BLUE,
  clusterBody,
  deploymentBody,
  ENDPOINT,
  endpointBody,
  expectRefusal,
  JOB,
  LOCATION,
  ML,
  MODEL,
  modelBody,
  STORAGE,
  storageBody,
  type RuleCase,
  VAULTS,
} from "./support";

const ROLES = `${GROUP}/providers/Microsoft.Authorization/roleAssignments`;
const READER = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7";
const data = (dataUri: string, dataType = "uri_file"): unknown => ({ properties: { dataType, dataUri } });
const PATHS = "azureml://datastores/workspaceblobstore/paths";

export const IMMUTABILITY_CASES: Record<string, RuleCase> = {
  "a data version's uri and type never change": async (cloud) => {
    const version = `${WORKSPACE}/data/fixed/versions/1`;
    expect((await cloud.call("PUT", version, data(`${PATHS}/a`))).status).toBe(201);
    expect((await cloud.call("PUT", version, data(`${PATHS}/a`))).status).toBe(200);
    expectRefusal(
      await cloud.call("PUT", version, data(`${PATHS}/b`)),
      409,
      "UserError",
      /already registered/,
    );
  },
  "all versions of a data asset have one type": async (cloud) => {
    const container = `${WORKSPACE}/data/typed`;
    await cloud.call("PUT", container, { properties: { dataType: "uri_file" } });
    const answer = await cloud.call("PUT", container, { properties: { dataType: "mltable" } });
    expectRefusal(answer, 409, "UserError", /is 'uri_file' and cannot become 'mltable'/);
  },
  "a model version's files and type never change": async (cloud) => {
    expect((await cloud.call("PUT", MODEL, modelBody)).status).toBe(200);
    const moved = { properties: { ...modelBody.properties, modelUri: `${PATHS}/elsewhere` } };
    expectRefusal(await cloud.call("PUT", MODEL, moved), 409, "Conflict", /Register a new version/);
  },
  "the content of a version of an environment, a component or code never changes": async (cloud) => {
    for (const [kind, content, other] of [
      ["environments", { image: "base:1" }, { image: "base:2" }],
      ["components", { componentSpec: { type: "command" } }, { componentSpec: { type: "pipeline" } }],
      ["codes", { codeUri: "https://store/a" }, { codeUri: "https://store/b" }],
    ] as const) {
      const version = `${WORKSPACE}/${kind}/fixed/versions/1`;
      expect((await cloud.call("PUT", version, { properties: content })).status).toBe(201);
      expect(
        (await cloud.call("PUT", version, { properties: { ...content, tags: { a: "b" } } })).status,
      ).toBe(200);
      const refused = await cloud.call("PUT", version, { properties: other });
      expectRefusal(refused, 409, "Conflict", /Register a new version/);
    }
  },
  "a job's name is used once: another job with that name is refused, the same job again is accepted": async (
    cloud,
  ) => {
    expect((await cloud.call("PUT", JOB, pipelineJob())).status).toBe(200);
    const other = await cloud.call("PUT", JOB, pipelineJob({ seed: "1" }));
    expectRefusal(other, 409, "Conflict", /already exists with other content/);
  },
  "a cluster's size, priority and operating system never change": async (cloud) => {
    const cluster = `${WORKSPACE}/computes/steady`;
    await cloud.done("PUT", cluster, clusterBody());
    for (const [size, priority] of [
      ["Standard_NC4as_T4_v3", "Dedicated"],
      ["Standard_NC24ads_A100_v4", "LowPriority"],
    ]) {
      const answer = await cloud.call("PUT", cluster, clusterBody(size, { vmPriority: priority }));
      expectRefusal(answer, 400, "ComputePropertyNotUpdatable", /cannot change from/);
    }
  },
  "a deployment's instance type never changes": async (cloud) => {
    const answer = await cloud.call("PUT", BLUE, deploymentBody("Standard_DS3_v2"));
    expectRefusal(answer, 400, "BadRequest", /'Standard_NC4as_T4_v3' and cannot change to 'Standard_DS3_v2'/);
  },
  "an endpoint's authMode never changes": async (cloud) => {
    const answer = await cloud.call("PUT", ENDPOINT, endpointBody({ authMode: "AADToken" }));
    expectRefusal(answer, 400, "ValidationError", /was "Key"; it cannot change/);
  },
  "a workspace keeps its storage account and its key vault": async (cloud) => {
    const body = (storageAccount: string): unknown => ({
      ...LOCATION,
      identity: { type: "SystemAssigned" },
      properties: { storageAccount, keyVault: `${VAULTS}/rulevault` },
    });
    await cloud.done("PUT", `${ML}/workspaces/kept`, body(`${STORAGE}/rulestore`));
    await cloud.done("PUT", `${STORAGE}/rulestore2`, storageBody);
    const answer = await cloud.call("PUT", `${ML}/workspaces/kept`, body(`${STORAGE}/rulestore2`));
    expectRefusal(answer, 400, "BadRequest", /'properties.storageAccount' of a workspace cannot change/);
  },
  "a storage account keeps its kind; only Storage can become StorageV2": async (cloud) => {
    const old = `${STORAGE}/ruleold`;
    await cloud.done("PUT", old, { ...storageBody, kind: "Storage" });
    expect((await cloud.done("PUT", old, storageBody)).status).toBe(200);
    const answer = await cloud.call("PUT", old, { ...storageBody, kind: "Storage" });
    expectRefusal(answer, 409, "AccountKindNotUpdatable", /is 'StorageV2' and cannot become 'Storage'/);
  },
  "a storage account's hierarchical namespace is set at creation": async (cloud) => {
    const body = { ...storageBody, properties: { isHnsEnabled: true } };
    const answer = await cloud.call("PUT", `${STORAGE}/rulestore`, body);
    expectRefusal(answer, 400, "AccountPropertyCannotBeUpdated", /isHnsEnabled/);
  },
  "a resource's location never changes": async (cloud) => {
    const answer = await cloud.call("PUT", `${STORAGE}/rulestore`, { ...storageBody, location: "East US" });
    expectRefusal(answer, 409, "InvalidResourceLocation", /already exists in location 'westeurope'/);
  },
  "a vault's purge protection cannot be turned off": async (cloud) => {
    const body = (enablePurgeProtection: boolean): unknown => ({
      ...LOCATION,
      properties: { sku: { name: "standard" }, enablePurgeProtection },
    });
    await cloud.done("PUT", `${VAULTS}/guarded`, body(true));
    expectRefusal(
      await cloud.call("PUT", `${VAULTS}/guarded`, body(false)),
      400,
      "BadRequest",
      /irreversible/,
    );
  },
  "a role assignment keeps its principal": async (cloud) => {
    const id = `${ROLES}/00000000-0000-0000-0000-00000000aaaa`;
    const body = (principalId: string): unknown => ({
      properties: { principalId, roleDefinitionId: READER },
    });
    expect((await cloud.call("PUT", id, body("one"))).status).toBe(201);
    expectRefusal(
      await cloud.call("PUT", id, body("two")),
      409,
      "RoleAssignmentUpdateNotPermitted",
      /not allowed/,
    );
  },
};
