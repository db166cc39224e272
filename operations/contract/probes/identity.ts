import type { IDENTITY_FACTS } from "../facts/identity";
import { textAt } from "../json";
import type { Probe } from "../probe";

const without =
  "it needs an identity without the roles, and an assignment of the same run takes effect at an unknown time";

export const IDENTITY_PROBES: Readonly<Record<keyof typeof IDENTITY_FACTS, Probe>> = {
  "token-names-principal": {
    cost: "free",
    needs: [],
    calls: "request a token for ARM and read its claims",
    run: async ({ session, check }) => {
      const token = await session.credential.getToken(session.cloud.armScope);
      const payload = Buffer.from((token?.token ?? "").split(".")[1] ?? "", "base64url").toString("utf8");
      const claims = JSON.parse(payload || "{}") as unknown;
      for (const name of ["tid", "oid"])
        check(textAt(claims, name) !== "", name, textAt(claims, name) !== "");
    },
  },
  "workspace-identity-is-principal": {
    cost: "free",
    needs: ["otherWorkspace"],
    calls: "GET the second workspace",
    run: async ({ call, check, paths }) => {
      const { body } = await call("GET", paths.otherWorkspace);
      check(
        /^[0-9a-f-]{36}$/i.test(textAt(body, "identity.principalId")),
        "a principalId",
        textAt(body, "identity.type"),
      );
    },
  },
  "subscription-names-tenant": {
    cost: "free",
    needs: [],
    calls: "GET the subscription",
    run: async ({ call, check, paths }) => {
      const { body, status } = await call("GET", paths.subscription, undefined, { apiVersion: "2022-12-01" });
      check(textAt(body, "tenantId") !== "", "a tenantId", status);
      check(textAt(body, "state") !== "", "a state", textAt(body, "state"));
    },
  },
  "policy-adds-tags": {
    notByCalls: "it needs the right to assign policies, and a policy affects resources of others",
  },
  "workspace-identity-roles": { notByCalls: without },
  "endpoint-identity-roles": { notByCalls: without },
  "cluster-identity-roles": { notByCalls: without },
  "endpoint-identity-fixed": {
    notByCalls: "it needs a second identity, whose roles take effect at an unknown time",
  },
  "workspace-has-no-ip-list": {
    notByCalls: "it is about the models of the API versions, not about an answer",
  },
};
