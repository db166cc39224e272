import { z } from "zod";
import { resourceGroupPattern, workspacePattern } from "./namePatterns";
import { identitySetting } from "./armIdSetting";
import { booleanSetting, choiceSetting, integerSetting, setting, stringSetting } from "./setting";
import { encryptionSettings } from "./workspaceEncryption";
import { existingSettings } from "./workspaceExisting";
import { allowedIpRanges, managedNetworkSettings, privateEndpointSettings } from "./workspaceNetwork";

/** The section `workspace`: a workspace to create with its dependencies, or one to adopt. */
export const workspaceSection = z.strictObject({
  mode: choiceSetting(["create", "adopt"], {
    doc: "create: create a resource group and a workspace with its dependencies; adopt: use an existing workspace.",
  }).default("create"),
  resourceGroup: stringSetting({
    doc: "Resource group to create, or of the workspace to adopt.",
    allowed: "1-90 letters, digits, - _ . ( ), no dot at the end",
    pattern: resourceGroupPattern,
    defaultText: "create: rg-<project>-<stack>-<hash>; adopt: from configFile",
  }).optional(),
  name: stringSetting({
    doc: "Name of the workspace to create or adopt.",
    allowed: "3-33 letters, digits, - and _, starting with a letter or digit",
    pattern: workspacePattern,
    defaultText: "create: mlw-<project>-<stack>-<hash>; adopt: from configFile",
  }).optional(),
  configFile: stringSetting({
    doc: "adopt: an Azure ML config.json (subscription_id, resource_group, workspace_name), relative to the project.",
    allowed: "the path of a config.json",
    defaultText: "none",
    source: "notebook (MLClient.from_config)",
  }).optional(),
  generation: integerSetting({
    doc: "create: part of all derived names; raise it to use new names while Azure keeps deleted resources (soft delete).",
    minimum: 1,
    maximum: 2_147_483_647,
  }).default(1),
  protect: booleanSetting({
    doc: "create: protect resource group, storage, key vault and workspace from deletion.",
  }).default(false),
  externalTags: setting(
    {
      doc: "Names of tags that others set, such as an Azure Policy: updates keep them and previews do not report them.",
      allowed: "a list of tag names",
      defaultText: "none",
    },
    z.array(z.string().regex(/^[^<>%&\\?/]{1,512}$/)),
  ).default([]),
  publicNetworkAccess: booleanSetting({
    doc: "create: whether the workspace is reachable from public networks.",
  }).default(true),
  grantDataAccess: booleanSetting({
    doc: "create: assign the identity of the first deployment the role Storage Blob Data Contributor, and user-assigned identities their roles.",
  }).default(true),
  purgeOnDestroy: booleanSetting({
    doc: "create: destroy purges the soft-deleted workspace and key vault, so that their names can be reused.",
  }).default(true),
  purgeProtection: booleanSetting({
    doc: "create: purge protection of the key vault; it cannot be turned off again.",
  }).default(false),
  storageSku: choiceSetting(["Standard_LRS", "Standard_ZRS", "Standard_GRS", "Standard_RAGRS"], {
    doc: "create: redundancy of the storage account.",
  }).default("Standard_LRS"),
  logRetentionDays: integerSetting({
    doc: "create: how long Log Analytics keeps its data.",
    unit: "days",
    minimum: 30,
    maximum: 730,
  }).default(30),
  identity: identitySetting("system", {
    doc: "create: the workspace's managed identity, chosen before the first up. create: a user-assigned one of the stack, with the roles that Azure ML requires.",
    source: "Microsoft Learn, how-to-identity-based-service-authentication",
  }),
  datastoreAccess: choiceSetting(["key", "identity"], {
    doc: "create: how Azure ML reads the workspace's storage. identity: with Entra ID only; a created storage account then refuses its keys.",
    source: "Microsoft Learn, how-to-disable-local-auth-storage",
  }).default("key"),
  existing: existingSettings,
  allowedIpRanges,
  managedNetwork: managedNetworkSettings,
  privateEndpoints: privateEndpointSettings,
  encryption: encryptionSettings,
});
