/**
 * A type's golden answers contain everything that azure-native 3.28.0 reads of it in addition to what it
 * sends.
 */
import { GOLDENS } from "./goldens";
import type { Json } from "./exchange";

/**
 * Outputs by their names on the wire; after the bar those that the service sets only in some cases, and in
 * which.
 */
type Row = readonly [type: string, outputs: string, absent?: Readonly<Record<string, string>>];
const OUTPUTS: readonly Row[] = [
  [
    "Microsoft.Insights/components",
    "etag name type properties.AppId properties.ApplicationId properties.ConnectionString properties.CreationDate properties.InstrumentationKey properties.TenantId properties.provisioningState",
    {
      "properties.hockeyAppToken": "for components created for HockeyApp, which was retired",
      "properties.laMigrationDate": "for components that were moved to a workspace",
      "properties.privateLinkScopedResources": "for components in a private link scope",
    },
  ],
  [
    "Microsoft.OperationalInsights/workspaces",
    "etag name type systemData properties.createdDate properties.modifiedDate properties.customerId properties.provisioningState",
    { "properties.privateLinkScopedResources": "for workspaces in a private link scope" },
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
    { systemData: "the service returns createdBy and the like in properties instead" },
  ],
  ["Microsoft.Resources/resourceGroups", "name type properties.provisioningState"],
  [
    "Microsoft.Storage/storageAccounts",
    "name type properties.creationTime properties.keyCreationTime properties.primaryEndpoints properties.primaryLocation properties.privateEndpointConnections properties.provisioningState properties.statusOfPrimary",
    {
      "properties.secondaryEndpoints": "for accounts that are replicated to another region for reading",
      "properties.secondaryLocation": "for accounts that are replicated to another region",
      "properties.statusOfSecondary": "for accounts that are replicated to another region",
      "properties.geoReplicationStats": "only if $expand requests it",
      "properties.blobRestoreStatus": "only if $expand requests it",
      "properties.failoverInProgress": "during a failover",
      "properties.lastGeoFailoverTime": "after a failover",
      "properties.accountMigrationInProgress": "during a change of redundancy",
      "properties.isSkuConversionBlocked": "if a conversion is blocked",
      "properties.storageAccountSkuConversionStatus": "during a conversion",
    },
  ],
  [
    "Microsoft.Storage/storageAccounts/blobServices/containers",
    "name type etag properties.hasImmutabilityPolicy properties.hasLegalHold properties.lastModifiedTime properties.leaseState properties.leaseStatus",
    {
      "properties.leaseDuration": "while it is leased",
      "properties.immutabilityPolicy": "for containers that have one",
      "properties.legalHold": "for containers that have one",
      "properties.deleted": "in lists of deleted containers",
      "properties.deletedTime": "in lists of deleted containers",
      "properties.remainingRetentionDays": "in lists of deleted containers",
      "properties.version": "for deleted containers",
    },
  ],
  [
    "Microsoft.MachineLearningServices/workspaces",
    "name type systemData properties.mlFlowTrackingUri properties.notebookInfo properties.privateEndpointConnections properties.privateLinkCount properties.provisioningState properties.storageHnsEnabled properties.tenantId properties.workspaceId",
    { "properties.serviceProvisionedResourceGroup": "for workspaces encrypted with the customer's key" },
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

describe("the outputs that azure-native reads", () => {
  it.each(OUTPUTS.map(([type, outputs, absent = {}]) => ({ type, outputs, absent })))(
    "are in the answers of $type",
    ({ type, outputs, absent }) => {
      const golden = goldenOf(type);
      expect(golden).toBeDefined();
      expect(outputs.split(" ").filter((path) => at(golden, path) === undefined)).toEqual([]);
      // An exception must be absent: otherwise it is not an exception.
      expect(Object.keys(absent).filter((path) => at(golden, path) !== undefined)).toEqual([]);
    },
  );
});
