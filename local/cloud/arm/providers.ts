import type { FastifyInstance } from "fastify";
import { ArmError } from "../armError";
import type { Cloud } from "../cloud";
import { LOCAL_SUBSCRIPTION_ID, LOCAL_TENANT_ID } from "../constants";
import type { Json } from "./body";
import { REGIONS } from "./locations";
import { accepts, members, PAGING } from "../strict/declaration";

const REGISTER = accepts("register a resource provider", {
  body: { thirdPartyProviderConsent: members("consentToAuthorization") },
});
const UNREGISTER = accepts("unregister a resource provider");
const COLLECTION = "providers";

const PROVIDERS: Readonly<Record<string, readonly string[]>> = {
  "Microsoft.Authorization": ["roleAssignments", "roleDefinitions"],
  "Microsoft.Consumption": ["budgets"],
  "Microsoft.Insights": [
    "components",
    "actionGroups",
    "autoscalesettings",
    "diagnosticSettings",
    "metricAlerts",
    "scheduledQueryRules",
  ],
  "Microsoft.ContainerRegistry": ["registries"],
  "Microsoft.KeyVault": ["vaults", "vaults/secrets", "deletedVaults"],
  "Microsoft.MachineLearningServices": [
    "workspaces",
    "workspaces/computes",
    "workspaces/datastores",
    "workspaces/data",
    "workspaces/data/versions",
    "workspaces/models",
    "workspaces/models/versions",
    "workspaces/environments",
    "workspaces/environments/versions",
    "workspaces/components",
    "workspaces/components/versions",
    "workspaces/codes",
    "workspaces/codes/versions",
    "workspaces/jobs",
    "workspaces/connections",
    "workspaces/onlineEndpoints",
    "workspaces/onlineEndpoints/deployments",
    "registries",
  ],
  "Microsoft.ManagedIdentity": ["userAssignedIdentities"],
  "Microsoft.OperationalInsights": ["workspaces"],
  "Microsoft.Resources": ["resourceGroups", "subscriptions", "tags"],
  "Microsoft.Storage": [
    "storageAccounts",
    "storageAccounts/blobServices",
    "storageAccounts/blobServices/containers",
  ],
};

/** Every provider is registered initially; an unregistration is stored. */
export function registerProviders(app: FastifyInstance, cloud: Cloud): void {
  const subscription = (id: string): Json => {
    if (id !== LOCAL_SUBSCRIPTION_ID) {
      throw new ArmError(
        404,
        "SubscriptionNotFound",
        `The subscription '${id}' could not be found. The local cloud has one: ${LOCAL_SUBSCRIPTION_ID}.`,
      );
    }
    return {
      id: `/subscriptions/${id}`,
      subscriptionId: id,
      tenantId: LOCAL_TENANT_ID,
      displayName: "Local cloud",
      state: "Enabled",
      authorizationSource: "RoleBased",
      subscriptionPolicies: {
        locationPlacementId: "Public_2014-09-01",
        quotaId: "Local_2024-01-01",
        spendingLimit: "Off",
      },
    };
  };
  app.get("/subscriptions", accepts("subscriptions"), () => ({
    value: [subscription(LOCAL_SUBSCRIPTION_ID)],
    count: { type: "Total", value: 1 },
  }));
  app.get<{ Params: { subscriptionId: string } }>(
    "/subscriptions/:subscriptionId",
    accepts("one subscription"),
    (request) => subscription(request.params.subscriptionId),
  );
  // Other subscriptions do not exist.
  app.addHook("preHandler", (request, _reply, done) => {
    const { subscriptionId, subscription: other } = (request.params ?? {}) as Record<
      string,
      string | undefined
    >;
    const requested = subscriptionId ?? other;
    if (requested !== undefined && /^\/subscriptions\//i.test(request.url))
      subscription(requested.toLowerCase());
    done();
  });
  registerRegistration(app, cloud);
}

function registerRegistration(app: FastifyInstance, cloud: Cloud): void {
  const describe = (requested: string): Json => {
    const namespace = Object.keys(PROVIDERS).find((name) => name.toLowerCase() === requested.toLowerCase());
    if (!namespace) {
      const message = `The resource namespace '${requested}' is invalid. The local cloud has: ${Object.keys(PROVIDERS).join(", ")}.`;
      throw new ArmError(404, "InvalidResourceNamespace", message);
    }
    const locations = Object.values(REGIONS);
    return {
      id: `/subscriptions/${LOCAL_SUBSCRIPTION_ID}/providers/${namespace}`,
      namespace,
      registrationPolicy: "RegistrationRequired",
      registrationState: cloud.store.get<string>(COLLECTION, namespace.toLowerCase()) ?? "Registered",
      resourceTypes: (PROVIDERS[namespace] ?? []).map((resourceType) => ({
        resourceType,
        locations,
        apiVersions: ["2025-12-01", "2024-04-01", "2023-04-01"],
      })),
    };
  };
  app.get<{ Params: { namespace: string } }>(
    "/providers/:namespace/operations",
    accepts("operations of a provider", { query: PAGING }),
    (request) => {
      const { namespace, resourceTypes } = describe(request.params.namespace);
      return { value: (resourceTypes as Json[]).flatMap((entry) => operationsOf(String(namespace), entry)) };
    },
  );
  const root = "/subscriptions/:subscriptionId/providers";
  app.get(root, accepts("resource providers", { query: ["$expand", "$top"] }), () => ({
    value: Object.keys(PROVIDERS).map(describe),
  }));
  app.get<{ Params: { namespace: string } }>(
    `${root}/:namespace`,
    accepts("one resource provider", { query: ["$expand"] }),
    (request) => describe(request.params.namespace),
  );
  for (const [action, state, options] of [
    ["register", "Registered", REGISTER],
    ["unregister", "Unregistered", UNREGISTER],
  ] as const) {
    app.post<{ Params: { namespace: string } }>(`${root}/:namespace/${action}`, options, (request) => {
      describe(request.params.namespace);
      cloud.store.put(COLLECTION, request.params.namespace.toLowerCase(), state);
      return describe(request.params.namespace);
    });
  }
}

function operationsOf(provider: string, { resourceType }: Json): Json[] {
  return ["read", "write", "delete"].map((operation) => ({
    name: `${provider}/${String(resourceType)}/${operation}`,
    isDataAction: false,
    display: {
      provider,
      resource: resourceType,
      operation,
      description: `${operation} ${String(resourceType)}`,
    },
  }));
}
