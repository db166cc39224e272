import { setTimeout as pause } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ArmError } from "../armError";
import type { ArmResource, Cloud } from "../cloud";
import { errorBody } from "../errors";
import { planOf, requestTimeoutMs } from "../ml/online/deploymentPlan";
import type { DeploymentRuntime } from "../ml/online/deploymentRuntime";
import { retryAfter } from "../retryAfter";
import { SCORING } from "../strict/bodies";
import { accepts } from "../strict/declaration";
import { endpointOf } from "./caller";
import { failureOf, modelStatusOf, type ScoringAnswer, ScoringRefusal } from "./failures";
import { registerMetrics } from "./metricsRoute";
import { createRequestMetrics, type RequestMetrics } from "./requestMetrics";
import { parseScoringBody, readScoringRequest, type ScoringRequest } from "./scoringRequest";
import { createPoints, pickDeployment, type Points, type TrafficMap } from "./traffic";

const DEPLOYMENT_HEADER = "azureml-model-deployment";
/** Retry-After of a deployment that is being created, in milliseconds of wall-clock time. */
const CREATING_RETRY_MS = 200;

const SCORE = accepts("score", {
  access: "own",
  readOnly: true,
  headers: [DEPLOYMENT_HEADER, "x-ms-client-request-id"],
  body: SCORING,
});

/** Inference: `POST {scoringUri}` of every endpoint. */
export function registerScoring(app: FastifyInstance, cloud: Cloud, runtime: DeploymentRuntime): void {
  const nextPoints = createPoints();
  const metrics = createRequestMetrics();
  registerMetrics(app, cloud, metrics);
  // Authorize the caller before the body is read.
  const onRequest = async (request: FastifyRequest): Promise<void> => void endpointOf(cloud, request);
  const options = { onRequest, ...SCORE };
  void app.register(async (scope) => {
    // The model validates the body, whatever its content type.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      "*",
      { parseAs: "string" },
      async (_request: FastifyRequest, body: string) => body,
    );
    scope.setErrorHandler(answerError);
    scope.post("/endpoints/:location/:endpoint/score", options, async (request, reply) => {
      const endpoint = endpointOf(cloud, request);
      const { deployment, points } = chosenDeployment(cloud, endpoint, request, nextPoints);
      void reply.header(DEPLOYMENT_HEADER, deployment.name);
      const body = String(request.body ?? "");
      const scored = { body, label: "POST /score", id: request.id, endpoint, metrics };
      const answer = serve(cloud, runtime, deployment, scored);
      // After the request itself, so that mirroring neither delays nor changes it.
      if (points) setImmediate(() => mirror(cloud, runtime, points, scored));
      return send(reply, await answer);
    });
  });
}

function answerError(error: unknown, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof ScoringRefusal) return send(reply, failureOf(error));
  // The cloud's common handler answers every other error with ARM's body.
  throw error;
}

function send(reply: FastifyReply, { status, headers, body }: ScoringAnswer): FastifyReply {
  return reply.code(status).headers(headers).send(body);
}

/** Only requests without the header are mirrored [documented: how-to-safely-rollout-online-endpoints]. */
function chosenDeployment(
  cloud: Cloud,
  endpoint: ArmResource,
  request: FastifyRequest,
  nextPoints: (endpointId: string) => Points,
): { deployment: ArmResource; points?: Points } {
  const requested = request.headers[DEPLOYMENT_HEADER];
  if (typeof requested === "string" && requested !== "") {
    const deployment = deploymentNamed(cloud, endpoint, requested);
    if (deployment) return { deployment: requireCreated(deployment) };
    throw new ArmError(404, "NotFound", `Endpoint ${endpoint.name} has no deployment "${requested}".`);
  }
  const points = nextPoints(endpoint.id);
  const live = (endpoint.hidden?.["liveTraffic"] ?? {}) as TrafficMap;
  const deployment = deploymentNamed(cloud, endpoint, pickDeployment(live, points.live));
  if (deployment) return { deployment: requireCreated(deployment), points };
  const message = `Endpoint ${endpoint.name} has no deployment with traffic. Set its traffic, or name a deployment in the header ${DEPLOYMENT_HEADER}.`;
  throw new ArmError(404, "NotFound", message);
}

function deploymentNamed(
  cloud: Cloud,
  endpoint: ArmResource,
  name: string | undefined,
): ArmResource | undefined {
  return name === undefined ? undefined : cloud.resources.get(`${endpoint.id}/deployments/${name}`);
}

/** Refuses a deployment that is still being created. */
function requireCreated(deployment: ArmResource): ArmResource {
  if (deployment.properties["provisioningState"] !== "Creating") return deployment;
  const message = `Deployment ${deployment.name} is being created. Try again when it exists.`;
  throw new ArmError(503, "ServiceUnavailable", message, { headers: retryAfter(CREATING_RETRY_MS) });
}

interface ScoredRequest {
  body: string;
  label: string;
  id: string;
  endpoint: ArmResource;
  metrics: RequestMetrics;
}

/** Queries the model, and counts and logs the outcome. Never throws. */
async function serve(
  cloud: Cloud,
  runtime: DeploymentRuntime,
  deployment: ArmResource,
  request: ScoredRequest,
): Promise<ScoringAnswer> {
  const started = performance.now();
  const answer = await query(cloud, runtime, deployment, request);
  request.metrics.record({
    endpointId: request.endpoint.id,
    deployment: deployment.name,
    statusCode: answer.status,
    modelStatusCode: modelStatusOf(answer),
    milliseconds: performance.now() - started,
  });
  return answer;
}

/** Never throws. */
async function query(
  cloud: Cloud,
  runtime: DeploymentRuntime,
  deployment: ArmResource,
  { body, label, id }: ScoredRequest,
): Promise<ScoringAnswer> {
  const plan = planOf(cloud, deployment);
  const log = (line: string): void => runtime.log(plan.workspaceId, plan.id, line);
  const started = performance.now();
  const logOutcome = (outcome: string): void =>
    log(`${label} ${outcome} ${Math.round(performance.now() - started)} ms (${id})`);
  try {
    const requested = readScoringRequest(parseScoringBody(body));
    if (requested.ignored.length > 0) log(`Parameters without effect here: ${requested.ignored.join(", ")}`);
    // After a restart the first request loads the model. That time is not part of the request timeout.
    await runtime.ready(plan);
    await applyFault(cloud, deployment);
    const output = await generateAnswers(runtime, plan, requested, requestTimeoutMs(deployment));
    logOutcome("200");
    return { status: 200, headers: {}, body: { output } };
  } catch (error) {
    const failure = failureOf(error);
    logOutcome(`${failure.status} ${errorBody(error).error.message}`);
    return failure;
  }
}

async function generateAnswers(
  runtime: DeploymentRuntime,
  plan: ReturnType<typeof planOf>,
  { conversations, single, parameters }: ScoringRequest,
  timeoutMs: number,
): Promise<string | string[]> {
  const stop = new AbortController();
  const timeout = new ScoringRefusal(
    "timeout",
    `The model did not answer within the deployment's request timeout of ${timeoutMs} ms.`,
  );
  const timer = setTimeout(() => stop.abort(timeout), timeoutMs);
  const timedOut = new Promise<never>((_, reject) =>
    stop.signal.addEventListener("abort", () => reject(timeout), { once: true }),
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

async function applyFault(cloud: Cloud, deployment: ArmResource): Promise<void> {
  const fault = cloud.faults.strikes("scores", { path: deployment.id });
  if (fault?.kind === "score-slow") await pause(fault.retryAfterMs);
  if (fault?.kind === "score-error")
    throw new Error(fault.message ?? `The model failed (fault ${fault.id} of the local cloud)`);
}

/** Sends a copy of a share of the requests to another deployment. Its answer is discarded. */
function mirror(cloud: Cloud, runtime: DeploymentRuntime, points: Points, scored: ScoredRequest): void {
  const { endpoint } = scored;
  const shares = (endpoint.hidden?.["liveMirrorTraffic"] ?? {}) as TrafficMap;
  const deployment = deploymentNamed(cloud, endpoint, pickDeployment(shares, points.mirror));
  // A deployment that is missing or still being created gets no copy.
  if (!deployment || deployment.properties["provisioningState"] === "Creating") return;
  serve(cloud, runtime, deployment, { ...scored, label: "POST /score (mirrored)" }).catch((error: unknown) =>
    cloud.log("scoring", `mirroring to ${deployment.name}: ${String(error)}`),
  );
}
