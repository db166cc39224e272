import { timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ArmError, type ArmResource, type Cloud } from "../cloud";
import type { DeploymentRuntime } from "../ml/online/deploymentRuntime";
import { planOf, requestTimeoutMs } from "../ml/online/deployments";
import { endpointAudience, endpointByName, withAddresses, type EndpointKeys } from "../ml/online/endpoints";
import { pathParameters } from "../ml/request";
import { ModelInputError, readScoringRequest, type ScoringRequest } from "./scoringRequest";
import { TooManyRequests } from "./slots";
import { swaggerOf } from "./swagger";
import { pickDeployment, type TrafficMap } from "./traffic";

/** Audiences of Entra tokens that open an endpoint with authMode AADToken. */
const AAD_AUDIENCES = ["https://ml.azure.com", "https://ml.azure.local"];
const DEPLOYMENT_HEADER = "azureml-model-deployment";

class RequestTimeout extends Error {}

/** The inference side: `POST {scoringUri}` and `GET {swaggerUri}` of every endpoint. */
export function registerScoring(app: FastifyInstance, cloud: Cloud, runtime: DeploymentRuntime): void {
  const options = { config: { access: "own", readOnly: true } } as const;
  app.post("/endpoints/:location/:endpoint/score", options, async (request, reply) => {
    const endpoint = authorizedEndpoint(cloud, request);
    const deployment = chosenDeployment(cloud, endpoint, request);
    void reply.header(DEPLOYMENT_HEADER, deployment.name);
    mirror(cloud, runtime, endpoint, request);
    return score(cloud, runtime, deployment, request, reply);
  });
  app.get("/endpoints/:location/:endpoint/swagger.json", options, async (request) => {
    const endpoint = authorizedEndpoint(cloud, request);
    return swaggerOf(endpoint.name, String(withAddresses(cloud, endpoint).properties["scoringUri"]));
  });
}

function authorizedEndpoint(cloud: Cloud, request: FastifyRequest): ArmResource {
  const { location = "", endpoint: name = "" } = pathParameters(request);
  const endpoint = endpointByName(cloud, location, name);
  if (!endpoint) throw new ArmError(404, "NotFound", `There is no endpoint ${name} in ${location}.`);
  const { authorization } = request.headers;
  switch (endpoint.properties["authMode"]) {
    case "AMLToken":
      cloud.verifyToken(authorization, [endpointAudience(endpoint)]);
      break;
    case "AADToken":
      cloud.verifyToken(authorization, AAD_AUDIENCES);
      break;
    default:
      checkKey(endpoint, authorization);
  }
  return endpoint;
}

function checkKey(endpoint: ArmResource, authorization: string | undefined): void {
  const given = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
  if (given === undefined) {
    const message =
      "key_auth_bad_header_missing: send 'Authorization: Bearer <key>' with one of the endpoint's keys.";
    throw new ArmError(401, "Unauthorized", message);
  }
  const { primaryKey, secondaryKey } = endpoint.hidden?.["keys"] as EndpointKeys;
  if (sameKey(given, primaryKey) || sameKey(given, secondaryKey)) return;
  throw new ArmError(
    401,
    "Unauthorized",
    "key_auth_access_denied: the key is neither of the endpoint's two.",
  );
}

function sameKey(given: string, key: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(key)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function chosenDeployment(cloud: Cloud, endpoint: ArmResource, request: FastifyRequest): ArmResource {
  const asked = request.headers[DEPLOYMENT_HEADER];
  if (typeof asked === "string" && asked !== "") {
    const deployment = cloud.resources.get(`${endpoint.id}/deployments/${asked}`);
    if (deployment) return created(deployment);
    throw new ArmError(404, "NotFound", `Endpoint ${endpoint.name} has no deployment "${asked}".`);
  }
  const live = (endpoint.hidden?.["liveTraffic"] ?? {}) as TrafficMap;
  const name = pickDeployment(live, Math.random());
  const deployment =
    name === undefined ? undefined : cloud.resources.get(`${endpoint.id}/deployments/${name}`);
  if (deployment) return created(deployment);
  const message = `Endpoint ${endpoint.name} has no deployment with traffic. Give one a share, or name one in the header ${DEPLOYMENT_HEADER}.`;
  throw new ArmError(404, "NotFound", message);
}

/** A deployment being made cannot be asked yet. */
function created(deployment: ArmResource): ArmResource {
  if (deployment.properties["provisioningState"] !== "Creating") return deployment;
  const message = `Deployment ${deployment.name} is being created. Try again when it is there.`;
  throw new ArmError(503, "ServiceUnavailable", message, { headers: { "retry-after-ms": "200" } });
}

async function score(
  cloud: Cloud,
  runtime: DeploymentRuntime,
  deployment: ArmResource,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const plan = planOf(cloud, deployment);
  const started = performance.now();
  const note = (text: string): void =>
    runtime.log(
      plan.workspaceId,
      plan.id,
      `POST /score ${text} ${Math.round(performance.now() - started)} ms (${request.id})`,
    );
  try {
    const asked = readScoringRequest(request.body);
    if (asked.ignored.length > 0)
      runtime.log(plan.workspaceId, plan.id, `Parameters without effect here: ${asked.ignored.join(", ")}`);
    // After a restart of the cloud the first request finds the model's machine still starting: that is not the model's time.
    await runtime.ready(plan);
    const output = await answers(runtime, plan, asked, requestTimeoutMs(deployment));
    note("200");
    return reply.send({ output });
  } catch (error) {
    const { status, code, headers } = failureOf(error);
    const message = error instanceof Error ? error.message : String(error);
    note(`${status} ${message}`);
    return reply.code(status).headers(headers).send({ error: { code, message } });
  }
}

async function answers(
  runtime: DeploymentRuntime,
  plan: ReturnType<typeof planOf>,
  { conversations, single, parameters }: ScoringRequest,
  timeoutMs: number,
): Promise<string | string[]> {
  const stop = new AbortController();
  const late = new RequestTimeout(
    `The model did not answer within the deployment's request timeout of ${timeoutMs} ms.`,
  );
  const timer = setTimeout(() => stop.abort(late), timeoutMs);
  const timedOut = new Promise<never>((_, reject) =>
    stop.signal.addEventListener("abort", () => reject(late), { once: true }),
  );
  timedOut.catch(() => undefined);
  try {
    const texts: string[] = [];
    for (const messages of conversations) {
      texts.push(await Promise.race([runtime.generate(plan, messages, parameters, stop.signal), timedOut]));
    }
    return single ? (texts[0] ?? "") : texts;
  } finally {
    clearTimeout(timer);
  }
}

/** The service's statuses: 408 timeout, 429 too many pending, 424 whatever the model's container does not answer with 200. */
function failureOf(error: unknown): { status: number; code: string; headers: Record<string, string> } {
  if (error instanceof RequestTimeout) return { status: 408, code: "RequestTimeout", headers: {} };
  if (error instanceof TooManyRequests)
    return { status: 429, code: "TooManyRequests", headers: { "retry-after-ms": "200" } };
  const modelStatus = error instanceof ModelInputError ? 400 : 500;
  const reason = error instanceof ModelInputError ? "Bad Request" : "Internal Server Error";
  return {
    status: 424,
    code: "ModelError",
    headers: {
      "ms-azureml-model-error-statuscode": String(modelStatus),
      "ms-azureml-model-error-reason": reason,
    },
  };
}

/** Copies a share of the requests to another deployment, whose answer nobody waits for. */
function mirror(
  cloud: Cloud,
  runtime: DeploymentRuntime,
  endpoint: ArmResource,
  request: FastifyRequest,
): void {
  const shares = Object.entries((endpoint.hidden?.["liveMirrorTraffic"] ?? {}) as TrafficMap);
  for (const [name, percent] of shares) {
    const deployment =
      Math.random() * 100 < percent ? cloud.resources.get(`${endpoint.id}/deployments/${name}`) : undefined;
    if (!deployment) continue;
    const plan = planOf(cloud, deployment);
    const copy = async (): Promise<unknown> =>
      answers(runtime, plan, readScoringRequest(request.body), requestTimeoutMs(deployment));
    copy().catch((error: unknown) =>
      runtime.log(plan.workspaceId, plan.id, `mirrored request failed: ${String(error)}`),
    );
  }
}
