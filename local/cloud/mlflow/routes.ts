import type { FastifyInstance, FastifyRequest } from "fastify";
import { isObject } from "../arm/body";
import { ArmError } from "../armError";
import type { Cloud } from "../cloud";
import type { Artifacts } from "../history/artifacts";
import { workspaceOf, WORKSPACE_ROUTE } from "../ml/workspace";
import { accepts } from "../strict/declaration";
import { registerExperiments } from "./experimentRoutes";
import { fieldsOf } from "./fields";
import { registerModels } from "./modelRoutes";
import { registerRuns } from "./runRoutes";
import type { TrackingOf } from "./tracking";
import { invalidParameter, MlflowError, type MlflowRequest, type MlflowRoute } from "./wire";

/** Azure ML's plugin for `mlflow` uses the second path. */
export function registerMlflow(
  app: FastifyInstance,
  cloud: Cloud,
  trackingOf: TrackingOf,
  artifacts: Artifacts,
): void {
  for (const version of ["v1.0", "v2.0"]) {
    void app.register(async (scope) => {
      answerInMlflowShape(scope);
      const api = `/mlflow/${version}${WORKSPACE_ROUTE}/api/2.0`;
      const route: MlflowRoute = (method, path, handle) => {
        const [, preview = "", call = ""] = /^(preview\/)?(.+)$/.exec(path) ?? [];
        scope.route({
          method,
          url: `${api}/${preview}mlflow/${call}`,
          // A search is a POST that changes nothing.
          ...accepts(`MLflow: ${call}`, fieldsOf(call, path.endsWith("/search"))),
          handler: async (request) => handle(readRequest(cloud, trackingOf, request)),
        });
      };
      registerExperiments(route, cloud);
      registerRuns(route, cloud, artifacts);
      registerModels(route, cloud);
      scope.all(`${api}/mlflow/*`, async (request) => {
        const message = `The local cloud has no MLflow route ${request.method} ${request.url.split("?")[0]}.`;
        throw new MlflowError(501, "ENDPOINT_NOT_FOUND", message);
      });
    });
  }
}

function readRequest(cloud: Cloud, trackingOf: TrackingOf, request: FastifyRequest): MlflowRequest {
  const workspace = workspaceOf(cloud, request);
  const query = isObject(request.query) ? request.query : {};
  const body = request.body;
  if (body !== undefined && body !== null && !isObject(body))
    throw invalidParameter("The body must be a JSON object.");
  return {
    tracking: trackingOf(workspace.guid),
    workspace,
    input: { ...query, ...(body ?? {}) },
  };
}

function answerInMlflowShape(scope: FastifyInstance): void {
  scope.setErrorHandler(async (error, _request, reply) => {
    if (error instanceof MlflowError) {
      return reply.code(error.status).send({ error_code: error.code, message: error.message });
    }
    if (error instanceof ArmError) {
      const code =
        error.status === 404
          ? "RESOURCE_DOES_NOT_EXIST"
          : error.status === 401
            ? "UNAUTHENTICATED"
            : // The client reads a code that MLflow does not have as INTERNAL_ERROR.
              error.status === 400
              ? "INVALID_PARAMETER_VALUE"
              : error.code;
      return reply
        .code(error.status)
        .headers(error.extra.headers ?? {})
        .send({ error_code: code, message: error.message });
    }
    const status = isObject(error) && typeof error["statusCode"] === "number" ? error["statusCode"] : 500;
    const message = error instanceof Error ? error.message : String(error);
    const code = status < 500 ? "INVALID_PARAMETER_VALUE" : "INTERNAL_ERROR";
    return reply.code(status).send({ error_code: code, message });
  });
}
