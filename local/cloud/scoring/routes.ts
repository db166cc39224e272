import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ArmError, type ArmResource, type Cloud } from "../cloud";
import { errorBody } from "../errors";
import type { DeploymentRuntime } from "../ml/online/deploymentRuntime";
import { planOf, requestTimeoutMs } from "../ml/online/deploymentPlan";
import { withAddresses } from "../ml/online/endpoints";
import { retryAfter } from "../retryAfter";
import { endpointOf } from "./caller";
import { failureOf, type ScoringAnswer, ScoringRefusal } from "./failures";
import { parseScoringBody, readScoringRequest, type ScoringRequest } from "./scoringRequest";
import { swaggerOf } from "./swagger";
import { createPoints, pickDeployment, type Points, type TrafficMap } from "./traffic";

const DEPLOYMENT_HEADER = "azureml-model-deployment";
/** When to ask again for a deployment that is being made, in milliseconds on the wall. */
const COMING_MS = 200;

/** The inference side: `POST {scoringUri}` and `GET {swaggerUri}` of every endpoint. */
export function registerScoring(app: FastifyInstance, cloud: Cloud, runtime: DeploymentRuntime): void {
  const nextPoints = createPoints();
  // Before a body is read, whose is it?
  const onRequest = async (request: FastifyRequest): Promise<void> => void endpointOf(cloud, request);
  const options = { onRequest, config: { access: "own", readOnly: true } } as const;
  void app.register(async (scope) => {
    // A body is the model's affair, whatever it is called and whatever is wrong with it.
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
      const answer = serve(cloud, runtime, deployment, { body, label: "POST /score", id: request.id });
      // Behind the request itself, which it neither delays nor changes.
      if (points) setImmediate(() => mirror(cloud, runtime, endpoint, { points, body, id: request.id }));
      return send(reply, await answer);
    });
    scope.get("/endpoints/:location/:endpoint/swagger.json", options, async (request) => {
      const endpoint = endpointOf(cloud, request);
      return swaggerOf(endpoint.name, String(withAddresses(cloud, endpoint).properties["scoringUri"]));
    });
  });
}

function answerError(error: unknown, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof ScoringRefusal) return send(reply, failureOf(error));
  // What is no answer of an inference server's has ARM's shape, from the handler of the whole cloud.
  throw error;
}

function send(reply: FastifyReply, { status, headers, body }: ScoringAnswer): FastifyReply {
  return reply.code(status).headers(headers).send(body);
}

/**
 * The deployment that the header names; without it, the one whose share of the traffic the request falls on. Only such
 * requests are mirrored [documented: how-to-safely-rollout-online-endpoints].
 */
function chosenDeployment(
  cloud: Cloud,
  endpoint: ArmResource,
  request: FastifyRequest,
  nextPoints: (endpointId: string) => Points,
): { deployment: ArmResource; points?: Points } {
  const asked = request.headers[DEPLOYMENT_HEADER];
  if (typeof asked === "string" && asked !== "") {
    const deployment = deploymentNamed(cloud, endpoint, asked);
    if (deployment) return { deployment: created(deployment) };
    throw new ArmError(404, "NotFound", `Endpoint ${endpoint.name} has no deployment "${asked}".`);
  }
  const points = nextPoints(endpoint.id);
  const live = (endpoint.hidden?.["liveTraffic"] ?? {}) as TrafficMap;
  const deployment = deploymentNamed(cloud, endpoint, pickDeployment(live, points.live));
  if (deployment) return { deployment: created(deployment), points };
  const message = `Endpoint ${endpoint.name} has no deployment with traffic. Give one a share, or name one in the header ${DEPLOYMENT_HEADER}.`;
  throw new ArmError(404, "NotFound", message);
}

function deploymentNamed(
  cloud: Cloud,
  endpoint: ArmResource,
  name: string | undefined,
): ArmResource | undefined {
  return name === undefined ? undefined : cloud.resources.get(`${endpoint.id}/deployments/${name}`);
}

/** A deployment being made cannot be asked yet. */
function created(deployment: ArmResource): ArmResource {
  if (deployment.properties["provisioningState"] !== "Creating") return deployment;
  const message = `Deployment ${deployment.name} is being created. Try again when it is there.`;
  throw new ArmError(503, "ServiceUnavailable", message, { headers: retryAfter(COMING_MS) });
}

/** A request as a deployment gets it. */
interface Asked {
  body: string;
  /** What its log calls it. */
  label: string;
  id: string;
}

/** Asks the model, notes the outcome in the deployment's log and says what to answer; never throws. */
async function serve(
  cloud: Cloud,
  runtime: DeploymentRuntime,
  deployment: ArmResource,
  { body, label, id }: Asked,
): Promise<ScoringAnswer> {
  const plan = planOf(cloud, deployment);
  const log = (line: string): void => runtime.log(plan.workspaceId, plan.id, line);
  const started = performance.now();
  const note = (outcome: string): void =>
    log(`${label} ${outcome} ${Math.round(performance.now() - started)} ms (${id})`);
  try {
    const asked = readScoringRequest(parseScoringBody(body));
    if (asked.ignored.length > 0) log(`Parameters without effect here: ${asked.ignored.join(", ")}`);
    // After a restart of the cloud the first request finds the model's machine still starting: that is not the model's time.
    await runtime.ready(plan);
    const output = await answers(runtime, plan, asked, requestTimeoutMs(deployment));
    note("200");
    return { status: 200, headers: {}, body: { output } };
  } catch (error) {
    const failure = failureOf(error);
    note(`${failure.status} ${errorBody(error).error.message}`);
    return failure;
  }
}

async function answers(
  runtime: DeploymentRuntime,
  plan: ReturnType<typeof planOf>,
  { conversations, single, parameters }: ScoringRequest,
  timeoutMs: number,
): Promise<string | string[]> {
  const stop = new AbortController();
  const late = new ScoringRefusal(
    "timeout",
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

/** Copies a share of the requests to another deployment, whose answer nobody waits for. */
function mirror(
  cloud: Cloud,
  runtime: DeploymentRuntime,
  endpoint: ArmResource,
  { points, body, id }: { points: Points; body: string; id: string },
): void {
  const shares = (endpoint.hidden?.["liveMirrorTraffic"] ?? {}) as TrafficMap;
  const deployment = deploymentNamed(cloud, endpoint, pickDeployment(shares, points.mirror));
  // It may be gone, or not be there yet; the request it would get a copy of goes on without it.
  if (!deployment || deployment.properties["provisioningState"] === "Creating") return;
  serve(cloud, runtime, deployment, { body, label: "POST /score (mirrored)", id }).catch((error: unknown) =>
    cloud.log("scoring", `mirroring to ${deployment.name}: ${String(error)}`),
  );
}
