/** Role assignments are stored and not enforced: the only caller is owner. */
import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ArmError } from "../armError";
import type { ArmResource, Cloud } from "../cloud";
import { LOCAL_PRINCIPAL_ID } from "../constants";
import { bodyOf, invalid, type Json, objectAt, page, publicView, requiredText } from "./body";
import { rolePrincipalFixed } from "../rules/immutability";
import { roleAssignedOnce } from "../rules/lifecycle";
import { BUILT_IN_ROLES } from "./roleTable";
import { SCOPES } from "./scopes";

const ASSIGNMENT_TYPE = "Microsoft.Authorization/roleAssignments";
const DEFINITION_TYPE = "Microsoft.Authorization/roleDefinitions";
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

type Params = Record<string, string>;

function scopeOf(request: FastifyRequest): string {
  const path = decodeURIComponent(request.url.split("?")[0] ?? "");
  return path.slice(0, path.toLowerCase().lastIndexOf("/providers/microsoft.authorization"));
}

export function registerRoles(app: FastifyInstance, cloud: Cloud): void {
  for (const scope of SCOPES) {
    registerAssignments(app, cloud, `${scope}/providers/${ASSIGNMENT_TYPE}`);
    registerDefinitions(app, cloud, `${scope}/providers/${DEFINITION_TYPE}`);
  }
  registerDefinitions(app, cloud, `/providers/${DEFINITION_TYPE}`);
}

function registerAssignments(app: FastifyInstance, cloud: Cloud, path: string): void {
  const idOf = (request: FastifyRequest<{ Params: Params }>): string =>
    `${scopeOf(request)}/providers/${ASSIGNMENT_TYPE}/${request.params["assignment"]}`;
  app.get<{ Params: Params; Querystring: { $filter?: string } }>(path, (request) => {
    const scope = scopeOf(request).toLowerCase();
    const all = cloud.resources.ofType(ASSIGNMENT_TYPE);
    // As in ARM: assignments at this scope, above it (inherited) and below it; atScope() excludes those
    // below.
    const filter = request.query.$filter ?? "";
    const within = all.filter((entry) => {
      const at = String(entry.properties["scope"]).toLowerCase();
      return (
        at === scope ||
        scope.startsWith(`${at}/`) ||
        (at.startsWith(`${scope}/`) && !/atScope\(\)/i.test(filter))
      );
    });
    return page(filterByPrincipal(within, filter).map(publicView), request, cloud.baseUrl);
  });
  app.get<{ Params: Params }>(`${path}/:assignment`, (request) => {
    const found = cloud.resources.get(idOf(request));
    if (found) return publicView(found);
    const message = `The role assignment '${request.params["assignment"]}' is not found.`;
    throw new ArmError(404, "RoleAssignmentNotFound", message);
  });
  app.put<{ Params: Params }>(`${path}/:assignment`, (request, reply) => {
    const id = idOf(request);
    const existing = cloud.resources.get(id);
    const assignment = buildAssignment(cloud, {
      id,
      scope: scopeOf(request),
      existing,
      body: bodyOf(request),
    });
    cloud.resources.put(assignment);
    return reply.code(201).send(publicView(assignment));
  });
  app.delete<{ Params: Params }>(`${path}/:assignment`, (request, reply) => {
    const found = cloud.resources.get(idOf(request));
    if (!found) return reply.code(204).send();
    cloud.resources.delete(found.id);
    return reply.send(publicView(found));
  });
}

function filterByPrincipal(assignments: ArmResource[], filter: string): ArmResource[] {
  const principal = /(?:principalId\s+eq|assignedTo\()\s*'([^']+)'/i.exec(filter)?.[1]?.toLowerCase();
  if (!principal) return assignments;
  return assignments.filter(
    ({ properties }) => String(properties["principalId"]).toLowerCase() === principal,
  );
}

interface Grant {
  scope: string;
  principalId: string;
  /** GUID of the role, lower case. */
  role: string;
}

function findAssignment(
  cloud: Cloud,
  { scope, principalId, role }: Grant,
  besides = "",
): ArmResource | undefined {
  return cloud.resources
    .ofType(ASSIGNMENT_TYPE)
    .find(
      ({ id, properties }) =>
        id.toLowerCase() !== besides.toLowerCase() &&
        String(properties["scope"]).toLowerCase() === scope.toLowerCase() &&
        properties["principalId"] === principalId &&
        String(properties["roleDefinitionId"]).toLowerCase().endsWith(role),
    );
}

/** Whether one of the principals has one of the roles at the scope or above it. @param roles GUIDs in lower case. */
export function hasRole(
  cloud: Cloud,
  principals: readonly string[],
  scope: string,
  roles: readonly string[],
): boolean {
  return cloud.resources.ofType(ASSIGNMENT_TYPE).some(({ properties }) => {
    const at = String(properties["scope"]).toLowerCase();
    const role = String(properties["roleDefinitionId"]).split("/").at(-1)?.toLowerCase() ?? "";
    return (
      principals.includes(String(properties["principalId"])) &&
      roles.includes(role) &&
      `${scope.toLowerCase()}/`.startsWith(`${at}/`)
    );
  });
}

export function grantRole(cloud: Cloud, scope: string, principalId: string, role: string): void {
  if (findAssignment(cloud, { scope, principalId, role })) return;
  const subscription = /^\/subscriptions\/[^/]+/i.exec(scope)?.[0] ?? "";
  const properties = {
    principalId,
    roleDefinitionId: `${subscription}/providers/${DEFINITION_TYPE}/${role}`,
  };
  const id = `${scope}/providers/${ASSIGNMENT_TYPE}/${randomUUID()}`;
  cloud.resources.put(buildAssignment(cloud, { id, scope, existing: undefined, body: { properties } }));
}

interface AssignmentRequest {
  id: string;
  scope: string;
  existing: ArmResource | undefined;
  body: Json;
}

function buildAssignment(cloud: Cloud, { id, scope, existing, body }: AssignmentRequest): ArmResource {
  const name = id.split("/").at(-1) ?? "";
  if (!GUID.test(name)) {
    throw invalid(
      "InvalidRoleAssignmentId",
      `The role assignment ID '${name}' is not valid. The role assignment ID must be a GUID.`,
    );
  }
  if (/\/resourceGroups\//i.test(scope) && !cloud.resources.get(scope)) {
    throw new ArmError(404, "ResourceNotFound", `The scope '${scope}' of the role assignment was not found.`);
  }
  const requested = objectAt(body, "properties") ?? body;
  const principalId = requiredText(requested, "principalId", "properties.principalId");
  const roleDefinitionId = requiredText(requested, "roleDefinitionId", "properties.roleDefinitionId");
  const role = roleDefinitionId.split("/").at(-1)?.toLowerCase() ?? "";
  if (!Object.hasOwn(BUILT_IN_ROLES, role)) {
    const message = `The specified role definition with ID '${role}' does not exist. The local cloud supports: ${Object.values(BUILT_IN_ROLES).join(", ")}.`;
    throw invalid("RoleDefinitionDoesNotExist", message);
  }
  roleAssignedOnce(findAssignment(cloud, { scope, principalId, role }, id));
  rolePrincipalFixed(existing?.properties["principalId"], principalId);
  const now = cloud.clock.now().toISOString();
  return {
    id,
    name,
    type: ASSIGNMENT_TYPE,
    properties: {
      principalType: "ServicePrincipal",
      condition: null,
      conditionVersion: null,
      ...requested,
      scope,
      createdOn: existing?.properties["createdOn"] ?? now,
      updatedOn: now,
      createdBy: existing?.properties["createdBy"] ?? LOCAL_PRINCIPAL_ID,
      updatedBy: LOCAL_PRINCIPAL_ID,
    },
  };
}

function registerDefinitions(app: FastifyInstance, cloud: Cloud, path: string): void {
  const describe = (scope: string, [name, roleName]: [string, string]): Json => ({
    id: `${/^\/subscriptions\/[^/]+/.exec(scope)?.[0] ?? ""}/providers/${DEFINITION_TYPE}/${name}`,
    name,
    type: DEFINITION_TYPE,
    properties: {
      roleName,
      type: "BuiltInRole",
      description: roleName,
      assignableScopes: ["/"],
      permissions: [],
    },
  });
  app.get<{ Querystring: { $filter?: string } }>(path, (request) => {
    const roleFilter = /roleName\s+eq\s+'([^']+)'/i.exec(request.query.$filter ?? "")?.[1]?.toLowerCase();
    const roles = Object.entries(BUILT_IN_ROLES).filter(
      ([, roleName]) => !roleFilter || roleName.toLowerCase() === roleFilter,
    );
    return page(
      roles.map((role) => describe(scopeOf(request), role)),
      request,
      cloud.baseUrl,
    );
  });
  app.get<{ Params: Params }>(`${path}/:role`, (request) => {
    const name = request.params["role"]?.toLowerCase() ?? "";
    const roleName = BUILT_IN_ROLES[name];
    if (roleName) return describe(scopeOf(request), [name, roleName]);
    throw new ArmError(
      404,
      "RoleDefinitionDoesNotExist",
      `The specified role definition with ID '${name}' does not exist.`,
    );
  });
}
