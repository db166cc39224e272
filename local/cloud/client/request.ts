import * as fs from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import type { CloudInfo } from "../cloudFile";
import { LOOPBACK } from "../constants";
import { readIdentitySecret } from "../identity/secret";
import { caFileOf } from "../tls";

const TIMEOUT_MS = 5_000;

export class LocalCloudError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = "LocalCloudError";
  }
}

function sendJson(url: URL, options: https.RequestOptions, body?: unknown): Promise<unknown> {
  const { method = "GET" } = options;
  return new Promise((resolve, reject) => {
    const client = url.protocol === "https:" ? https : http;
    const settings = { timeout: TIMEOUT_MS, ...options, agent: false };
    const request = client.request(url, settings, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("error", reject).on("end", () => {
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) resolve(text === "" ? undefined : JSON.parse(text));
        else reject(refusal(`${method} ${url.pathname} answered ${status}`, text));
      });
    });
    request.on("timeout", () =>
      request.destroy(new Error(`${method} ${url.pathname}: no answer within ${settings.timeout} ms`)),
    );
    request.on("error", reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function refusal(what: string, text: string): Error {
  try {
    const { error } = JSON.parse(text) as { error: { code: string; message: string } };
    return new LocalCloudError(error.code, error.message);
  } catch {
    return new Error(`${what}: ${text.slice(0, 300)}`);
  }
}

export async function isReachable(home: string, info: CloudInfo): Promise<boolean> {
  try {
    const url = new URL(`https://${LOOPBACK}:${info.port}/metadata/endpoints?api-version=2022-09-01`);
    await sendJson(url, { ca: fs.readFileSync(caFileOf(home)) });
    return true;
  } catch {
    return false;
  }
}

/** Waits 5 s by default. */
export async function callLocal<T>(
  home: string,
  info: CloudInfo,
  { method = "GET", route, body, timeoutMs = TIMEOUT_MS }: LocalCall,
): Promise<T> {
  const base = `https://${LOOPBACK}:${info.port}`;
  const identity = new URL(`http://${LOOPBACK}:${info.identityPort}/msi/token`);
  identity.search = new URLSearchParams({ "api-version": "2019-08-01", resource: base }).toString();
  const secret = { "X-IDENTITY-HEADER": readIdentitySecret(home) };
  const { access_token: token } = (await sendJson(identity, { headers: secret })) as { access_token: string };
  const ca = fs.readFileSync(caFileOf(home));
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  };
  const url = new URL(`${base}${route}`);
  return (await sendJson(url, { method, ca, headers, timeout: timeoutMs }, body)) as T;
}

export interface LocalCall {
  method?: "GET" | "POST" | "DELETE";
  route: string;
  body?: unknown;
  timeoutMs?: number;
}
