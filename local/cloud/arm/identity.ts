/** Managed identities of resources: what the service fills in. */
import { randomUUID } from "node:crypto";
import { ArmError, type Cloud } from "../cloud";
import { LOCAL_TENANT_ID } from "../constants";
import { invalid, isObject, type Json, textAt } from "./body";

const TYPES = ["None", "SystemAssigned", "UserAssigned", "SystemAssigned,UserAssigned"];

/**
 * The stored identity for the one asked for: a principal for a system-assigned one (kept over updates), ids of the
 * user-assigned ones looked up.
 * @throws ArmError 400 for an unknown type or a user-assigned identity that does not exist
 */
export function resolveIdentity(
  cloud: Cloud,
  asked: Json | undefined,
  existing: Json | undefined,
): Json | undefined {
  if (!asked) return existing;
  const given = (textAt(asked, "type", "identity.type") ?? "").replaceAll(" ", "");
  const type = TYPES.find((candidate) => candidate.toLowerCase() === given.toLowerCase());
  if (!type)
    throw invalid(
      "InvalidIdentityType",
      `The identity type '${given}' is invalid. Allowed: ${TYPES.join(", ")}.`,
      "identity.type",
    );
  const identity: Json = { type };
  if (type.startsWith("SystemAssigned")) {
    identity["principalId"] = existing?.["principalId"] ?? randomUUID();
    identity["tenantId"] = LOCAL_TENANT_ID;
  }
  if (type.endsWith("UserAssigned")) identity["userAssignedIdentities"] = userAssigned(cloud, asked);
  return identity;
}

function userAssigned(cloud: Cloud, asked: Json): Json {
  const wanted = asked["userAssignedIdentities"];
  if (!isObject(wanted) || Object.keys(wanted).length === 0) {
    throw invalid(
      "InvalidIdentityValues",
      "identity.userAssignedIdentities must name at least one identity.",
      "identity",
    );
  }
  const found = Object.keys(wanted).map((id) => {
    const identity = cloud.resources.get(id);
    if (!identity) {
      throw new ArmError(
        400,
        "FailedIdentityOperation",
        `The user-assigned identity '${id}' was not found.`,
        { target: "identity" },
      );
    }
    const { principalId, clientId } = identity.properties;
    return [id, { principalId, clientId }] as const;
  });
  return Object.fromEntries(found);
}
