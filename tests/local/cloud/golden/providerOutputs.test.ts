/** What azure-native 3.28.0 expects to read of a type besides what it sends is in that type's golden answers. */
import { GOLDENS } from "./goldens";
import type { Json } from "./exchange";

/** Outputs by their names on the wire; after the bar those that the service fills in only where they apply, and when. */
type Row = readonly [type: string, outputs: string, absent?: Readonly<Record<string, string>>];
const OUTPUTS: readonly Row[] = [
  [
    "Microsoft.Insights/components",
    "etag name type properties.AppId properties.ApplicationId properties.ConnectionString properties.CreationDate properties.InstrumentationKey properties.TenantId properties.provisioningState",
    {
      "properties.hockeyAppToken": "of components made for HockeyApp, which is gone",
      "properties.laMigrationDate": "of components that were moved to a workspace",
      "properties.privateLinkScopedResources": "of components in a private link scope",
    },
  ],
  [
    "Microsoft.OperationalInsights/workspaces",
    "etag name type systemData properties.createdDate properties.modifiedDate properties.customerId properties.provisioningState",
    { "properties.privateLinkScopedResources": "of workspaces in a private link scope" },
  ],
  [
    "Microsoft.ContainerRegistry/registries",
    "name type systemData properties.creationDate properties.dataEndpointHostNames properties.loginServer properties.privateEndpointConnections properties.provisioningState",
    { "properties.status": "of registries that have something to tell about their state" },
  ],
  ["Microsoft.KeyVault/vaults", "name type systemData"],
  ["Microsoft.KeyVault/vaults/secrets", "name type location"],
  [
    "Microsoft.ManagedIdentity/userAssignedIdentities",
    "name type systemData properties.clientId properties.principalId properties.tenantId",
  ],
  [
    "Microsoft.Authorization/roleAssignments",
    "name type properties.createdBy properties.createdOn properties.updatedBy properties.updatedOn",
    { systemData: "the service tells createdBy and the like in properties instead" },
  ],
  ["Microsoft.Resources/resourceGroups", "name type properties.provisioningState"],
  [
    "Microsoft.Storage/storageAccounts",
    "name type properties.creationTime properties.keyCreationTime properties.primaryEndpoints properties.primaryLocation properties.privateEndpointConnections properties.provisioningState properties.statusOfPrimary",
    {
      "properties.secondaryEndpoints": "of accounts that are replicated to another region for reading",
      "properties.secondaryLocation": "of accounts that are replicated to another region",
      "properties.statusOfSecondary": "of accounts that are replicated to another region",
      "properties.geoReplicationStats": "only where $expand asks for it",
      "properties.blobRestoreStatus": "only where $expand asks for it",
      "properties.failoverInProgress": "while a failover goes on",
      "properties.lastGeoFailoverTime": "after a failover",
      "properties.accountMigrationInProgress": "while the account moves to another redundancy",
      "properties.isSkuConversionBlocked": "where a conversion is blocked",
      "properties.storageAccountSkuConversionStatus": "while a conversion goes on",
    },
  ],
  [
    "Microsoft.Storage/storageAccounts/blobServices/containers",
    "name type etag properties.hasImmutabilityPolicy properties.hasLegalHold properties.lastModifiedTime properties.leaseState properties.leaseStatus",
    {
      "properties.leaseDuration": "while it is leased",
      "properties.immutabilityPolicy": "of containers that have one",
      "properties.legalHold": "of containers that have one",
      "properties.deleted": "in lists of deleted containers",
      "properties.deletedTime": "in lists of deleted containers",
      "properties.remainingRetentionDays": "in lists of deleted containers",
      "properties.version": "of deleted containers",
    },
  ],
  [
    "Microsoft.MachineLearningServices/workspaces",
    "name type systemData properties.mlFlowTrackingUri properties.notebookInfo properties.privateEndpointConnections properties.privateLinkCount properties.provisioningState properties.storageHnsEnabled properties.tenantId properties.workspaceId",
    { "properties.serviceProvisionedResourceGroup": "of workspaces encrypted with the customer's key" },
  ],
  ...[
    ...["computes", "datastores", "data", "data/versions", "models", "models/versions", "environments"],
    ...["environments/versions", "components", "components/versions", "codes", "codes/versions", "jobs"],
    ...["onlineEndpoints", "onlineEndpoints/deployments", "connections"],
  ].map((type) => [`Microsoft.MachineLearningServices/workspaces/${type}`, "name type systemData"] as const),
];

/** The golden answer to GET of one resource of a type. */
function goldenOf(type: string): Json | undefined {
  const answers = GOLDENS.flatMap(({ exchanges }) => exchanges)
    .filter(({ send, status }) => send.startsWith("GET ") && status === 200)
    .map(({ returns }) => returns as Json | undefined);
  return answers.find((answer) => answer?.["type"] === type);
}

function at(body: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, name) => (value as Json | undefined)?.[name], body);
}

describe("what azure-native reads", () => {
  it.each(OUTPUTS.map(([type, outputs, absent = {}]) => ({ type, outputs, absent })))(
    "is answered by $type",
    ({ type, outputs, absent }) => {
      const golden = goldenOf(type);
      expect(golden).toBeDefined();
      expect(outputs.split(" ").filter((path) => at(golden, path) === undefined)).toEqual([]);
      // What is excepted must not be there: then it is no exception.
      expect(Object.keys(absent).filter((path) => at(golden, path) !== undefined)).toEqual([]);
    },
  );
});
