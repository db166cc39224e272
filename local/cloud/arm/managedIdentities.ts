import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { Cloud } from "../cloud";
import { LOCAL_TENANT_ID } from "../constants";
import { NAMES } from "../rules/names";
import { objectAt } from "./body";
import { registerArmType } from "./type";

/** An identity exists at once, with its own client and principal. */
export function registerManagedIdentities(app: FastifyInstance, cloud: Cloud): void {
  registerArmType(app, cloud, {
    type: "Microsoft.ManagedIdentity/userAssignedIdentities",
    path: "/subscriptions/:subscriptionId/resourceGroups/:resourceGroupName/providers/Microsoft.ManagedIdentity/userAssignedIdentities/:resourceName",
    alsoListedAt: [
      "/subscriptions/:subscriptionId/providers/Microsoft.ManagedIdentity/userAssignedIdentities",
    ],
    nameRule: NAMES.managedIdentity,
    tracked: true,
    stateless: true,
    build: ({ body, existing }) => ({
      properties: {
        ...(objectAt(body, "properties") ?? {}),
        tenantId: LOCAL_TENANT_ID,
        principalId: existing?.properties["principalId"] ?? randomUUID(),
        clientId: existing?.properties["clientId"] ?? randomUUID(),
      },
    }),
  });
}
