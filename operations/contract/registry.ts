/** Why the run creates no registry. */
export const noRegistry =
  "a registry includes a Premium container registry, which bills by the day, so the run creates none";

/** A registry in one region, as how-to-manage-registries.md (MicrosoftDocs/azure-ai-docs) creates it by REST. */
export function registryBody(location: string): Record<string, unknown> {
  const storageAccountDetails = [{ systemCreatedStorageAccount: { storageAccountType: "Standard_LRS" } }];
  const acrDetails = [{ systemCreatedAcrAccount: { acrAccountSku: "Premium" } }];
  return {
    location,
    identity: { type: "SystemAssigned" },
    properties: { regionDetails: [{ location, storageAccountDetails, acrDetails }] },
  };
}
