import { azureCloud } from "../../../local/plugins/azureNative/clouds";
import { providerConfig } from "../../../local/plugins/azureNative/config";

describe("configuration", () => {
  it("overrides the environment, and only the text `true` is true", () => {
    const config = providerConfig(
      { tenantId: "a", useMsi: "True" },
      { ARM_TENANT_ID: "b", ARM_CLIENT_ID: "c" },
    );
    expect([config.text("tenantId"), config.text("clientId"), config.flag("useMsi")]).toEqual([
      "a",
      "c",
      false,
    ]);
  });

  it("selects a public cloud or three explicit endpoints, and names what is wrong", async () => {
    const cloud = (config: Record<string, string>) => azureCloud(providerConfig(config, {}));
    expect((await cloud({})).resourceManager).toBe("https://management.azure.com");
    expect((await cloud({ environment: "usgovernment" })).authorityHost).toBe(
      "https://login.microsoftonline.us",
    );
    expect((await cloud({ environment: "china" })).resourceManager).toBe(
      "https://management.chinacloudapi.cn",
    );
    await expect(cloud({ environment: "moon" })).rejects.toThrow("allowed: public, usgovernment, china");
    await expect(cloud({ resourceManagerEndpoint: "https://x" })).rejects.toThrow("set without");
  });
});
