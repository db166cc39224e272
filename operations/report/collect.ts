import { latencyByMinute, requestsByMinute } from "../../azureml/clients/metrics";
import { withServiceTime } from "../../azureml/clients/serviceTime";
import type { AzureSession } from "../../azureml/clients/session";
import { listVmSizes } from "../../azureml/clients/sizes";
import { getWorkspace, type WorkspaceRef } from "../../azureml/clients/workspaces";
import { errorText } from "../../azureml/errors";
import { redactedLine } from "../../azureml/http/redact";
import { ownerTagNames } from "../../azureml/names";
import { requestFigures } from "../../azureml/requestFigures";
import { findModelVersion, type ModelVersionView } from "../workspaceView/assets";
import { listComputes } from "../workspaceView/computes";
import { findEndpoint, listDeployments } from "../workspaceView/endpoints";
import { findJob, type JobView, listJobs } from "../workspaceView/jobs";
import { readJobSteps, readJobTimes } from "../workspaceView/jobSteps";
import { readRunMetrics } from "../workspaceView/metrics";
import { curveMetrics } from "./curves";
import { readSamples } from "./samples";
import type { StackFacts } from "./stackFacts";
import type { JobFacts, WorkspaceFacts } from "./workspaceFacts";

/** Earlier jobs that are compared. */
const mostEarlier = 3;
const dayMs = 24 * 3_600_000;

/**
 * Reads the workspace. A part that fails is left out and named in `problems`: a report with a gap is better than none.
 * @param withRows whether rows of the data may be read.
 * @throws NotFound and NotReachable if the workspace itself cannot be read.
 */
export async function collectFacts(
  given: AzureSession,
  stack: StackFacts,
  { withRows }: { withRows: boolean },
): Promise<WorkspaceFacts> {
  const { session, now } = withServiceTime(given);
  const ref = stack.workspace;
  const { location } = await getWorkspace(session, ref);
  const problems: string[] = [];
  const read = async <T>(what: string, work: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      problems.push(`${what}: ${redactedLine(errorText(error), 300)}`);
      return otherwise;
    }
  };
  const [training, serving, model, computes, regionPrices] = await Promise.all([
    read("training", () => trainingFacts(session, ref, stack, read), { earlier: [] }),
    servingFacts(session, ref, stack.endpointName, { read, now }),
    read("model", () => modelOf(session, stack), undefined),
    read("clusters", () => listComputes(session, ref), []),
    read("prices of the region", () => listVmSizes(session, ref.subscriptionId, location), []),
  ]);
  const samples =
    withRows && model ? await read("samples", () => readSamples(session, ref, model.uri), []) : [];
  return {
    ...training,
    ...serving,
    ...(model ? { model } : {}),
    computes,
    samples,
    location,
    regionPrices,
    now: now() ?? Date.now(),
    problems,
  };
}

type Read = <T>(what: string, work: () => Promise<T>, otherwise: T) => Promise<T>;

async function trainingFacts(
  session: AzureSession,
  ref: WorkspaceRef,
  { job: trained, project, stack }: StackFacts,
  read: Read,
): Promise<Pick<WorkspaceFacts, "current" | "earlier" | "last">> {
  if (!trained) return { earlier: [] };
  const job = await findJob(session, ref, trained.name);
  if (!job) return { earlier: [] };
  // A job is archived when another one takes its place.
  const jobs = await read("earlier jobs", () => listJobs(session, ref, { archived: true }), []);
  const before = jobs.filter(
    ({ name, status, createdAt }) => name !== job.name && status === "Completed" && createdAt < job.createdAt,
  );
  const isOwn = ({ tags }: JobView): boolean =>
    tags[ownerTagNames.project] === project && tags[ownerTagNames.stack] === stack;
  const last = before.find(isOwn);
  const compared = before.filter(({ experimentName }) => experimentName === job.experimentName);
  const facts = (one: JobView): Promise<JobFacts> => jobFacts(session, ref, one, read);
  const [current, steps, ...others] = await Promise.all([
    facts(job),
    read("steps", () => readJobSteps(session, ref, job.name), []),
    ...compared.slice(0, mostEarlier).map(facts),
  ]);
  const known = last && others.find((one) => one.job.name === last.name);
  return {
    current: { ...current, steps },
    earlier: others,
    ...(last ? { last: known ?? (await facts(last)) } : {}),
  };
}

async function jobFacts(
  session: AzureSession,
  ref: WorkspaceRef,
  job: JobView,
  read: Read,
): Promise<JobFacts> {
  const [times, metrics] = await Promise.all([
    read(`times of ${job.name}`, () => readJobTimes(session, ref, job.name), undefined),
    read(`metrics of ${job.name}`, () => readRunMetrics(session, ref, job.name, curveMetrics), {
      latest: {},
      series: {},
    }),
  ]);
  return { job, ...(times ? { times } : {}), metrics };
}

async function servingFacts(
  session: AzureSession,
  ref: WorkspaceRef,
  name: string | undefined,
  { read, now }: { read: Read; now: () => number | undefined },
): Promise<Pick<WorkspaceFacts, "endpoint" | "deployments" | "figures">> {
  const none = { deployments: [], figures: {} };
  const endpoint = name && (await read("endpoint", () => findEndpoint(session, ref, name), undefined));
  if (!endpoint) return none;
  const deployments = await read("deployments", () => listDeployments(session, ref, endpoint.name), []);
  const end = now() ?? Date.now();
  const span = { start: end - dayMs, end };
  const figures = await read(
    "requests of the endpoint",
    async () => {
      const requests = await requestsByMinute(session, endpoint.id, span);
      const entries = deployments.map(async (deployment) => {
        const own = requests.filter(
          (entry) => entry.deployment.toLowerCase() === deployment.name.toLowerCase(),
        );
        const latencies =
          own.length === 0 ? [] : await latencyByMinute(session, endpoint.id, deployment.name, span);
        return [deployment.name, requestFigures(own, latencies)] as const;
      });
      return Object.fromEntries(await Promise.all(entries));
    },
    {},
  );
  return { endpoint, deployments, figures };
}

async function modelOf(
  session: AzureSession,
  { workspace, model }: StackFacts,
): Promise<ModelVersionView | undefined> {
  // A version of a registry is not in the workspace.
  if (!model || model.registry) return undefined;
  return findModelVersion(session, workspace, model.name, model.version);
}
