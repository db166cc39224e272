import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ArmError } from "./armError";
import { CloudStartError, StoreError } from "./startError";

interface ErrorDetail {
  code: string;
  message: string;
  target?: string | null;
  details?: ErrorDetail[];
}

interface ErrorBody {
  error: ErrorDetail & { additionalInfo?: Array<{ type: string; info: { value: string } }> };
}

const FASTIFY_CODES: Record<string, string> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "RequestContentTooLarge",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "UnsupportedMediaType",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "InvalidRequestContent",
  FST_ERR_CTP_INVALID_JSON_BODY: "InvalidRequestContent",
  FST_ERR_BAD_URL: "InvalidRequestUri",
};

export function errorBody(error: unknown): ErrorBody {
  if (error instanceof ArmError) {
    const { target, details } = error.extra;
    const { code, message } = error;
    return { error: { code, message, ...(target ? { target } : {}), ...(details ? { details } : {}) } };
  }
  if (error instanceof StoreError || error instanceof CloudStartError) {
    return { error: { code: error.code, message: error.message } };
  }
  const message = error instanceof Error ? error.message : String(error);
  const code = (error as Partial<FastifyError> | undefined)?.code ?? "";
  return { error: { code: FASTIFY_CODES[code] ?? "InternalServerError", message } };
}

/**
 * Paths that Azure Machine Learning's own front end answers. ARM answers the other paths, and the checks
 * before the front end.
 */
const FRONT_END =
  /^(\/mferp\/managementfrontend)?\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.MachineLearningServices\/(registries\/[^/]+\/|workspaces\/[^/]+\/(jobs|onlineEndpoints|models|data|environments|components|codes|datastores)(\/|\?|$))/i;
const GATE = new Set([
  "AuthenticationFailed",
  "InvalidApiVersionParameter",
  "MissingApiVersionParameter",
  "NoRegisteredProviderFound",
  "ParentResourceNotFound",
  "ResourceGroupNotFound",
  "SubscriptionNotFound",
]);

/** Azure ML's front end returns more members than ARM. */
function bodyFor(url: string, error: unknown): ErrorBody {
  const body = errorBody(error);
  if (!FRONT_END.test(url) || GATE.has(body.error.code)) return body;
  const { code, message, target = null, details = [] } = body.error;
  const component = { type: "ComponentName", info: { value: "managementfrontend" } };
  const inner = details.map((detail) => ({ target: null, details: [], ...detail }));
  return { error: { code, message, target, details: inner, additionalInfo: [component] } };
}

function statusOf(error: unknown): number {
  if (error instanceof ArmError) return error.status;
  const status = (error as Partial<FastifyError> | undefined)?.statusCode;
  return status !== undefined && status >= 400 && status < 500 ? status : 500;
}

interface KnownRoute {
  method: string;
  pattern: RegExp;
}

function patternOf(url: string): RegExp {
  const escaped = url.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/:[A-Za-z]+/g, "[^/]+").replace(/\*/g, ".*")}$`, "i");
}

/** Call it before any route is registered. */
export function registerErrors(app: FastifyInstance, log: (area: string, message: string) => void): void {
  const known: KnownRoute[] = [];
  app.addHook("onRoute", (route) => {
    for (const method of [route.method].flat()) known.push({ method, pattern: patternOf(route.url) });
  });
  app.setErrorHandler((error, request, reply) => {
    const status = statusOf(error);
    if (status >= 500) {
      log(
        "error",
        `${request.method} ${request.url.split("?")[0]}: ${(error as Error).stack ?? String(error)}`,
      );
    }
    const headers = error instanceof ArmError ? error.extra.headers : undefined;
    return reply
      .code(status)
      .headers(headers ?? {})
      .type("application/json; charset=utf-8")
      .send(bodyFor(request.url, error));
  });
  app.setNotFoundHandler((request, reply) => unknownRoute(request, reply, known));
}

function unknownRoute(request: FastifyRequest, reply: FastifyReply, known: KnownRoute[]): FastifyReply {
  const path = request.url.split("?")[0] ?? "";
  const methods = new Set(known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method));
  if (methods.size > 0) {
    const allowed = [...methods].sort().join(", ");
    const message = `The method '${request.method}' is not allowed for '${path}'. Allowed: ${allowed}.`;
    return reply
      .code(405)
      .header("allow", allowed)
      .send(errorBody(new ArmError(405, "MethodNotAllowed", message)));
  }
  const version = new URLSearchParams(request.url.split("?")[1] ?? "").get("api-version");
  const withVersion = version ? ` (api-version ${version})` : "";
  const message = `The local cloud has no route for ${request.method} ${path}${withVersion}. Azure may have it: run against Azure, or add the route under local/cloud.`;
  return reply
    .code(501)
    .send(errorBody(new ArmError(501, "NotImplementedByLocalCloud", message, { target: path })));
}

/**
 * Assets are not ARM's own resources: Azure ML's front end answers for them, and its 404 has the code UserError. Seen for
 * environments, components and datastores in public logs of azure-ai-ml (`ResourceNotFoundError: (UserError) …`, its form of a 404);
 * inferred for data and models, which the same service answers.
 */
const ASSET = /\/workspaces\/[^/]+\/((data|models|environments|components|codes|datastores)\/.+)/i;

export function resourceNotFound(id: string): ArmError {
  const asset = ASSET.exec(id)?.[1];
  if (asset) return new ArmError(404, "UserError", `Could not find ${asset}.`, { target: id });
  const group = /\/resourceGroups\/([^/]+)/i.exec(id)?.[1];
  const relative = id.split(/\/providers\//i).at(-1) ?? id;
  const where = group ? ` under resource group '${group}'` : "";
  return new ArmError(404, "ResourceNotFound", `The Resource '${relative}'${where} was not found.`, {
    target: id,
  });
}
