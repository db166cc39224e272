/** Code assets: a client requests a container, uploads the files, then registers the asset. */
import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { requiredText } from "../../arm/body";
import { ArmError } from "../../armError";
import type { Cloud } from "../../cloud";
import { assetContentFixed } from "../../rules/immutability";
import { accepts, members } from "../../strict/declaration";
import { workspaceOf } from "../workspace";
import { type AssetKind, assetRoute } from "./assetType";

const UPLOAD = accepts("a container to upload code to", {
  body: members("pendingUploadId", "pendingUploadType"),
});

export const CODES: AssetKind = {
  segment: "codes",
  version: ({ requested, existing, asset, name }) => {
    const codeUri = requiredText(requested, "codeUri", "properties.codeUri");
    if (existing) assetContentFixed(`Code ${asset}`, name, existing.properties, { codeUri });
    return { properties: { codeUri } };
  },
};

/** Creates a container in the workspace's storage account and returns a SAS for writing to it. */
export function registerPendingUploads(app: FastifyInstance, cloud: Cloud): void {
  app.post(`${assetRoute("codes")}/versions/:version/startPendingUpload`, UPLOAD, async (request) => {
    const workspace = workspaceOf(cloud, request);
    const storage = String(cloud.resources.get(workspace.id)?.properties["storageAccount"] ?? "");
    const account = storage.split("/").at(-1) ?? "";
    if (!cloud.resources.get(storage))
      throw new ArmError(400, "UserError", `Workspace ${workspace.name} has no storage account.`);
    const pendingUploadId = randomUUID();
    const sasUri = await cloud.blobs.writeContainerUrl(account, `code-${pendingUploadId}`);
    return {
      pendingUploadId,
      pendingUploadType: "TemporaryBlobReference",
      blobReferenceForConsumption: {
        blobUri: sasUri.split("?")[0],
        storageAccountArmId: storage,
        credential: { credentialType: "SAS", sasUri },
      },
    };
  });
}
