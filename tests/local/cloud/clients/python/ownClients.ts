/** The answers to the notebook's cells from this project's own clients. */
import * as fs from "node:fs";
import * as path from "node:path";
import { armDelete, armGet, armPut, apiVersions } from "../../../../../azureml/clients/arm";
import { listChildRuns } from "../../../../../azureml/clients/history";
import { getJob } from "../../../../../azureml/clients/jobs";
import { getMlflowRun } from "../../../../../azureml/clients/mlflow";
import {
  getOnlineEndpoint,
  putTraffic,
  scoringCredential,
} from "../../../../../azureml/clients/onlineEndpoints";
import { getRegistryComponent, getRegistryModel } from "../../../../../azureml/clients/registry";
import { type ChatMessage, score, scoringBody } from "../../../../../azureml/clients/scoring";
import { openSession } from "../../../../../azureml/clients/session";
import { azureOptions } from "../../../../../azureml/clients/clouds";
import { listVmSizes } from "../../../../../azureml/clients/sizes";
import { getWorkspace, workspaceId, type WorkspaceRef } from "../../../../../azureml/clients/workspaces";
import { LOCAL_SUBSCRIPTION_ID } from "../../../../../local/cloud/constants";
import { listSteps } from "../../../../../azureml/clients/runSteps";

export type Answers = Record<string, Record<string, unknown>>;

export interface OwnSettings {
  ref: WorkspaceRef;
  metadataHost: string;
  compute: string;
  size: string;
  job: string;
  modelId: string;
  endpoint: string;
  data: string;
}

const sessionOptions = (metadataHost: string) =>
  azureOptions(() => undefined, {
    ARM_METADATA_HOSTNAME: metadataHost,
    ARM_SUBSCRIPTION_ID: LOCAL_SUBSCRIPTION_ID,
    ARM_USE_MSI: "true",
  });

/**
 * Requests everything that the notebook's cells reported. Creates a separate endpoint, because the notebook
 * has deleted its own.
 */
export async function ownAnswers(settings: OwnSettings): Promise<Answers> {
  const { ref, job: jobName } = settings;
  const session = await openSession(sessionOptions(settings.metadataHost));
  const workspace = await getWorkspace(session, ref);
  const resource = async (suffix: string): Promise<Record<string, unknown>> => {
    const call = {
      path: `${workspaceId(ref)}${suffix}`,
      apiVersion: apiVersions.machineLearning,
      what: suffix,
    };
    return ((await armGet(session, call)) ?? {}) as unknown as Record<string, unknown>;
  };
  const model = await getRegistryModel(session, "azureml", "Phi-3-mini-4k-instruct", "latest");
  const component = await getRegistryComponent(session, "azureml", "chat_completion_pipeline", "latest");
  const sizes = await listVmSizes(session, ref.subscriptionId, workspace.location);
  const compute = propertiesOf(await resource(`/computes/${settings.compute}`));
  const cluster = (compute["properties"] ?? {}) as Record<string, unknown>;
  const scale = cluster["scaleSettings"] as Record<string, unknown>;
  const job = await getJob(session, ref, jobName);
  const children = await listChildRuns(session, ref, jobName);
  const steps = await listSteps(session, ref, jobName);
  const run = await getMlflowRun(session, ref, jobName);
  const registered = propertiesOf(await resource(settings.modelId.slice(workspaceId(ref).length)));
  return {
    clients: {
      workspace: workspace.id,
      location: workspace.location,
      tracking: workspace.mlflowUrl.replace("https://", "azureml://"),
      discovery: workspace.discoveryUrl,
      storage: workspace.storageAccountId,
    },
    "foundation model": {
      id: model.id,
      version: model.version,
      tags: model.tags,
      properties: model.properties,
    },
    cluster: {
      state: compute["provisioningState"],
      size: cluster["vmSize"],
      gpus: sizes.find(({ name }) => name === settings.size)?.gpus,
      minimum: scale["minNodeCount"],
      maximum: scale["maxNodeCount"],
    },
    component: {
      id: component.id,
      version: component.version,
      inputs: Object.keys(component.inputs).sort(),
      outputs: [...component.outputs].sort(),
    },
    finished: {
      name: job?.name,
      status: job?.status,
      children: children.map(({ displayName, status }) => [displayName, status]),
      steps: steps.map(({ displayName, status }) => [displayName, status]),
    },
    metrics: { run: run?.runId, status: run?.status, metrics: run?.metrics },
    "registered model": {
      type: registered["modelType"],
      path: registered["modelUri"],
      job: registered["jobName"],
      flavors: Object.keys((registered["flavors"] ?? {}) as object).sort(),
    },
    ...(await ownEndpoint(settings)),
  };
}

/** An endpoint, its deployment, its traffic and its answer, created as in the program. */
async function ownEndpoint(settings: OwnSettings): Promise<Answers> {
  const { ref, endpoint: name, modelId } = settings;
  const session = await openSession(sessionOptions(settings.metadataHost));
  const { location } = await getWorkspace(session, ref);
  const path_ = `${workspaceId(ref)}/onlineEndpoints/${name}`;
  const call = { path: path_, apiVersion: apiVersions.machineLearning, what: `endpoint "${name}"` };
  await armPut(session, call, {
    location,
    identity: { type: "SystemAssigned" },
    properties: { authMode: "Key" },
  });
  const deployment = await armPut(
    session,
    { ...call, path: `${path_}/deployments/demo` },
    {
      location,
      sku: { name: "Default", capacity: 1 },
      properties: {
        endpointComputeType: "Managed",
        model: modelId,
        instanceType: "Standard_NC24ads_A100_v4",
        livenessProbe: { initialDelay: "PT600S" },
        requestSettings: { requestTimeout: "PT90S" },
      },
    },
  );
  const made = await getOnlineEndpoint(session, ref, name);
  if (!made) throw new Error(`${name} does not exist`);
  const endpoint = await putTraffic(session, ref, made, { traffic: { demo: 100 } });
  const row = fs.readFileSync(path.join(settings.data, "test_gen.jsonl"), "utf8").split("\n")[0] ?? "";
  const { messages } = JSON.parse(row) as { messages: ChatMessage[] };
  const body = scoringBody([messages], { temperature: 0.6, topP: 0.9, doSample: true, maxNewTokens: 20 });
  const secret = await scoringCredential(session, ref, endpoint);
  const reply = await score(session, {
    scoringUri: endpoint.scoringUri,
    secret,
    deploymentName: "demo",
    body,
  });
  const gone = await armDelete(session, call);
  return {
    endpoint: { state: made.provisioningState, auth: made.authMode.toLowerCase(), traffic: made.traffic },
    deployment: {
      state: deployment.properties["provisioningState"],
      model: deployment.properties["model"],
      instance: deployment.properties["instanceType"],
      count: (deployment as unknown as { sku: { capacity: number } }).sku.capacity,
    },
    traffic: { traffic: endpoint.traffic, state: endpoint.provisioningState },
    scored: { response: { output: reply.answer }, request: body },
    deleted: { endpoints: gone ? [] : [name] },
  };
}

function propertiesOf(resource: Record<string, unknown>): Record<string, unknown> {
  return (resource["properties"] ?? {}) as Record<string, unknown>;
}
