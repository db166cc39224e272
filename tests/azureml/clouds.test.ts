import { cloudOptionsFrom, discoverCloud, parseMetadata } from "../../azureml/clients/clouds";
import {
  isInteractive,
  credentialChain,
  createCredential,
  tokenIdentity,
} from "../../azureml/clients/credential";
import { fakeCloud } from "./support";

const nothing = (): undefined => undefined;

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
    const cloud = await discoverCloud({ environment });
    expect(cloud).toMatchObject({
      resourceManager,
      registryDiscovery,
      mlScope,
      armScope: `${resourceManager}/.default`,
    });
  });

  test("rejects an unknown name and lists the known ones", async () => {
    await expect(discoverCloud({ environment: "mars" })).rejects.toThrow(
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
    const options = { metadataHost: "127.0.0.1:10440", registryDiscoveryUrl: "https://127.0.0.1:10440/" };
    expect(await discoverCloud(options, session.http)).toEqual({
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
    await expect(discoverCloud({ metadataHost: "host" }, session.http)).rejects.toThrow(
      "[MetadataUnavailable] azure-native:metadataHost: https://host/metadata/endpoints returned no usable cloud description (resourceManager or",
    );
    expect(() => parseMetadata(undefined, "https://x")).toThrow("resourceManager");
  });

  test("is configured by the stack first, then by azure-native's variables", () => {
    const env = {
      ARM_METADATA_HOSTNAME: "env-host",
      ARM_ENVIRONMENT: "china",
      ARM_TENANT_ID: "env-tenant",
      ARM_DISABLE_INSTANCE_DISCOVERY: "true",
      REGISTRY_DISCOVERY_ENDPOINT_URL: " ",
    };
    expect(cloudOptionsFrom(nothing, env)).toEqual({
      metadataHost: "env-host",
      environment: "china",
      tenantId: "env-tenant",
      subscriptionId: undefined,
      disableInstanceDiscovery: true,
      registryDiscoveryUrl: undefined,
    });
    const config: Record<string, string> = {
      "azure-native:metadataHost": "host",
      "azure-native:disableInstanceDiscovery": "false",
    };
    expect(cloudOptionsFrom((key) => config[key], env)).toMatchObject({
      metadataHost: "host",
      disableInstanceDiscovery: undefined,
    });
  });
});

describe("the credential", () => {
  const jwt = (claims: object): string => `h.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.s`;
  const fails = (name: string): { name: string; create: () => { getToken: () => Promise<never> } } => ({
    name,
    create: () => ({ getToken: () => Promise.reject(new Error(`${name} is not set up`)) }),
  });
  const works = (name: string, counter: { created: number }, token = jwt({ upn: "me@x", tid: "t" })) => ({
    name,
    create: () => {
      counter.created += 1;
      return { getToken: () => Promise.resolve({ token, expiresOnTimestamp: 1 }) };
    },
  });

  test("is the first that works, created once for parallel calls", async () => {
    const counter = { created: 0 };
    const credential = credentialChain([fails("A"), works("B", counter)]);
    await Promise.all([credential.getToken("s"), credential.getToken("s")]);
    expect(counter.created).toBe(1);
    expect(await credential.report("s")).toEqual({ credential: "B", identity: "me@x", tenantId: "t" });
  });

  test("reports every member and its error if none works", async () => {
    await expect(credentialChain([fails("A"), fails("B")]).getToken("https://arm/.default")).rejects.toThrow(
      "[NoCredential] credential: no Azure credential returned a token for https://arm/.default (A: A is not set up; B: B is not set up)",
    );
  });

  test("names the member of DefaultAzureCredential that succeeded", async () => {
    class ManagedIdentityCredential {}
    const inner = {
      getToken: () => Promise.resolve(null),
      getTokenInternal: () =>
        Promise.resolve({
          token: { token: jwt({ appid: "app" }), expiresOnTimestamp: 1 },
          successfulCredential: new ManagedIdentityCredential(),
        }),
    };
    const credential = credentialChain([{ name: "DefaultAzureCredential", create: () => inner }]);
    await credential.getToken("s").catch(() => undefined);
    inner.getToken = () => Promise.resolve({ token: jwt({ appid: "app" }), expiresOnTimestamp: 1 }) as never;
    expect(await credential.report("s")).toEqual({
      credential: "ManagedIdentityCredential",
      identity: "app",
    });
  });

  test("opens no browser in CI", () => {
    expect(isInteractive({ CI: "true" })).toBe(false);
    expect(isInteractive({ CI: "1" })).toBe(false);
    const { session } = fakeCloud(() => ({ status: 200 }));
    expect(() => createCredential({ cloud: session.cloud, options: {}, env: { CI: "true" } })).not.toThrow();
  });

  test("reports an unknown identity for an opaque token", () => {
    expect(tokenIdentity("opaque")).toEqual({ identity: "unknown" });
    expect(tokenIdentity(jwt({ oid: "o" }))).toEqual({ identity: "o" });
  });
});
