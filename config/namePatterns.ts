/** Microsoft Learn, "Naming rules and restrictions for Azure resources": Microsoft.Resources and Microsoft.MachineLearningServices. */

/** 1-90 letters, digits, - _ . ( ), no dot at the end. */
export const resourceGroupPattern = /^[\w.()-]{0,89}[\w()-]$/;

/** Name of a registry, or of a component in one: up to 255 letters, digits, - _ and . It becomes a part of URLs. */
export const assetPattern = /^[A-Za-z0-9][\w.-]{0,254}$/;
export const assetForm = "letters, digits, - _ and ., starting with a letter or digit";

/** 3-33 letters, digits, - and _, starting with a letter or digit. */
export const workspacePattern = /^[A-Za-z0-9][\w-]{2,32}$/;
