/** Tags of resources, contents of groups, and roles: what ARM has at every scope. */
import { Each } from "./compare";
import { LOCATION, page, resource, SYSTEM_DATA, TENANT } from "./common";
import type { Exchange, Golden, Json } from "./exchange";

const IDENTITY_ID = "{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/tagged";
const TAGS_ID = `${IDENTITY_ID}/providers/Microsoft.Resources/tags/default`;
const TAGS =
  "inferred: from documents: OpenAPI of Microsoft.Resources tags 2021-04-01 (operation Merge, Replace, Delete)";
const tags = (given: Json): Json => ({
  id: TAGS_ID,
  name: "default",
  type: "Microsoft.Resources/tags",
  properties: { tags: given },
});
const TV = "api-version=2021-04-01";
const SUMMARY = resource(IDENTITY_ID, "Microsoft.ManagedIdentity/userAssignedIdentities", {
  location: LOCATION,
  tags: { b: "2" },
});

export const tagged: Golden = {
  about: "tags of a resource, and the resources of a group or a subscription",
  needs: "group",
  changesCloud: true,
  exchanges: [
    {
      name: "a resource to tag",
      provenance: "inferred: from documents: OpenAPI of Microsoft.ManagedIdentity 2023-01-31",
      send: `PUT ${IDENTITY_ID}?api-version=2023-01-31`,
      body: { location: LOCATION },
      status: 201,
      returns: resource(IDENTITY_ID, "Microsoft.ManagedIdentity/userAssignedIdentities", {
        location: LOCATION,
        tags: {},
        systemData: SYSTEM_DATA,
        properties: { tenantId: TENANT, principalId: "<guid>", clientId: "<guid>" },
      }),
    },
    {
      name: "tags are replaced by a PUT",
      provenance: TAGS,
      send: `PUT ${TAGS_ID}?${TV}`,
      body: { properties: { tags: { a: "1" } } },
      status: 200,
      returns: tags({ a: "1" }),
    },
    {
      name: "tags are merged",
      provenance: TAGS,
      send: `PATCH ${TAGS_ID}?${TV}`,
      body: { operation: "Merge", properties: { tags: { b: "2" } } },
      status: 200,
      returns: tags({ a: "1", b: "2" }),
    },
    {
      name: "tags are removed",
      provenance: TAGS,
      send: `PATCH ${TAGS_ID}?${TV}`,
      body: { operation: "Delete", properties: { tags: { a: "1" } } },
      status: 200,
      returns: tags({ b: "2" }),
    },
    {
      name: "tags are read",
      provenance: TAGS,
      send: `GET ${TAGS_ID}?${TV}`,
      status: 200,
      returns: tags({ b: "2" }),
    },
    ...["{group}", "{sub}"].map((scope): Exchange => ({
      name: `lists the resources of ${scope}`,
      provenance:
        "inferred: from documents: OpenAPI of Microsoft.Resources resources 2021-04-01, GenericResourceExpanded",
      send: `GET ${scope}/resources?${TV}&$filter=tagName eq 'b' and tagValue eq '2'`,
      status: 200,
      returns: page(SUMMARY),
    })),
    { name: "tags are deleted", provenance: TAGS, send: `DELETE ${TAGS_ID}?${TV}`, status: 200 },
  ],
};

const ROLE = "f6c7c914-8db3-469d-8ca1-694a8f32e121";
const NAME = "11111111-2222-3333-4444-555555555555";
const PRINCIPAL = "99999999-2222-3333-4444-555555555555";
const AUTH = "{group}/providers/Microsoft.Authorization";
const ROLES =
  "inferred: from documents: OpenAPI of Microsoft.Authorization 2022-04-01; outputs as azure-native 3.28.0 reads them";
const RV = "api-version=2022-04-01";
const definition = {
  id: "{sub}/providers/Microsoft.Authorization/roleDefinitions/<guid>",
  name: "<guid>",
  type: "Microsoft.Authorization/roleDefinitions",
  properties: {
    roleName: "<text>",
    type: "BuiltInRole",
    description: "<text>",
    assignableScopes: ["/"],
    permissions: [],
  },
};
const assignment: Json = {
  id: `${AUTH}/roleAssignments/${NAME}`,
  name: NAME,
  type: "Microsoft.Authorization/roleAssignments",
  properties: {
    roleDefinitionId: `{sub}/providers/Microsoft.Authorization/roleDefinitions/${ROLE}`,
    principalId: PRINCIPAL,
    principalType: "ServicePrincipal",
    scope: "{group}",
    condition: null,
    conditionVersion: null,
    createdOn: "<time>",
    updatedOn: "<time>",
    createdBy: "<guid>",
    updatedBy: "<guid>",
  },
};

export const roles: Golden = {
  about: "role assignments and definitions",
  needs: "group",
  exchanges: [
    {
      name: "a role is assigned",
      provenance: ROLES,
      send: `PUT ${AUTH}/roleAssignments/${NAME}?${RV}`,
      body: {
        properties: {
          roleDefinitionId: `{sub}/providers/Microsoft.Authorization/roleDefinitions/${ROLE}`,
          principalId: PRINCIPAL,
          principalType: "ServicePrincipal",
        },
      },
      status: 201,
      returns: assignment,
    },
    {
      name: "the assignment is read",
      provenance: ROLES,
      send: `GET ${AUTH}/roleAssignments/${NAME}?${RV}`,
      status: 200,
      returns: assignment,
    },
    {
      name: "assignments of a principal are listed",
      provenance: ROLES,
      send: `GET ${AUTH}/roleAssignments?${RV}&$filter=principalId eq '${PRINCIPAL}'`,
      status: 200,
      returns: page(assignment),
    },
    {
      name: "the assignment is deleted, and returned a last time",
      provenance: ROLES,
      send: `DELETE ${AUTH}/roleAssignments/${NAME}?${RV}`,
      status: 200,
      returns: assignment,
    },
    {
      name: "deleting it again returns nothing",
      provenance: ROLES,
      send: `DELETE ${AUTH}/roleAssignments/${NAME}?${RV}`,
      status: 204,
    },
    ...[AUTH, "/providers/Microsoft.Authorization"].flatMap((root): Exchange[] => {
      const shown = root === AUTH ? definition : { ...definition, id: definition.id.replace("{sub}", "") };
      return [
        {
          name: `role definitions are listed below ${root}`,
          provenance: ROLES,
          send: `GET ${root}/roleDefinitions?${RV}`,
          status: 200,
          returns: { value: new Each(shown) },
        },
        {
          name: `a role definition is read below ${root}`,
          provenance: ROLES,
          send: `GET ${root}/roleDefinitions/${ROLE}?${RV}`,
          status: 200,
          returns: shown,
        },
      ];
    }),
  ],
};
