import { readFile } from "node:fs/promises";
import { azureMlError } from "../errors";
import { createHttp } from "../http/http";
import type { OidcSource } from "../login";

/**
 * The token that Entra ID exchanges for an access token. Never part of a message.
 * @throws LoginSettings for a file that cannot be used, and the request's errors
 */
export async function oidcAssertion(source: OidcSource): Promise<string> {
  switch (source.from) {
    case "token":
      return source.token;
    case "file":
      return readAssertion(source.path);
    case "request":
      return requestAssertion(source);
  }
}

async function readAssertion(path: string): Promise<string> {
  const unusable = (seen: string, cause?: unknown): Error =>
    azureMlError(
      "LoginSettings",
      {
        property: "azure-native:oidcTokenFilePath",
        seen: `${path} ${seen}`,
        remedy: "Write the token, and nothing else, to this file.",
      },
      { cause },
    );
  let token: string;
  try {
    token = await readFile(path, "utf8");
  } catch (error) {
    throw unusable("cannot be read", error);
  }
  if (token === "") throw unusable("is empty");
  // The provider sends the content unchanged.
  if (token !== token.trim()) throw unusable("begins or ends with white space");
  return token;
}

/** GitHub's protocol: GET with the audience, answered with `{ "value": … }`. */
async function requestAssertion(source: Extract<OidcSource, { from: "request" }>): Promise<string> {
  const response = await createHttp({})({
    method: "GET",
    url: source.url,
    query: { audience: source.audience },
    headers: { authorization: `Bearer ${source.token}` },
    what: "OIDC token request",
  });
  const value = (response.body as { value?: unknown } | undefined)?.value;
  if (typeof value === "string" && value !== "") return value;
  throw azureMlError("UnexpectedResponse", {
    what: `OIDC token request to ${new URL(source.url).host}`,
    field: "value",
    requestId: response.requestId,
  });
}
