/** Azure Resource Manager over HTTPS. */
import { setTimeout as sleep } from "node:timers/promises";
import type { HttpMethods } from "@azure/core-rest-pipeline";
import { isObject, type Json } from "../host/values";
import type { AzureCloud } from "./clouds";
import type { Login } from "./credentials";
import { errorCode, send, type HttpResponse } from "./http";

export interface ArmRequest {
  method: HttpMethods;
  path: string;
  apiVersion: string;
  body?: Json;
  signal?: AbortSignal;
}

export interface Arm {
  /** Sends with retries. Returns the response whatever its status. */
  send(request: ArmRequest): Promise<HttpResponse>;
  token(): Promise<string>;
  subscriptionId: string;
  cloud: AzureCloud;
}

const TOKEN_MARGIN_MS = 5 * 60_000;
const REGISTRATION_API_VERSION = "2019-05-01";
const REGISTRATION_POLL_MS = 5_000;
const REGISTRATION_TIMEOUT_MS = 10 * 60_000;

/** An error response from Azure. The message is shown to the user. */
export class AzureError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = "AzureError";
  }
}

/**
 * `Status=409 Code="Conflict" Message="…"`; a body without an error is the message as a whole. The error's `details`
 * follow with their codes and messages, as the provider shows them since pulumi/pulumi-azure-native#4677 (merged in April
 * 2026, before 3.28.0 was built). That pull request's text names the two fields but not the punctuation, and speaks
 * neither of nested details nor of `innererror`: the punctuation is inferred, the rest is left out.
 */
export function azureError(response: Pick<HttpResponse, "status" | "text" | "json">): AzureError {
  const { status, text, json } = response;
  const error = isObject(json) ? (isObject(json["error"]) ? json["error"] : json) : {};
  const code = errorCode(json);
  const message = typeof error["message"] === "string" ? error["message"] : text;
  const details = (Array.isArray(error["details"]) ? error["details"] : [])
    .filter(isObject)
    .map((detail) => codeAndMessage(textOf(detail["code"]), textOf(detail["message"])));
  return new AzureError(
    status,
    code,
    `Status=${status} ${codeAndMessage(code, message)}${details.length > 0 ? ` Details: ${details.join("; ")}` : ""}`,
  );
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

function codeAndMessage(code: string, message: string): string {
  return `${code ? `Code="${code}" ` : ""}Message="${message}"`;
}

function tokenSource(login: Login, audience: string): () => Promise<string> {
  let cached: { token: string; expires: number } | undefined;
  return async () => {
    if (cached && cached.expires - TOKEN_MARGIN_MS > Date.now()) return cached.token;
    const result = await login.credential.getToken(`${audience}/.default`);
    if (!result) throw new Error(`${login.method} returned no token for ${audience}`);
    cached = { token: result.token, expires: result.expiresOnTimestamp };
    return result.token;
  };
}

/** The absolute URL. Adds the API version unless the URL has one. */
function absolute(cloud: AzureCloud, { path, apiVersion }: ArmRequest): string {
  const url = new URL(path, `${cloud.resourceManager}/`);
  if (!url.searchParams.has("api-version")) url.searchParams.set("api-version", apiVersion);
  return url.href;
}

/** @throws if ARM is not served over TLS, since a token would travel in the clear */
export function armClient(cloud: AzureCloud, login: Login, subscriptionId: string): Arm {
  const token = tokenSource(login, cloud.audience);
  const authorised = async (request: ArmRequest): Promise<HttpResponse> => {
    const url = absolute(cloud, request);
    if (!url.startsWith("https://")) {
      throw new Error(
        `${url}: authenticated requests are not permitted for non TLS protected (https) endpoints`,
      );
    }
    return send({
      method: request.method,
      url,
      headers: { authorization: `Bearer ${await token()}` },
      ...(request.body === undefined ? {} : { body: request.body }),
      ...(request.signal ? { signal: request.signal } : {}),
    });
  };

  /** Registers the path's resource provider in the subscription and waits until it is registered. */
  const register = async (path: string, signal: AbortSignal | undefined): Promise<boolean> => {
    const namespace = /\/providers\/([^/]+)\/(?!.*\/providers\/)/i.exec(path)?.[1];
    if (!namespace) return false;
    const provider = `/subscriptions/${subscriptionId}/providers/${namespace}`;
    const common = { apiVersion: REGISTRATION_API_VERSION, ...(signal ? { signal } : {}) };
    const answer = await authorised({ method: "POST", path: `${provider}/register`, ...common });
    if (answer.status >= 300) throw azureError(answer);
    for (const deadline = Date.now() + REGISTRATION_TIMEOUT_MS; Date.now() < deadline;) {
      const { json } = await authorised({ method: "GET", path: provider, ...common });
      if (isObject(json) && json["registrationState"] === "Registered") return true;
      await sleep(REGISTRATION_POLL_MS, undefined, signal ? { signal } : {});
    }
    throw new Error(`resource provider ${namespace} was still not registered after 10 minutes`);
  };

  return {
    cloud,
    subscriptionId,
    token,
    async send(request) {
      const response = await authorised(request);
      if (response.status !== 409 || errorCode(response.json) !== "MissingSubscriptionRegistration")
        return response;
      return (await register(request.path, request.signal)) ? authorised(request) : response;
    },
  };
}
