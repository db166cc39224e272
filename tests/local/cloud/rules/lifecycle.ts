import type { Core } from "../../../../local/cloud/core";
import { SUBSCRIPTION } from "../helpers/testCloud";
import { registryBody } from "../../../../operations/contract/registry";
import { GROUP, pipelineJob, WORKSPACE } from "../ml/mlCloud";
import { shareModel } from "../ml/registries";
import {
  BLUE,
  clusterBody,
  deploymentBody,
  ENDPOINT,
  endpointBody,
  expectRefusal,
  LOCATION,
  ML,
  STORAGE,
  storageBody,
  type RuleCase,
  vaultBody,
  VAULTS,
  whileInState,
} from "./support";

const DELETED = `${SUBSCRIPTION}/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults`;
const OWNER = "/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

export const TRAFFIC_CASES: Record<string, RuleCase> = {
  "traffic refers only to existing deployments": async (cloud) => {
    for (const key of ["traffic", "mirrorTraffic"]) {
      const answer = await cloud.call("PUT", ENDPOINT, endpointBody({ [key]: { green: 10 } }));
      expectRefusal(answer, 400, "BadRequest", /names the deployment "green".*existing: blue/);
    }
  },
  "traffic is in whole percentages that sum to 0 or 100": async (cloud) => {
    for (const share of [50, 101, -1, 0.5]) {
      const answer = await cloud.call("PUT", ENDPOINT, endpointBody({ traffic: { blue: share } }));
      expectRefusal(answer, 400, "BadRequest", /must sum to 0 or 100|whole number from 0 to 100/);
    }
  },
  "at most 50 percent of the traffic can be mirrored": async (cloud) => {
    const answer = await cloud.call("PUT", ENDPOINT, endpointBody({ mirrorTraffic: { blue: 51 } }));
    expectRefusal(answer, 400, "BadRequest", /at most 50 percent can be mirrored/);
  },
  "traffic is mirrored to one deployment only": async (cloud) => {
    const { resources } = cloud.cloud as Core;
    const blue = resources.get(BLUE);
    if (!blue) throw new Error("the deployment blue does not exist");
    const green = { ...blue, id: BLUE.replace(/blue$/, "green"), name: "green" };
    resources.put(green);
    const answer = await cloud.call(
      "PUT",
      ENDPOINT,
      endpointBody({ mirrorTraffic: { blue: 10, green: 10 } }),
    );
    resources.delete(green.id);
    expectRefusal(answer, 400, "BadRequest", /names blue and green; traffic can be mirrored to one/);
  },
  "a deployment receives live or mirrored traffic, not both": async (cloud) => {
    const answer = await cloud.call("PUT", ENDPOINT, endpointBody({ mirrorTraffic: { blue: 10 } }));
    expectRefusal(answer, 400, "BadRequest", /names blue, which receives live traffic/);
  },
  "a deployment that receives traffic cannot be deleted": async (cloud) => {
    expectRefusal(await cloud.call("DELETE", BLUE), 409, "Conflict", /receives 100 percent/);
    expect((await cloud.call("GET", BLUE)).body.properties.provisioningState).toBe("Succeeded");
  },
};

export const LIFECYCLE_CASES: Record<string, RuleCase> = {
  "a deleted workspace keeps its name for 14 days, until it is purged or recovered": async (cloud) => {
    const id = `${ML}/workspaces/dying`;
    const properties = { storageAccount: `${STORAGE}/rulestore`, keyVault: `${VAULTS}/rulevault` };
    const body = { ...LOCATION, identity: { type: "SystemAssigned" }, properties };
    await cloud.done("PUT", id, body);
    const guid = (await cloud.call("GET", id)).body.properties.workspaceId;
    await cloud.done("DELETE", id);
    expectRefusal(await cloud.call("PUT", id, body), 400, "BadRequest", /Soft-deleted workspace exists/);
    const recover = { ...body, properties: { ...properties, allowRecoverSoftDeletedWorkspace: true } };
    await cloud.done("PUT", id, recover);
    expect((await cloud.call("GET", id)).body.properties.workspaceId).toBe(guid);
    await cloud.done("DELETE", `${id}?forceToPurge=true`);
    await cloud.done("PUT", id, body);
    expect((await cloud.call("GET", id)).body.properties.workspaceId).not.toBe(guid);
  },
  "a deleted vault keeps its name for its retention period, until it is purged or recovered": async (
    cloud,
  ) => {
    const id = `${VAULTS}/dying`;
    await cloud.done("PUT", id, vaultBody);
    await cloud.done("DELETE", id);
    expectRefusal(await cloud.call("PUT", id, vaultBody), 409, "ConflictError", /recover or purge/);
    const recover = { ...vaultBody, properties: { ...vaultBody.properties, createMode: "recover" } };
    expect((await cloud.done("PUT", id, recover)).status).toBe(201);
    await cloud.done("DELETE", id);
    expect((await cloud.call("POST", `${DELETED}/dying/purge`)).status).toBe(200);
    expect((await cloud.done("PUT", id, vaultBody)).status).toBe(201);
  },
  "a recovered vault has the properties from before its deletion, not those of the request": async (
    cloud,
  ) => {
    const id = `${VAULTS}/kept`;
    const body = (more: object) => ({ ...vaultBody, properties: { ...vaultBody.properties, ...more } });
    await cloud.done("PUT", id, body({ enabledForDeployment: true }));
    await cloud.done("DELETE", id);
    await cloud.done("PUT", id, body({ createMode: "recover", enabledForDeployment: false }));
    expect((await cloud.call("GET", id)).body.properties.enabledForDeployment).toBe(true);
  },
  "createMode recover is refused for a name that no deleted and no existing vault has": async (cloud) => {
    const body = { ...vaultBody, properties: { ...vaultBody.properties, createMode: "recover" } };
    const answer = await cloud.call("PUT", `${VAULTS}/never`, body);
    expectRefusal(answer, 400, "SoftDeletedVaultDoesNotExist", /does not exist/);
  },
  "a vault is retained for 7 to 90 days after its deletion, as set at its creation": async (cloud) => {
    const body = (softDeleteRetentionInDays: number): unknown => ({
      ...LOCATION,
      properties: { ...vaultBody.properties, softDeleteRetentionInDays },
    });
    expectRefusal(await cloud.call("PUT", `${VAULTS}/brief`, body(3)), 400, "BadRequest", /from 7 to 90/);
    await cloud.done("PUT", `${VAULTS}/brief`, body(7));
    expectRefusal(
      await cloud.call("PUT", `${VAULTS}/brief`, body(8)),
      400,
      "BadRequest",
      /can't be modified/,
    );
    await cloud.done("DELETE", `${VAULTS}/brief`);
    const { deletionDate, scheduledPurgeDate } = (await cloud.call("GET", `${DELETED}/brief`)).body
      .properties;
    expect(Date.parse(scheduledPurgeDate) - Date.parse(deletionDate)).toBe(7 * 24 * 3600 * 1000);
  },
  "a deleted vault with purge protection cannot be purged": async (cloud) => {
    const body = { ...LOCATION, properties: { ...vaultBody.properties, enablePurgeProtection: true } };
    await cloud.done("PUT", `${VAULTS}/protected`, body);
    await cloud.done("DELETE", `${VAULTS}/protected`);
    const answer = await cloud.call("POST", `${DELETED}/protected/purge`);
    expectRefusal(answer, 409, "MethodNotAllowed", /purge protection/);
  },
  "a cluster (like any resource) can be created again under its name only after its deletion has ended":
    async (cloud) => {
      const cluster = `${WORKSPACE}/computes/again`;
      await cloud.done("PUT", cluster, clusterBody());
      await whileInState(cloud, cluster, "Deleting", async () =>
        expectRefusal(
          await cloud.call("PUT", cluster, clusterBody()),
          409,
          "ResourceDeletionInProgress",
          /again/,
        ),
      );
      await cloud.done("DELETE", cluster);
      const other = await cloud.done("PUT", cluster, clusterBody("Standard_NC4as_T4_v3"));
      expect([other.status, other.body.properties.properties.vmSize]).toEqual([201, "Standard_NC4as_T4_v3"]);
    },
  "no resource can be created in a resource group that is being deleted": async (cloud) => {
    const group = `${SUBSCRIPTION}/resourceGroups/closing`;
    await cloud.call("PUT", group, LOCATION);
    await whileInState(cloud, group, "Deleting", async () => {
      const account = `${group}/providers/Microsoft.Storage/storageAccounts/toolate`;
      expectRefusal(
        await cloud.call("PUT", account, storageBody),
        409,
        "ResourceGroupBeingDeleted",
        /closing/,
      );
      expectRefusal(await cloud.call("PUT", group, LOCATION), 409, "ResourceGroupBeingDeleted", /closing/);
    });
  },
  "an endpoint or deployment allows one operation at a time": async (cloud) => {
    for (const [id, body] of [
      [ENDPOINT, endpointBody()],
      [BLUE, deploymentBody()],
    ] as const) {
      await whileInState(cloud, id, "Updating", async () => {
        const answer = await cloud.call("PUT", id, body);
        expectRefusal(answer, 409, "AnotherOperationInProgress", /Updating/);
        expect(answer.headers["retry-after-ms"]).toBeDefined();
      });
    }
  },
  "a failed endpoint accepts no deployment until it is updated": async (cloud) => {
    await whileInState(cloud, ENDPOINT, "Failed", async () => {
      const answer = await cloud.call("PUT", `${ENDPOINT}/deployments/green`, deploymentBody());
      expectRefusal(answer, 400, "BadRequest", /is Failed/);
    });
  },
  "a job that has not ended cannot be deleted": async (cloud) => {
    let go = (): void => {};
    cloud.trainer.during = () => new Promise<void>((resolve) => (go = resolve));
    await cloud.call("PUT", `${WORKSPACE}/jobs/busy`, pipelineJob());
    expectRefusal(await cloud.call("DELETE", `${WORKSPACE}/jobs/busy`), 409, "Conflict", /Cancel it/);
    while ((await cloud.call("GET", `${WORKSPACE}/jobs/busy`)).body.properties.status !== "Canceled") {
      await cloud.call("POST", `${WORKSPACE}/jobs/busy/cancel`);
      go();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    cloud.trainer.during = () => Promise.resolve();
    expect((await cloud.call("DELETE", `${WORKSPACE}/jobs/busy`)).status).toBe(202);
  },
  "only the output of a completed job can be registered as a model": async (cloud) => {
    cloud.trainer.during = () => Promise.reject(new Error("no luck"));
    await cloud.trained("unlucky");
    cloud.trainer.during = () => Promise.resolve();
    const body = {
      properties: { modelType: "mlflow_model", modelUri: "azureml://jobs/unlucky/outputs/trained_model" },
    };
    const answer = await cloud.call("PUT", `${WORKSPACE}/models/unlucky/versions/1`, body);
    expectRefusal(answer, 400, "UserError", /job unlucky is Failed/);
  },
  "a workspace's default datastore cannot be deleted": async (cloud) => {
    const id = `${WORKSPACE}/datastores/main`;
    const properties = {
      datastoreType: "AzureBlob",
      accountName: "mltests",
      containerName: "c",
      isDefault: true,
    };
    await cloud.call("PUT", id, { properties });
    expectRefusal(await cloud.call("DELETE", id), 400, "UserError", /default/);
  },
  "a role can be assigned to a principal at a scope only once": async (cloud) => {
    const roles = `${GROUP}/providers/Microsoft.Authorization/roleAssignments`;
    const body = { properties: { principalId: "p", roleDefinitionId: OWNER } };
    await cloud.call("PUT", `${roles}/00000000-0000-0000-0000-00000000bbbb`, body);
    const duplicate = await cloud.call("PUT", `${roles}/00000000-0000-0000-0000-00000000cccc`, body);
    expectRefusal(duplicate, 409, "RoleAssignmentExists", /0{28}bbbb/);
  },
  "a deployment's request timeout is at most 180 seconds": async (cloud) => {
    const body = deploymentBody("Standard_NC4as_T4_v3", 1, { requestSettings: { requestTimeout: "PT3M1S" } });
    expectRefusal(await cloud.call("PUT", BLUE, body), 400, "ValidationError", /at most PT3M/);
  },
  "a deployment allows twice its concurrent requests as pending and answers a further one with 429": async (
    cloud,
  ) => {
    const { scoringUri } = (await cloud.call("GET", ENDPOINT)).body.properties;
    const { primaryKey } = (await cloud.call("POST", `${ENDPOINT}/listKeys`)).body;
    let release = (): void => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    cloud.trainer.reply = (answer) => released.then(() => answer);
    const body = { input_data: { input_string: [{ role: "user", content: "?" }] } };
    const ask = () => cloud.call("POST", scoringUri, body, { authorization: `Bearer ${primaryKey}` });
    const answers = [ask(), ask(), ask()];
    expect((await Promise.race(answers)).status).toBe(429);
    release();
    cloud.trainer.reply = (answer) => Promise.resolve(answer);
    expect((await Promise.all(answers)).map(({ status }) => status).sort()).toEqual([200, 200, 429]);
  },
  "a resource has at most 50 tags, with names of up to 512 and values of up to 256 characters": async (
    cloud,
  ) => {
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`t${index}`, ""]));
    const put = (tags: unknown) => cloud.call("PUT", `${STORAGE}/rulestore`, { ...storageBody, tags });
    expectRefusal(await put(many), 400, "InvalidTagCount", /at most 50/);
    expectRefusal(await put({ long: "x".repeat(257) }), 400, "InvalidTagValue", /up to 256/);
    expectRefusal(await put({ ["x".repeat(513)]: "" }), 400, "InvalidTagValue", /up to 512/);
  },
  "a registry's model can be deployed in workspaces whose region is one of the registry's regions": async (
    cloud,
  ) => {
    await cloud.done("PUT", `${ML}/registries/faraway`, registryBody("japaneast"));
    await shareModel(cloud, { registry: "faraway", name: "ruled", version: "1" });
    const model = "azureml://registries/faraway/models/ruled/versions/1";
    const answer = await cloud.call("PUT", BLUE, deploymentBody("Standard_NC4as_T4_v3", 1, { model }));
    expectRefusal(answer, 400, "BadRequest", /not available in westeurope; its regions are japaneast/);
  },
};
