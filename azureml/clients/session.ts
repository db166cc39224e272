import { azureMlError } from "../errors";
import { createHttp, type Http } from "../http/http";
import { chooseLogin, type Login } from "../login";
import { isOn } from "../providerSettings";
import { showCliAccount } from "./azureCli";
import { azureOptions, type AzureOptions, type CloudEndpoints, discoverCloud } from "./clouds";
import { createCredential, type ReportingCredential } from "./credential";
import { PromiseCache } from "./promiseCache";

/** A cloud with its credential: the first argument of every client function. */
export interface AzureSession {
  cloud: CloudEndpoints;
  credential: ReportingCredential;
  http: Http;
}

const sessions = new PromiseCache<AzureSession>();

/**
 * Discovers the cloud and creates its credential, once per process and settings: the cloud and the identity that the azure-native
 * provider uses with the same settings. Default options: the environment (`ARM_TENANT_ID`, …). Requests no token yet:
 * `session.credential.report(…)` does.
 * @throws LoginSettings for settings that the provider refuses, or reads otherwise than they are meant
 */
export function openSession(options: AzureOptions = azureOptions(() => undefined)): Promise<AzureSession> {
  return sessions.get(JSON.stringify(options), () => open(options));
}

async function open(options: AzureOptions): Promise<AzureSession> {
  const { settings } = options;
  const login = requireLogin(options);
  const account = login.kind === "cli" ? await showCliAccount(login) : undefined;
  const cloud = await discoverCloud(options, account && { cliEnvironment: account.environment });
  const tenants = settings.auxiliaryTenantIds?.value;
  const credential = createCredential({
    login,
    cloud,
    ...(account && { account }),
    ...(isOn(settings, "disableInstanceDiscovery") && { disableInstanceDiscovery: true }),
    ...(tenants && { additionallyAllowedTenants: JSON.parse(tenants) as string[] }),
  });
  return { cloud, credential, http: createHttp({ credential }) };
}

function requireLogin({ settings }: AzureOptions): Login {
  const chosen = chooseLogin(settings);
  if ("login" in chosen) return chosen.login;
  const [first] = chosen.problems;
  const { property = "credential", seen = "not usable", allowed, remedy = "Correct it." } = first ?? {};
  throw azureMlError("LoginSettings", {
    property,
    seen: allowed ? `${seen}; allowed: ${allowed}` : seen,
    remedy,
  });
}
