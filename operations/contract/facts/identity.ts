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
} as const satisfies Facts;
