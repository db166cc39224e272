import type { Azure } from "../azure";
import type { IMMUTABILITY_FACTS } from "../facts/immutability";
import {
  clusterBody,
  deploymentBody,
  endpointBody,
  fixturePaths,
  storageBody,
  workspaceBody,
} from "../fixtures";
import { textAt } from "../json";
import { jobBody } from "../pipelineJob";
import { sizes } from "../prices";
import type { Probe } from "../probe";
import { NotSettled } from "../verdict";

const paths = "azureml://datastores/workspaceblobstore/paths";
const reader = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const conflict = { status: [400, 409] } as const;

/** Name of a role assignment of this run: a GUID. */
const assignmentOf = ({ paths: { otherWorkspace }, target }: Azure, last: string): string =>
  `${otherWorkspace}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8${last}00-000000${target.runId}`;

/** Reader for a workspace's or an endpoint's identity at the second workspace. */
export async function assignReader(azure: Azure, holder: string, last = "0"): ReturnType<Azure["call"]> {
  const { body } = await azure.call("GET", holder);
  const principalId = textAt(body, "identity.principalId");
  if (!principalId) throw new NotSettled("the resource has no identity");
  const roleDefinitionId = `${azure.paths.subscription}/providers/Microsoft.Authorization/roleDefinitions/${reader}`;
  return azure.call("PUT", assignmentOf(azure, last), {
    properties: { principalId, principalType: "ServicePrincipal", roleDefinitionId },
  });
}

export const IMMUTABILITY_PROBES: Readonly<Record<keyof typeof IMMUTABILITY_FACTS, Probe>> = {
  "data-version-fixed": {
    cost: "free",
    needs: ["data"],
    calls: "PUT an existing data version again, then with another uri",
    run: async (azure) => {
      const version = `${fixturePaths(azure).data}/versions/1`;
      const now = await azure.call("GET", version);
      const dataUri = textAt(now.body, "properties.dataUri");
      const again = await azure.call("PUT", version, { properties: { dataType: "uri_file", dataUri } });
      azure.check(again.status < 300, "the same PUT again is accepted", again.status);
      const other = { properties: { dataType: "uri_file", dataUri: `${paths}/other.jsonl` } };
      azure.refused(await azure.call("PUT", version, other), { ...conflict, code: "UserError" });
    },
  },
  "data-container-type-fixed": {
    cost: "free",
    needs: ["data"],
    calls: "PUT a version of another type under an existing data asset",
    run: async (azure) => {
      const body = { properties: { dataType: "uri_folder", dataUri: `${paths}/folder/` } };
      const answer = await azure.call("PUT", `${fixturePaths(azure).data}/versions/2`, body);
      azure.refused(answer, { ...conflict, code: "UserError" });
    },
  },
  "model-version-fixed": {
    cost: "free",
    needs: ["plainModel"],
    calls: "PUT an existing model version with another uri",
    run: async (azure) => {
      const body = { properties: { modelType: "custom_model", modelUri: `${paths}/elsewhere` } };
      azure.refused(await azure.call("PUT", fixturePaths(azure).plainModel, body), {
        ...conflict,
        code: "Conflict",
      });
    },
  },
  "asset-content-fixed": {
    cost: "free",
    needs: ["workspace"],
    calls: "PUT an environment version, then the same version with another image",
    run: async (azure) => {
      const path = `${azure.paths.workspace}/environments/${azure.name("env")}/versions/1`;
      const image = (tag: string): unknown => ({
        properties: { image: `mcr.microsoft.com/azureml/base:${tag}` },
      });
      const first = await azure.call("PUT", path, image("1"));
      if (first.status >= 300) throw new NotSettled(`the environment could not be created (${first.status})`);
      azure.refused(await azure.call("PUT", path, image("2")), { ...conflict, code: "Conflict" });
    },
  },
  "job-name-used-once": {
    cost: "cheap",
    needs: ["job"],
    calls: "PUT the same job again; PUT another job under its name",
    run: async (azure) => {
      const { job } = fixturePaths(azure);
      const body = (steps: string) =>
        jobBody(azure, { compute: azure.name("cpu"), literals: { max_steps: steps } });
      const again = await azure.call("PUT", job, await body("1"));
      azure.check(again.status === 200, "200 for the same job again", again.status);
      azure.refused(await azure.call("PUT", job, await body("2")), { ...conflict, code: "Conflict" });
    },
  },
  "cluster-size-fixed": {
    cost: "free",
    needs: ["cluster"],
    calls: "PUT a cluster with another size, then with another priority",
    run: async (azure) => {
      const { cluster } = fixturePaths(azure);
      const { location } = azure.target;
      for (const body of [
        clusterBody(location, "Standard_DS2_v2"),
        clusterBody(location, sizes.cpu.name, { vmPriority: "LowPriority" }),
      ]) {
        azure.refused(await azure.call("PUT", cluster, body), {
          ...conflict,
          code: "ComputePropertyNotUpdatable",
        });
      }
    },
  },
  "deployment-size-fixed": {
    cost: "gpu",
    needs: ["deployment"],
    calls: "PUT the deployment with another instance type",
    run: async (azure) => {
      const body = deploymentBody(azure, { instanceType: "Standard_NC48ads_A100_v4" });
      const answer = await azure.call("PUT", fixturePaths(azure).deployment, body);
      azure.refused(answer, { ...conflict, code: "BadRequest", says: /instance ?type|size|sku/i });
    },
  },
  "endpoint-auth-fixed": {
    cost: "free",
    needs: ["endpoint"],
    calls: "PUT an endpoint with another authMode",
    run: async (azure) => {
      const body = endpointBody(azure.target.location, { authMode: "AADToken" });
      azure.refused(await azure.call("PUT", fixturePaths(azure).endpoint, body), {
        ...conflict,
        code: "ValidationError",
      });
    },
  },
  "workspace-dependencies-fixed": {
    cost: "free",
    needs: ["otherWorkspace"],
    calls: "PUT a workspace with another storage account",
    run: async (azure) => {
      const other = azure.paths.storage.replace(/st$/, "s2");
      await azure.made(other, storageBody(azure.target.location));
      const body = workspaceBody(azure, { storageAccount: other });
      azure.refused(await azure.call("PUT", azure.paths.otherWorkspace, body), {
        ...conflict,
        code: "BadRequest",
      });
    },
  },
  "storage-kind-fixed": {
    cost: "free",
    needs: ["group"],
    calls: "PUT an account of kind Storage, upgrade it to StorageV2, PUT Storage again",
    run: async (azure) => {
      const path = azure.paths.storage.replace(/st$/, "s3");
      const body = (kind: string): unknown => ({ ...storageBody(azure.target.location), kind });
      await azure.made(path, body("Storage"));
      await azure.made(path, body("StorageV2"));
      azure.refused(await azure.call("PUT", path, body("Storage")), {
        ...conflict,
        code: "AccountKindNotUpdatable",
      });
    },
  },
  "storage-namespace-fixed": {
    cost: "free",
    needs: ["storage"],
    calls: "PUT an account with isHnsEnabled true that was created without it",
    run: async (azure) => {
      const body = { ...storageBody(azure.target.location), properties: { isHnsEnabled: true } };
      azure.refused(await azure.call("PUT", azure.paths.storage, body), {
        ...conflict,
        code: "AccountPropertyCannotBeUpdated",
      });
    },
  },
  "location-fixed": {
    cost: "free",
    needs: ["storage"],
    calls: "PUT an account with another location",
    run: async (azure) => {
      const elsewhere = azure.target.location === "eastus" ? "westus2" : "eastus";
      azure.refused(await azure.call("PUT", azure.paths.storage, storageBody(elsewhere)), {
        ...conflict,
        code: "InvalidResourceLocation",
      });
    },
  },
  "purge-protection-fixed": {
    notByCalls:
      "a vault with purge protection stays for at least 7 days after the run, and a run leaves nothing",
  },
  "role-principal-fixed": {
    cost: "free",
    needs: ["otherWorkspace", "endpoint"],
    calls: "PUT a role assignment, then the same one for another principal",
    run: async (azure) => {
      const first = await assignReader(azure, azure.paths.otherWorkspace);
      if (first.status >= 400) throw new NotSettled(`no right to assign roles (${first.status})`);
      azure.refused(await assignReader(azure, fixturePaths(azure).endpoint), {
        ...conflict,
        code: "RoleAssignmentUpdateNotPermitted",
      });
    },
  },
};
