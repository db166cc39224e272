import type { NAME_FACTS } from "../facts/names";
import type { Azure } from "../azure";
import { clusterBody, endpointBody, fixturePaths, storageBody, vaultBody, workspaceBody } from "../fixtures";
import { jobBody } from "../pipelineJob";
import { noRegistry, registryBody } from "../registry";
import type { Need, Probe } from "../probe";

/** PUTs with names that the rule forbids, each of which must be refused. */
function refusedNames(
  needs: readonly Need[],
  names: readonly string[],
  pathOf: (azure: Azure, name: string) => string,
  bodyOf: (azure: Azure) => unknown | Promise<unknown>,
): Probe {
  return {
    cost: "free",
    needs,
    calls: `PUT with the names ${names.map((name) => `\`${name.length > 40 ? `${name.slice(0, 6)}… (${name.length} characters)` : name}\``).join(", ")}`,
    run: async (azure) => {
      const body = await bodyOf(azure);
      for (const name of names)
        azure.refused(await azure.call("PUT", pathOf(azure, name), body), { status: [400] });
    },
  };
}

const location = ({ target }: Azure): Record<string, unknown> => ({ location: target.location });
const provider = (azure: Azure, type: string): string => `${azure.paths.group}/providers/${type}`;

export const NAME_PROBES: Readonly<Record<keyof typeof NAME_FACTS, Probe>> = {
  "name-of-resource-group": refusedNames(
    [],
    ["ctr-ends."],
    ({ paths }, name) => `${paths.subscription}/resourceGroups/${name}`,
    location,
  ),
  "name-of-storage-account": refusedNames(
    ["group"],
    ["No-Dashes", "ab"],
    (azure, name) => provider(azure, `Microsoft.Storage/storageAccounts/${name}`),
    ({ target }) => storageBody(target.location),
  ),
  "name-of-blob-container": refusedNames(
    ["storage"],
    ["a--b"],
    ({ paths }, name) => `${paths.storage}/blobServices/default/containers/${name}`,
    () => ({ properties: {} }),
  ),
  "name-of-vault": refusedNames(
    ["group"],
    ["1vault", "a--b"],
    (azure, name) => provider(azure, `Microsoft.KeyVault/vaults/${name}`),
    (azure) => vaultBody(azure),
  ),
  "name-of-log-workspace": refusedNames(
    ["group"],
    ["ab-"],
    (azure, name) => provider(azure, `Microsoft.OperationalInsights/workspaces/${name}`),
    location,
  ),
  "name-of-managed-identity": refusedNames(
    ["group"],
    ["-a"],
    (azure, name) => provider(azure, `Microsoft.ManagedIdentity/userAssignedIdentities/${name}`),
    location,
  ),
  "name-of-workspace": refusedNames(
    ["storage", "vault"],
    ["a"],
    ({ paths }, name) => `${paths.ml}/workspaces/${name}`,
    (azure) => workspaceBody(azure),
  ),
  "name-of-compute": refusedNames(
    ["workspace"],
    ["gpu-1", "1gpu"],
    ({ paths }, name) => `${paths.workspace}/computes/${name}`,
    ({ target }) => clusterBody(target.location, "Standard_DS3_v2"),
  ),
  "name-of-datastore": refusedNames(
    ["workspace"],
    ["with-dash"],
    ({ paths }, name) => `${paths.workspace}/datastores/${name}`,
    ({ paths }) => ({
      properties: {
        datastoreType: "AzureBlob",
        accountName: paths.storage.split("/").at(-1),
        containerName: "container",
        credentials: { credentialsType: "None" },
      },
    }),
  ),
  "name-of-asset": refusedNames(
    ["workspace"],
    ["-a"],
    ({ paths }, name) => `${paths.workspace}/data/${name}/versions/1`,
    () => ({
      properties: { dataType: "uri_file", dataUri: "azureml://datastores/workspaceblobstore/paths/a" },
    }),
  ),
  "name-of-model-version": refusedNames(
    ["data"],
    ["1".repeat(31)],
    (azure, name) => `${azure.paths.workspace}/models/${azure.name("named")}/versions/${name}`,
    (azure) => ({
      properties: {
        modelType: "custom_model",
        modelUri: `azureml://datastores/workspaceblobstore/paths/${azure.name("rows")}`,
      },
    }),
  ),
  "name-of-job": refusedNames(
    ["cluster", "data"],
    ["a.b"],
    ({ paths }, name) => `${paths.workspace}/jobs/${name}`,
    (azure) => jobBody(azure, { compute: azure.name("cpu") }),
  ),
  "name-of-online": refusedNames(
    ["workspace"],
    ["1abc", "a".repeat(33)],
    ({ paths }, name) => `${paths.workspace}/onlineEndpoints/${name}`,
    ({ target }) => endpointBody(target.location),
  ),
  "endpoint-name-unique-in-region": {
    cost: "free",
    needs: ["endpoint", "otherWorkspace"],
    calls: "PUT an endpoint of the same name in a second workspace of the region",
    run: async (azure) => {
      const second = azure.paths.otherWorkspace;
      const name = fixturePaths(azure).endpoint.split("/").at(-1) ?? "";
      const answer = await azure.call(
        "PUT",
        `${second}/onlineEndpoints/${name}`,
        endpointBody(azure.target.location),
      );
      azure.refused(answer, { status: [400, 409], code: "BadRequest" });
    },
  },
  "storage-name-unique": {
    cost: "free",
    needs: ["storage"],
    calls: "PUT a storage account of the same name in a second resource group",
    run: async (azure) => {
      const { otherGroup, storage } = azure.paths;
      await azure.made(otherGroup, location(azure));
      const other = storage.replace(azure.paths.group, otherGroup);
      azure.refused(await azure.call("PUT", other, storageBody(azure.target.location)), {
        status: [409],
        code: "StorageAccountAlreadyTaken",
      });
    },
  },
  "name-of-registry": refusedNames(
    ["group"],
    ["-a", "a"],
    ({ paths }, name) => `${paths.ml}/registries/${name}`,
    ({ target }) => registryBody(target.location),
  ),
  "registry-name-unique": { notByCalls: noRegistry },
  "vault-name-unique": {
    cost: "free",
    needs: ["vault"],
    calls: "PUT a key vault of the same name in a second resource group",
    run: async (azure) => {
      const { otherGroup, vault } = azure.paths;
      await azure.made(otherGroup, location(azure));
      const other = vault.replace(azure.paths.group, otherGroup);
      azure.refused(await azure.call("PUT", other, await vaultBody(azure)), {
        status: [409],
        code: "VaultAlreadyExists",
      });
    },
  },
};
