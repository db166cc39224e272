/** Connections of a workspace to other services. Credentials are stored and never returned. */
import type { FastifyInstance } from "fastify";
import { invalid, queryOf, requiredText, textAt } from "../arm/body";
import { registerArmType } from "../arm/type";
import type { ArmTypeSpec } from "../arm/typeSpec";
import type { Cloud } from "../cloud";
import { NAMES } from "../rules/names";
import { propertiesOf } from "./request";
import { ML, WORKSPACE_ROUTE } from "./workspace";

const CONNECTION = `${WORKSPACE_ROUTE}/connections/:connection`;
const AUTH_TYPES = [
  "PAT",
  "ManagedIdentity",
  "UsernamePassword",
  "None",
  "SAS",
  "AccountKey",
  "ServicePrincipal",
  "AccessKey",
  "ApiKey",
  "CustomKeys",
  "OAuth2",
  "AAD",
];

const connection: ArmTypeSpec = {
  type: `${ML}/workspaces/connections`,
  path: CONNECTION,
  nameRule: NAMES.asset,
  stateless: true,
  createdStatus: 200,
  filter: ({ properties }, query) =>
    ["target", "category"].every((name) => {
      const expected = queryOf(query, name);
      return expected === undefined || expected === properties[name];
    }),
  patchable: false,
  build: ({ body, existing }) => {
    const requested = propertiesOf(body);
    const authType = requiredText(requested, "authType", "properties.authType", AUTH_TYPES);
    const { credentials, ...visible } = requested;
    const secrets = credentials ?? existing?.hidden?.["credentials"];
    if (!secrets && !["None", "AAD", "ManagedIdentity"].includes(authType)) {
      const message = `The property 'properties.credentials' is required for authType ${authType}.`;
      throw invalid("MissingRequiredProperty", message, "properties.credentials");
    }
    return {
      hidden: { credentials: secrets },
      properties: {
        group: null,
        isSharedToAll: false,
        ...visible,
        authType,
        category: requiredText(requested, "category", "properties.category"),
        target: textAt(requested, "target", "properties.target") ?? null,
      },
    };
  },
};

export function registerConnections(app: FastifyInstance, cloud: Cloud): void {
  registerArmType(app, cloud, connection);
}
