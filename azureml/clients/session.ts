import { createHttp, type Http } from "../http/http";
import { cloudOptionsFrom, type CloudEndpoints, type CloudOptions, discoverCloud } from "./clouds";
import { createCredential, type ReportingCredential } from "./credential";
import { PromiseCache } from "./promiseCache";

/** A cloud with its credential: the first argument of every client function. */
export interface AzureSession {
  cloud: CloudEndpoints;
  credential: ReportingCredential;
  http: Http;
  options: CloudOptions;
}

const sessions = new PromiseCache<AzureSession>();

/**
 * Discovers the cloud and creates its credential, once per process and cloud. Default options: the environment
 * (`ARM_METADATA_HOSTNAME`, `ARM_ENVIRONMENT`, …). Requests no token yet: `session.credential.report(…)` does.
 */
export function openSession(
  options: CloudOptions = cloudOptionsFrom(() => undefined),
): Promise<AzureSession> {
  return sessions.get(JSON.stringify(options), () => open(options));
}

async function open(options: CloudOptions): Promise<AzureSession> {
  const cloud = await discoverCloud(options);
  const credential = createCredential({ cloud, options });
  return { cloud, credential, http: createHttp({ credential }), options };
}
