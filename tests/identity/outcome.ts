/** The choice of identity by the program and by the provider stand-in, in one form. */
import { chooseLogin as programChoice } from "../../azureml/login";
import { readProviderSettings } from "../../azureml/providerSettings";
import { providerConfig } from "../../local/plugins/azureNative/config";
import { chooseLogin as providerChoice, type LoginKind } from "../../local/plugins/azureNative/credentials";

export type Kind = "default" | "certificate" | "secret" | "oidc" | "managedIdentity" | "cli";
export type TokenFrom = "token" | "file" | "request";

/** The chosen identity, or "refused". */
export type Outcome = { kind: Kind; tenantId?: string; clientId?: string; token?: TokenFrom } | "refused";

/** Keys without `azure-native:`. */
export interface Given {
  config: Record<string, string>;
  env: Record<string, string>;
}

export function byProgram({ config, env }: Given): Outcome {
  const settings = readProviderSettings((key) => config[key.replace("azure-native:", "")], env);
  const chosen = programChoice(settings);
  if ("problems" in chosen) return "refused";
  const { login } = chosen;
  return {
    kind: login.kind,
    ...("tenantId" in login && { tenantId: login.tenantId }),
    ...("clientId" in login && { clientId: login.clientId }),
    ...(login.kind === "oidc" && { token: login.source.from }),
  };
}

const kinds: Record<LoginKind, Kind> = {
  "the default Azure credential": "default",
  "a client certificate": "certificate",
  "a client secret": "secret",
  OIDC: "oidc",
  "a managed identity": "managedIdentity",
  "the Azure CLI": "cli",
};
const sources = { oidcToken: "token", oidcTokenFilePath: "file", oidcRequestUrl: "request" } as const;

export function byProvider({ config, env }: Given): Outcome {
  try {
    const { kind, token, ...ids } = providerChoice(providerConfig(config, env));
    return { kind: kinds[kind], ...ids, ...(token && { token: sources[token] }) };
  } catch {
    return "refused";
  }
}
