import { createHttp, type Http } from "../http/http";
import { cloudOptionsFrom, type CloudEndpoints, type CloudOptions, discoverCloud } from "./clouds";
import { createCredential, type ReportingCredential } from "./credential";

/** A cloud we are logged in to: what every client function takes first. */
export interface AzureSession {
  cloud: CloudEndpoints;
  credential: ReportingCredential;
  http: Http;
  options: CloudOptions;
}

const sessions = new Map<string, Promise<AzureSession>>();

/**
 * Finds the cloud and prepares its credential; one session per process and cloud. Default options: the environment
 * (`ARM_METADATA_HOSTNAME`, `ARM_ENVIRONMENT`, …). Asks for no token yet: `session.credential.report(…)` does.
 */
export function openSession(
  options: CloudOptions = cloudOptionsFrom(() => undefined),
): Promise<AzureSession> {
  const key = JSON.stringify(options);
  let session = sessions.get(key);
  if (!session) {
    session = open(options);
    sessions.set(key, session);
    // A cloud that did not answer is asked again next time.
    session.catch(() => sessions.delete(key));
  }
  return session;
}

async function open(options: CloudOptions): Promise<AzureSession> {
  const cloud = await discoverCloud(options);
  const credential = createCredential({ cloud, options });
  return { cloud, credential, http: createHttp({ credential }), options };
}
