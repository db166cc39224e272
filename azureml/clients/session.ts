import { createHttp, type Http } from "../http/http";
import { cloudOptionsFrom, type CloudEndpoints, type CloudOptions, discoverCloud } from "./clouds";
import { createCredential, type ReportingCredential } from "./credential";

/** A cloud with its credential: the first argument of every client function. */
export interface AzureSession {
  cloud: CloudEndpoints;
  credential: ReportingCredential;
  http: Http;
  options: CloudOptions;
}

const sessions = new Map<string, Promise<AzureSession>>();

/**
 * Discovers the cloud and creates its credential, once per process and cloud. Default options: the
 * environment (`ARM_METADATA_HOSTNAME`, `ARM_ENVIRONMENT`, …). Requests no token yet:
 * `session.credential.report(…)` does.
 */
export function openSession(
  options: CloudOptions = cloudOptionsFrom(() => undefined),
): Promise<AzureSession> {
  const key = JSON.stringify(options);
  let session = sessions.get(key);
  if (!session) {
    session = open(options);
    sessions.set(key, session);
    // After a failed discovery the next call tries again.
    session.catch(() => sessions.delete(key));
  }
  return session;
}

async function open(options: CloudOptions): Promise<AzureSession> {
  const cloud = await discoverCloud(options);
  const credential = createCredential({ cloud, options });
  return { cloud, credential, http: createHttp({ credential }), options };
}
