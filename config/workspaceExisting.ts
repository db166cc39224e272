import { z } from "zod";
import { resourceKinds } from "../azureml/armIds";
import { armIdSetting } from "./armIdSetting";

const used = "neither changed, tagged nor deleted by the stack.";

/** The section `workspace.existing`: resources of a created workspace that exist already. */
export const existingSettings = z
  .strictObject({
    storageAccount: armIdSetting(resourceKinds.storageAccount.type, {
      doc: `create: a storage account to use instead of a new one; ${used}`,
      source: "Microsoft Learn, how-to-manage-workspace: not premium, no hierarchical namespace",
    }).optional(),
    keyVault: armIdSetting(resourceKinds.keyVault.type, {
      doc: `create: a key vault to use instead of a new one; ${used}`,
    }).optional(),
    applicationInsights: armIdSetting(resourceKinds.applicationInsights.type, {
      doc: `create: an Application Insights to use instead of a new one and its Log Analytics workspace; ${used}`,
    }).optional(),
    containerRegistry: armIdSetting(resourceKinds.containerRegistry.type, {
      doc: `create: a container registry for the workspace's images; ${used} Without one, Azure ML creates a registry when it builds the first image.`,
    }).optional(),
  })
  .prefault({});
