import { latencyByMinute, requestsByMinute, type Span } from "../../../azureml/clients/metrics";
import { withServiceTime } from "../../../azureml/clients/serviceTime";
import type { AzureSession } from "../../../azureml/clients/session";
import { errorText } from "../../../azureml/errors";
import { redact } from "../../../azureml/http/redact";
import { assetOfId } from "../../workspaceView/assets";
import {
  type DeploymentView,
  type EndpointView,
  listDeployments,
  listEndpoints,
} from "../../workspaceView/endpoints";
import type { Reading } from "../live";
import type { StudioPlace } from "../place";
import type { CurvePoint } from "../../workspaceView/thinned";

export interface DeploymentRow {
  name: string;
  state: string;
  /** Name and version of the model; its id if it has another form. */
  model: string;
  instanceType: string;
  instances: number;
  /** Shares in percent. */
  traffic: number;
  mirrored: number;
  /** Of the last half hour. */
  requests: number;
  /** Of these, with a status other than 2xx. */
  failures: number;
  /** 95th percentile in ms by minute; the step is the minute, from -30 to 0. */
  latency: CurvePoint[];
}

export interface EndpointPage {
  name: string;
  description: string;
  state: string;
  authMode: string;
  scoringUri: string;
  deployments: DeploymentRow[];
  /** Why Azure Monitor's metrics cannot be read. */
  metricsProblem?: string;
}

const minutesShown = 30;
const minuteMs = 60_000;

/** All endpoints with their deployments, traffic and latency. */
export async function readEndpoints({ session: own, workspace }: StudioPlace): Promise<Reading> {
  const { session, now } = withServiceTime(own);
  const endpoints = await listEndpoints(session, workspace);
  const data = await Promise.all(
    endpoints.map(async (endpoint): Promise<EndpointPage> => {
      const deployments = await listDeployments(session, workspace, endpoint.name);
      const end = now() ?? Date.now();
      const measured = await readUse(session, endpoint, deployments, {
        start: end - minutesShown * minuteMs,
        end,
      });
      const { name, description, state, authMode, scoringUri } = endpoint;
      return { name, description, state, authMode, scoringUri, ...measured };
    }),
  );
  return { data };
}

/** The deployments with their use. Whoever may not read metrics sees them without it. */
async function readUse(
  session: AzureSession,
  endpoint: EndpointView,
  deployments: readonly DeploymentView[],
  span: Span,
): Promise<Pick<EndpointPage, "deployments" | "metricsProblem">> {
  try {
    const requests = await requestsByMinute(session, endpoint.id, span);
    const used = await Promise.all(
      deployments.map(async (deployment): Promise<DeploymentRow> => {
        const own = requests.filter((minute) => minute.deployment === deployment.name);
        const latency = await latencyByMinute(session, endpoint.id, deployment.name, span);
        const failed = own.filter(({ statusCode }) => !statusCode.startsWith("2"));
        return {
          ...deploymentRow(endpoint, deployment),
          requests: total(own),
          failures: total(failed),
          latency: latency.map(({ minute, latencyMs }) => [
            Math.round((minute - span.end) / minuteMs),
            latencyMs,
          ]),
        };
      }),
    );
    return { deployments: used };
  } catch (error) {
    const unused = { requests: 0, failures: 0, latency: [] };
    return {
      deployments: deployments.map((deployment) => ({ ...deploymentRow(endpoint, deployment), ...unused })),
      metricsProblem: redact(errorText(error)),
    };
  }
}

function deploymentRow(endpoint: EndpointView, deployment: DeploymentView) {
  const { name, state, model, instanceType, instances } = deployment;
  const served = assetOfId(model);
  return {
    name,
    state,
    model: served ? `${served.name}, version ${served.version}` : model,
    instanceType,
    instances,
    traffic: endpoint.traffic[name] ?? 0,
    mirrored: endpoint.mirrorTraffic[name] ?? 0,
  };
}

const total = (minutes: readonly { requests: number }[]): number =>
  minutes.reduce((sum, { requests }) => sum + requests, 0);
