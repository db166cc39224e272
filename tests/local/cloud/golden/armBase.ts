/** Subscriptions, providers and groups: ARM itself. */
import { Each, Including } from "./compare";
import { LOCATION, page, resource, TENANT } from "./common";
import { armLife, type Exchange, type Golden, type Json } from "./exchange";

const SUB = "00000000-0000-0000-0000-000000000001";
const V = "api-version=2022-12-01";
const OPENAPI = "inferred: from documents: OpenAPI of Microsoft.Resources subscriptions 2022-12-01";

const subscription: Json = {
  id: "{sub}",
  subscriptionId: SUB,
  tenantId: TENANT,
  displayName: "Local cloud",
  state: "Enabled",
  authorizationSource: "RoleBased",
  subscriptionPolicies: { locationPlacementId: "<text>", quotaId: "<text>", spendingLimit: "Off" },
};

const provider = (namespace: string): Json => ({
  id: `{sub}/providers/${namespace}`,
  namespace,
  registrationPolicy: "RegistrationRequired",
  registrationState: "Registered",
  resourceTypes: new Each({
    resourceType: "<text>",
    locations: new Including(["West Europe"]),
    apiVersions: new Each("<text>"),
  }),
});
const STORAGE = provider("Microsoft.Storage");

export const subscriptions: Golden = {
  about: "subscriptions and resource providers",
  needs: "nothing",
  exchanges: [
    {
      name: "lists the subscriptions",
      provenance: OPENAPI,
      send: `GET /subscriptions?${V}`,
      status: 200,
      returns: { value: [subscription], count: { type: "Total", value: 1 } },
    },
    { name: "reads one", provenance: OPENAPI, send: `GET {sub}?${V}`, status: 200, returns: subscription },
    {
      name: "answers 404 for another subscription",
      provenance: "inferred: from documents: ARM's common deployment errors, SubscriptionNotFound",
      send: `GET /subscriptions/00000000-0000-0000-0000-0000000000ff?${V}`,
      status: 404,
      returns: { error: { code: "SubscriptionNotFound", message: "<text>" } },
    },
    {
      name: "lists the providers",
      provenance: "inferred: from documents: OpenAPI of Microsoft.Resources providers 2021-04-01",
      send: "GET {sub}/providers?api-version=2021-04-01",
      status: 200,
      returns: { value: new Each({ ...STORAGE, id: "{sub}/providers/<text>", namespace: "<text>" }) },
    },
    ...registration(),
    {
      name: "lists a provider's operations",
      provenance:
        "inferred: from documents: OpenAPI of Microsoft.MachineLearningServices 2024-04-01, Operations_List",
      send: "GET /providers/Microsoft.MachineLearningServices/operations?api-version=2024-04-01",
      status: 200,
      returns: {
        value: new Each({
          name: "Microsoft.MachineLearningServices/<text>",
          isDataAction: false,
          display: {
            provider: "Microsoft.MachineLearningServices",
            resource: "<text>",
            operation: "<text>",
            description: "<text>",
          },
        }),
      },
    },
  ],
};

/** azure-native: on MissingSubscriptionRegistration it POSTs register and polls the provider until it is Registered. */
function registration(): Exchange[] {
  const provenance =
    "inferred: from clients: azcore 1.20 of azure-native registers with 2019-05-01 and polls the provider";
  const at = "{sub}/providers/Microsoft.Storage";
  const v = "api-version=2019-05-01";
  const unregistered = { ...STORAGE, registrationState: "Unregistered" };
  return [
    {
      name: "unregisters",
      provenance,
      send: `POST ${at}/unregister?${v}`,
      status: 200,
      returns: unregistered,
    },
    { name: "reads one", provenance, send: `GET ${at}?${v}`, status: 200, returns: unregistered },
    { name: "registers", provenance, send: `POST ${at}/register?${v}`, status: 200, returns: STORAGE },
  ];
}

const GROUP = resource("{sub}/resourceGroups/fresh", "Microsoft.Resources/resourceGroups", {
  location: LOCATION,
  tags: { owner: "golden" },
  properties: { provisioningState: "Succeeded" },
});
const GROUP_GONE = {
  error: { code: "ResourceGroupNotFound", message: "Resource group 'fresh' could not be found." },
};
const GROUPS =
  "inferred: from documents: OpenAPI of Microsoft.Resources resources 2024-03-01, as azure-native 3.28.0 sends it";

export const resourceGroups: Golden = {
  about: "resource groups",
  needs: "nothing",
  exchanges: [
    ...armLife({
      provenance: GROUPS,
      id: "{sub}/resourceGroups/fresh",
      version: "2024-03-01",
      put: { location: "West Europe", tags: { owner: "golden" } },
      resource: GROUP,
      patch: { body: { tags: { owner: "other" } }, changes: { tags: { owner: "other" } } },
      deleted: "kept",
    }),
    {
      name: "is found by its tag",
      provenance: GROUPS,
      send: "GET {sub}/resourceGroups?api-version=2024-03-01&$filter=tagName eq 'owner' and tagValue eq 'other'",
      status: 200,
      returns: page({ ...GROUP, tags: { owner: "other" } }),
    },
    {
      name: "is deleted by an operation that clients follow by its Location",
      provenance:
        "inferred: from documents: OpenAPI of Microsoft.Resources 2024-03-01; azure-native: DELETE is long-running",
      send: "DELETE {sub}/resourceGroups/fresh?api-version=2024-03-01",
      status: 202,
      has: { location: "<base>{sub}/<text>" },
      settles: true,
    },
    {
      name: "is gone",
      provenance: GROUPS,
      send: "GET {sub}/resourceGroups/fresh?api-version=2024-03-01",
      status: 404,
      returns: GROUP_GONE,
    },
  ],
};
