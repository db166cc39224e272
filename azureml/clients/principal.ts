/** The identity of an access token. */
export interface Principal {
  /** User name, application id or object id. "unknown" for an opaque token. */
  identity: string;
  tenantId?: string;
  /** Object id of the user or service principal: the id that role assignments use. */
  objectId?: string;
  /** The role assignment's `principalType`. A managed identity is a service principal. */
  principalType?: "User" | "ServicePrincipal";
}

/**
 * The identity in a token. Reads the claims without verifying them: the service does that.
 *
 * Claims: Microsoft's access token claims reference (`oid`, `tid`, `appid`, `idtyp`, `scp`). `idtyp` is "app" or "user" where
 * the service requests it (ARM does). Without it a delegated token is recognized by `scp`.
 */
export function tokenPrincipal(token: string): Principal {
  const claims = tokenClaims(token);
  const text = (name: string): string | undefined => {
    const value = claims[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const tenantId = text("tid");
  const objectId = text("oid");
  const name = text("upn") ?? text("unique_name") ?? text("preferred_username");
  const type = principalType(text("idtyp"), name !== undefined || text("scp") !== undefined, text("appid"));
  return {
    identity: name ?? text("appid") ?? objectId ?? "unknown",
    ...(tenantId && { tenantId }),
    ...(objectId && { objectId }),
    ...(objectId && type && { principalType: type }),
  };
}

function principalType(
  tokenType: string | undefined,
  delegated: boolean,
  application: string | undefined,
): Principal["principalType"] {
  if (tokenType === "app") return "ServicePrincipal";
  if (tokenType === "user" || delegated) return "User";
  return application ? "ServicePrincipal" : undefined;
}

function tokenClaims(token: string): Record<string, unknown> {
  try {
    const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8");
    const claims: unknown = JSON.parse(payload);
    return typeof claims === "object" && claims !== null ? (claims as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
