/** The few requests the command line makes of a running local cloud. */
import * as fs from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import type { CloudInfo } from "../cloudFile";
import { LOOPBACK } from "../constants";
import { readIdentitySecret } from "../identity/secret";
import { caFileOf } from "../tls";

const TIMEOUT_MS = 5_000;

function getJson(url: URL, options: https.RequestOptions): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const client = url.protocol === "https:" ? https : http;
    const request = client.get(url, { ...options, agent: false, timeout: TIMEOUT_MS }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("error", reject).on("end", () => {
        if (response.statusCode !== 200) {
          reject(new Error(`GET ${url.pathname} answered ${response.statusCode}: ${text.slice(0, 300)}`));
        } else {
          resolve(JSON.parse(text));
        }
      });
    });
    request.on("timeout", () =>
      request.destroy(new Error(`GET ${url.pathname}: no answer within ${TIMEOUT_MS} ms`)),
    );
    request.on("error", reject);
  });
}

/** True if the cloud of that description answers. */
export async function answers(home: string, info: CloudInfo): Promise<boolean> {
  try {
    const url = new URL(`https://${LOOPBACK}:${info.port}/metadata/endpoints?api-version=2022-09-01`);
    await getJson(url, { ca: fs.readFileSync(caFileOf(home)) });
    return true;
  } catch {
    return false;
  }
}

/** GETs one of the cloud's own routes (`/local/…`), with a token as any client would. */
export async function getLocal<T>(home: string, info: CloudInfo, route: string): Promise<T> {
  const base = `https://${LOOPBACK}:${info.port}`;
  const identity = new URL(`http://${LOOPBACK}:${info.identityPort}/msi/token`);
  identity.search = new URLSearchParams({ "api-version": "2019-08-01", resource: base }).toString();
  const headers = { "X-IDENTITY-HEADER": readIdentitySecret(home) };
  const { access_token: token } = (await getJson(identity, { headers })) as { access_token: string };
  const answer = await getJson(new URL(`${base}${route}`), {
    ca: fs.readFileSync(caFileOf(home)),
    headers: { authorization: `Bearer ${token}` },
  });
  return answer as T;
}
