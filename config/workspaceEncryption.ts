import { z } from "zod";
import { resourceKinds } from "../azureml/armIds";
import { armIdSetting } from "./armIdSetting";
import { stringSetting } from "./setting";

/** The section `workspace.encryption`: a customer-managed key for the workspace's metadata. */
export const encryptionSettings = z
  .strictObject({
    keyVault: armIdSetting(resourceKinds.keyVault.type, {
      doc: "create: the key vault of the customer-managed key, with soft delete and purge protection. Azure keeps this vault for the life of the workspace.",
      source: "Microsoft Learn, concept-customer-managed-keys",
    }).optional(),
    key: stringSetting({
      doc: "create: the customer-managed key with its version. It encrypts metadata in resources that Azure creates in your subscription and bills.",
      allowed: "https://<vault>.vault.azure.net/keys/<key>/<version>",
      pattern: /^https:\/\/[\w-]+\.[\w.-]+\/keys\/[\w-]+\/[0-9a-f]{32}$/i,
      defaultText: "none: a key of Microsoft",
      source: "Microsoft Learn, concept-customer-managed-keys",
    }).optional(),
    identity: armIdSetting(resourceKinds.userAssignedIdentity.type, {
      doc: "create: an existing user-assigned identity with which Azure reads the key (get, wrap, unwrap).",
    }).optional(),
  })
  .prefault({});
