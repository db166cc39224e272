import * as fs from "node:fs";
import type { TokenCredential } from "@azure/core-auth";
import { BlobServiceClient, newPipeline, StorageSharedKeyCredential } from "@azure/storage-blob";
import type { Core } from "../../../local/cloud/core";
import { ACCOUNT, CONTAINER, GROUP, type MlCloud, startMlCloud } from "./ml/mlCloud";

const account = `${GROUP}/providers/Microsoft.Storage/storageAccounts/${ACCOUNT}`;
const body = (allowSharedKeyAccess: boolean) => ({
  location: "westeurope",
  kind: "StorageV2",
  sku: { name: "Standard_LRS" },
  properties: { allowSharedKeyAccess },
});

describe("a storage account that refuses its keys", () => {
  let cloud: MlCloud;
  beforeAll(async () => {
    cloud = await startMlCloud();
    await cloud.done("PUT", account, body(false));
  });
  afterAll(() => cloud.dispose());

  const client = (credential: StorageSharedKeyCredential | TokenCredential): BlobServiceClient => {
    const { azurite } = cloud.cloud as Core;
    const options = {
      tlsOptions: { ca: fs.readFileSync(cloud.caFile, "utf8") },
      retryOptions: { maxTries: 1 },
    } as object;
    return new BlobServiceClient(azurite.accountUrl(ACCOUNT), newPipeline(credential, options));
  };
  const withKey = () => {
    const key = (cloud.cloud as Core).azurite.keysOf(ACCOUNT)?.key1 ?? "";
    return client(new StorageSharedKeyCredential(ACCOUNT, key));
  };
  const withToken = () => {
    const token = cloud.cloud.issueToken("https://storage.azure.com");
    return client({ getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) });
  };
  const upload = (service: BlobServiceClient) =>
    service.getContainerClient(CONTAINER).getBlockBlobClient("a.txt").uploadData(Buffer.from("a"));

  it("accepts a token, and the cloud's own services", async () => {
    await upload(withToken());
    const found = await cloud.cloud.blobs.getText({ account: ACCOUNT, container: CONTAINER, path: "a.txt" });
    expect(found).toBe("a");
  });

  it("refuses a key as Azure Storage does", async () => {
    await expect(upload(withKey())).rejects.toMatchObject({
      statusCode: 403,
      code: "KeyBasedAuthenticationNotPermitted",
    });
  });

  it("still refuses it after a restart, and accepts it once the account allows its keys", async () => {
    await cloud.close();
    cloud = await startMlCloud({ home: cloud.home, trainer: cloud.trainer });
    await expect(upload(withKey())).rejects.toMatchObject({ statusCode: 403 });
    await cloud.done("PUT", account, body(true));
    await upload(withKey());
  });
});
