import { azureOptions, discoverCloud, parseMetadata } from "../../azureml/clients/clouds";
import { fakeCloud } from "./support";

const nothing = (): undefined => undefined;
const given = (env: NodeJS.ProcessEnv) => azureOptions(nothing, env);

describe("the cloud", () => {
  test.each([
    [
      undefined,
      "https://management.azure.com",
      "https://eastus.api.azureml.ms",
      "https://ml.azure.com/.default",
    ],
    [
      "AzureCloud",
      "https://management.azure.com",
      "https://eastus.api.azureml.ms",
      "https://ml.azure.com/.default",
    ],
    [
      "usgovernment",
      "https://management.usgovcloudapi.net",
      "https://usgovarizona.api.ml.azure.us",
      "https://ml.azure.us/.default",
    ],
    [
      "China",
      "https://management.chinacloudapi.cn",
      "https://chinaeast2.api.ml.azure.cn",
      "https://ml.azure.cn/.default",
    ],
  ])("%s needs no request", async (environment, resourceManager, registryDiscovery, mlScope) => {
    const cloud = await discoverCloud(given({ ARM_ENVIRONMENT: environment }));
    expect(cloud).toMatchObject({
      resourceManager,
      registryDiscovery,
      mlScope,
      armScope: `${resourceManager}/.default`,
    });
  });

  test("rejects an unknown name and lists the known ones", async () => {
    await expect(discoverCloud(given({ AZURE_ENVIRONMENT: "mars" }))).rejects.toThrow(
      '[UnknownEnvironment] azure-native:environment: "mars" is not a known cloud; allowed: public, usgovernment, china',
    );
  });

  test("reads the document of a metadata host, and the registry address from the environment", async () => {
    const { session, sent } = fakeCloud(() => ({
      status: 200,
      body: [
        { name: "Other", resourceManager: "https://other/", authentication: { loginEndpoint: "https://l/" } },
        {
          name: "Local",
          portal: "https://portal.azure.local/",
          resourceManager: "https://127.0.0.1:10440/",
          authentication: {
            loginEndpoint: "https://127.0.0.1:10440/login/",
            audiences: ["https://management.local/"],
          },
          suffixes: { storage: "core.local" },
        },
      ],
    }));
    const options = given({
      ARM_METADATA_HOSTNAME: "127.0.0.1:10440",
      REGISTRY_DISCOVERY_ENDPOINT_URL: "https://127.0.0.1:10440/",
    });
    expect(await discoverCloud(options, { http: session.http })).toEqual({
      name: "Local",
      resourceManager: "https://127.0.0.1:10440",
      loginEndpoint: "https://127.0.0.1:10440/login",
      armScope: "https://management.local/.default",
      mlScope: "https://ml.azure.local/.default",
      storageScope: "https://storage.azure.com/.default",
      storageSuffix: "core.local",
      registryDiscovery: "https://127.0.0.1:10440",
    });
    expect(sent[0]?.url).toBe("https://127.0.0.1:10440/metadata/endpoints?api-version=2022-09-01");
    expect(sent[0]?.headers.get("authorization")).toBeUndefined();
  });

  test("reports address and reason if the document is unusable", async () => {
    const { session } = fakeCloud(() => ({ status: 200, body: { hello: 1 } }));
    await expect(
      discoverCloud(given({ ARM_METADATA_HOSTNAME: "host" }), { http: session.http }),
    ).rejects.toThrow(
      "[MetadataUnavailable] azure-native:metadataHost: https://host/metadata/endpoints returned no usable cloud description (resourceManager or",
    );
    expect(() => parseMetadata(undefined, "https://x")).toThrow("resourceManager");
  });

  test("has the three explicit endpoints if they are set, whatever the environment is", async () => {
    const options = given({
      ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST: "https://login.own/",
      ARM_RESOURCE_MANAGER_ENDPOINT: "https://arm.own/",
      ARM_RESOURCE_MANAGER_AUDIENCE: "https://arm.own",
      ARM_ENVIRONMENT: "china",
    });
    expect(await discoverCloud(options)).toMatchObject({
      resourceManager: "https://arm.own",
      loginEndpoint: "https://login.own",
      armScope: "https://arm.own/.default",
    });
  });

  test("is the Azure CLI's active cloud if none is configured", async () => {
    const cloud = await discoverCloud(given({}), { cliEnvironment: "AzureUSGovernment" });
    expect(cloud.resourceManager).toBe("https://management.usgovcloudapi.net");
  });

  test("is refused if the Azure CLI is logged in to another one, or to one the provider does not know", async () => {
    await expect(
      discoverCloud(given({ ARM_ENVIRONMENT: "public" }), { cliEnvironment: "AzureChinaCloud" }),
    ).rejects.toThrow(
      "the configured cloud is AzureCloud, but the Azure CLI is logged in to AzureChinaCloud",
    );
    await expect(discoverCloud(given({}), { cliEnvironment: "AzureStackUser" })).rejects.toThrow(
      "azure-native:metadataHost: not set, and the Azure CLI is logged in to AzureStackUser",
    );
  });

  test("is configured by the stack first, then by azure-native's variables", () => {
    const env = {
      ARM_METADATA_HOSTNAME: "env-host",
      ARM_ENVIRONMENT: "china",
      REGISTRY_DISCOVERY_ENDPOINT_URL: " ",
    };
    const config: Record<string, string> = { "azure-native:metadataHost": "host" };
    expect(azureOptions((key) => config[key], env)).toEqual({
      settings: {
        metadataHost: { value: "host", source: "azure-native:metadataHost" },
        environment: { value: "china", source: "ARM_ENVIRONMENT" },
      },
    });
  });
});
