import { randomUUID } from "node:crypto";
import { ArmError } from "../armError";
import type { Cloud } from "../cloud";
import { LOCAL_TENANT_ID } from "../constants";
import { invalid, isObject, type Json, textAt } from "./body";

const TYPES = ["None", "SystemAssigned", "UserAssigned", "SystemAssigned,UserAssigned"];

/**
 * Adds what the service adds: the principal of a system-assigned identity (kept on updates), the ids of the
 * user-assigned ones.
 * @throws ArmError 400 for an unknown type or a user-assigned identity that does not exist
 */
export function resolveIdentity(
  cloud: Cloud,
  requested: Json | undefined,
  existing: Json | undefined,
): Json | undefined {
  if (!requested) return existing;
  const given = (textAt(requested, "type", "identity.type") ?? "").replaceAll(" ", "");
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
  if (type.endsWith("UserAssigned")) identity["userAssignedIdentities"] = userAssigned(cloud, requested);
  return identity;
}

function userAssigned(cloud: Cloud, requested: Json): Json {
  const assigned = requested["userAssignedIdentities"];
  if (!isObject(assigned) || Object.keys(assigned).length === 0) {
    throw invalid(
      "InvalidIdentityValues",
      "identity.userAssignedIdentities must name at least one identity.",
      "identity",
    );
  }
  const found = Object.keys(assigned).map((id) => {
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
