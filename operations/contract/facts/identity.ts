import type { Facts } from "../fact";

/** Tokens, principals and tags that others set. */
export const IDENTITY_FACTS = {
  "token-names-principal": {
    statement: "an access token for ARM contains the tenant in tid and the object id of the principal in oid",
    confidence: "documented",
    source: "Microsoft Learn, identity-platform/access-token-claims-reference",
  },
  "workspace-identity-is-principal": {
    statement:
      "a workspace with a system-assigned identity answers its principalId, to which roles can be assigned",
    confidence: "documented",
    source: "Microsoft Learn, how-to-identity-based-service-authentication",
  },
  "subscription-names-tenant": {
    statement: "the subscription's answer has its tenantId and its state",
    confidence: "documented",
    source: "Microsoft Learn, Subscriptions - Get (2022-12-01)",
  },
  "policy-adds-tags": {
    statement: "a policy can add tags to a resource that its PUT did not send",
    confidence: "documented",
    source: "Microsoft Learn, governance/policy: effect modify",
  },
  "workspace-identity-roles": {
    statement:
      "a workspace with a user-assigned identity needs the role Contributor of that identity on its storage account and key vault",
    confidence: "documented",
    source:
      "Microsoft Learn, how-to-identity-based-service-authentication; when the service checks it is not documented",
  },
  "endpoint-identity-roles": {
    statement:
      "a deployment behind a user-assigned identity needs its roles Storage Blob Data Reader on the workspace's storage account and AcrPull on its container registry",
    confidence: "documented",
    source: "Microsoft Learn, concept-endpoints-online-auth; when the service checks it is not documented",
  },
  "cluster-identity-roles": {
    statement:
      "a job that reads a datastore without credentials uses the cluster's identity, which needs the role Storage Blob Data Contributor for its output",
    confidence: "documented",
    source:
      "Microsoft Learn, how-to-identity-based-service-authentication and how-to-disable-local-auth-storage (Model Registry and ML Flow)",
  },
  "endpoint-identity-fixed": {
    statement: "the identity of an online endpoint does not change after its creation",
    confidence: "documented",
    source:
      "MicrosoftDocs/azure-docs, how-to-access-resources-from-endpoints-managed-identities (system-assigned); inferred for user-assigned ones",
  },
  "workspace-has-no-ip-list": {
    statement: "the list of allowed addresses of a workspace is in no stable API version",
    confidence: "observed",
    source:
      "WorkspaceArgs of @pulumi/azure-native 3.28.0 (2025-12-01) has no ipAllowlist; Azure/bicep-types-az#2077 and #2718 report the same",
  },
} as const satisfies Facts;
