import type { AzureSession } from "../../azureml/clients/session";
import { delay, type HttpResponse, retryAfterMs } from "../../azureml/http/http";
import { parseServiceError } from "../../azureml/http/failure";
import { at, textAt } from "./json";
import type { Ledger } from "./ledger";
import { namePrefix, ownerTag, pathsOf, type Target } from "./target";
import { NotSettled, Refuted } from "./verdict";

/** Versions of the providers' APIs that the program uses, too. */
const apiVersions: Readonly<Record<string, string>> = {
  "microsoft.machinelearningservices": "2024-10-01",
  "microsoft.storage": "2023-05-01",
  "microsoft.keyvault": "2023-07-01",
  "microsoft.authorization": "2022-04-01",
  "microsoft.operationalinsights": "2023-09-01",
  "microsoft.managedidentity": "2023-01-31",
  "microsoft.insights": "2020-02-02",
};
const resourcesApiVersion = "2021-04-01";

export interface CallOptions {
  apiVersion?: string;
  query?: Record<string, string | number | undefined>;
  headers?: Record<string, string>;
  /** Token scope. Default: ARM's. "": no token. */
  scope?: string;
  /** Retries after throttling and 5xx. Default: the client's. */
  maxRetries?: number;
}

export interface Refusal {
  /** Allowed statuses. */
  status: readonly number[];
  /** The code that the local cloud answers. Another code of the service is noted, it refutes nothing. */
  code?: string;
  /** What the message must mention. Another message may be a refusal for another reason, which settles nothing. */
  says?: RegExp;
}

/** What a probe works with. Every call is recorded, and every created resource is noted for deletion. */
export interface Azure {
  session: AzureSession;
  target: Target;
  paths: ReturnType<typeof pathsOf>;
  /** `ctr-<run id>-<suffix>`. */
  name(suffix: string): string;
  /** One call; never throws for a status. `path` begins with `/subscriptions` or `https://`. */
  call(
    method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE" | "HEAD",
    path: string,
    body?: unknown,
    options?: CallOptions,
  ): Promise<HttpResponse>;
  /** Waits for the operation that the answer started. Returns its last status: `Succeeded`, `Failed`, … */
  /** Without an operation, reads the resource at `path` until its state is final. */
  settled(answer: HttpResponse, path?: string): Promise<{ status: string; error: string }>;
  /** A PUT that must be accepted, and its operation's end. Throws NotSettled otherwise. */
  made(path: string, body: unknown, options?: CallOptions): Promise<HttpResponse>;
  /** Throws Refuted unless `holds`. `expected` completes "expected …". */
  check(holds: boolean, expected: string, seen: unknown): void;
  /** Expects an error. Throws Refuted for a success or another status, NotSettled for a missing right. */
  refused(answer: HttpResponse, refusal: Refusal): void;
  /** Something worth knowing that decides nothing. */
  note(text: string): void;
  pause(milliseconds: number): Promise<void>;
  /** Wait in ms between two reads of something that sends no hint, such as a job. */
  pollMs: number;
}

interface AzureState {
  /** What the checks of the current probe saw. */
  seen: string[];
  notes: string[];
}

export interface AzureOptions {
  /** Ends every call and wait. */
  signal?: AbortSignal;
  /** Default: 10,000. */
  pollMs?: number;
}

/** Creates the context of a run's probes. */
export function createAzure(
  session: AzureSession,
  target: Target,
  ledger: Ledger,
  { signal, pollMs = 10_000 }: AzureOptions = {},
): { azure: Azure; state: AzureState } {
  const state: AzureState = { seen: [], notes: [] };
  const paths = pathsOf(target);

  const call: Azure["call"] = async (method, path, body, options = {}) => {
    const isArm = path.startsWith("/");
    const noted = method === "PUT" && isArm && ledger.add(path);
    const response = await session.http({
      method,
      url: isArm ? `${session.cloud.resourceManager}${encodeURI(path)}` : path,
      query: isArm
        ? { "api-version": options.apiVersion ?? apiVersionOf(path), ...options.query }
        : options.query,
      what: `${method} ${path.split("/").slice(-2).join("/")}`,
      body: method === "PUT" ? owned(path, body, target.runId) : body,
      headers: options.headers,
      scope: scopeOf(session, path, options.scope),
      accept: everyStatus,
      maxRetries: options.maxRetries,
      signal,
    });
    if (noted && response.status >= 400 && response.status < 500) ledger.remove(path);
    return response;
  };

  const settled: Azure["settled"] = async (answer, path) => {
    const operation = answer.header("azure-asyncoperation") ?? answer.header("location");
    const address = operation ?? path;
    // The first answer contains the state only if there is no operation.
    let response = operation ? undefined : answer;
    for (;;) {
      const status = response && statusOf(response);
      if (response && status && (!address || /^(succeeded|failed|cancell?ed)$/i.test(status))) {
        const error = at(response.body, "error");
        return { status, error: error ? parseServiceError({ error }, "").message : "" };
      }
      await delay(retryAfterMs(response ?? answer) ?? Math.min(pollMs, 5_000), signal);
      response = await call("GET", address ?? "");
    }
  };

  const azure: Azure = {
    session,
    target,
    paths,
    name: (suffix) => `${namePrefix(target.runId)}-${suffix}`,
    call,
    settled,
    made: async (path, body, options) => {
      const answer = await call("PUT", path, body, options);
      const what = path.split("/").slice(-2).join("/");
      if (answer.status >= 400) throw new NotSettled(`${what} could not be created: ${describe(answer)}`);
      const { status, error } = await settled(answer, path);
      if (!/^succeeded$/i.test(status)) throw new NotSettled(`${what} ended as ${status}: ${error}`);
      return answer;
    },
    check: (holds, expected, seen) => {
      const text = typeof seen === "string" ? seen : JSON.stringify(seen);
      if (!holds) throw new Refuted(expected, text);
      state.seen.push(`${expected}: ${text}`);
    },
    refused: (answer, { status, code, says }) => {
      const seen = describe(answer);
      const expected = `${status.join(" or ")}${code ? ` ${code}` : ""}`;
      if (!status.includes(answer.status)) {
        if ([401, 403, 408, 429].includes(answer.status) || answer.status >= 500) {
          throw new NotSettled(`the service answered ${seen}`);
        }
        throw new Refuted(`the refusal ${expected}`, seen);
      }
      if (says && !says.test(serviceError(answer).message)) {
        throw new NotSettled(`the refusal may have another reason: ${seen}`);
      }
      state.seen.push(`the refusal ${expected}: ${seen}`);
      if (code && serviceError(answer).code !== code)
        state.notes.push(`the code is ${serviceError(answer).code}, the local cloud's is ${code}`);
    },
    note: (text) => void state.notes.push(text),
    pause: (milliseconds) => delay(milliseconds, signal),
    pollMs,
  };
  return { azure, state };
}

/** The state of an operation or of a resource. Without one: by the HTTP status. */
function statusOf(response: HttpResponse): string {
  return (
    textAt(response.body, "status") ||
    textAt(response.body, "properties.provisioningState") ||
    (response.status === 202 ? "InProgress" : "Succeeded")
  );
}

const everyStatus = Array.from({ length: 400 }, (_, index) => 200 + index);

/** ARM's scope for ARM's host only: a token is not sent to another host unless the probe names the scope. */
function scopeOf(session: AzureSession, path: string, scope: string | undefined): string | undefined {
  if (scope !== undefined) return scope || undefined;
  if (path.startsWith("/")) return session.cloud.armScope;
  const [arm, host] = [new URL(session.cloud.resourceManager).host, new URL(path).host];
  return host === arm || host.endsWith(`.${arm}`) ? session.cloud.armScope : undefined;
}

function apiVersionOf(path: string): string {
  const namespace = path.toLowerCase().split("/providers/").at(-1)?.split("/")[0] ?? "";
  return path.includes("/providers/") ? (apiVersions[namespace] ?? resourcesApiVersion) : resourcesApiVersion;
}

/** The body with the owner tag, where the resource's type has tags. */
function owned(path: string, body: unknown, runId: string): unknown {
  if (typeof body !== "object" || body === null) return body;
  const tag = { [ownerTag]: runId };
  const resource = body as { location?: unknown; tags?: object; properties?: { tags?: object } };
  if (resource.location !== undefined) return { ...resource, tags: { ...tag, ...resource.tags } };
  if (!/\/(jobs|(data|models|environments|components)\/[^/]+\/versions)\/[^/]+$/.test(path)) return body;
  return {
    ...resource,
    properties: { ...resource.properties, tags: { ...tag, ...resource.properties?.tags } },
  };
}

/** Code and message of an error answer. */
export function serviceError(answer: HttpResponse): { code: string; message: string } {
  return parseServiceError(answer.body, answer.text);
}

/** `409 Conflict: …`, or the status alone. */
export function describe(answer: HttpResponse): string {
  if (answer.status < 400) return `${answer.status}`;
  const { code, message } = serviceError(answer);
  return `${answer.status} ${code}: ${message.slice(0, 300)}`;
}
