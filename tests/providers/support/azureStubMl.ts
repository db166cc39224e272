/** Azure ML's routes of the stub: registry, jobs, endpoints. */
import { type Respond, type AzureStub, canaries, type RecordedRequest, wsPath } from "./azureStubTypes";

export function registry(
  stub: AzureStub,
  kind: string,
  name: string,
  requestedVersion: string | undefined,
  seen: RecordedRequest,
  respond: Respond,
  notFound: () => void,
): void {
  const documents =
    kind === "models"
      ? stub.models.map(({ version, ...properties }) => ({
          id: `azureml://registries/azureml/models/${name}/versions/${version}`,
          name: version,
          properties: { ...properties, properties: { "finetuning-tasks": "chat-completion" } },
        }))
      : stub.components.map(({ version, inputs, outputs = [] }) => ({
          id: `azureml://registries/azureml/components/${name}/versions/${version}`,
          name: version,
          properties: {
            componentSpec: {
              inputs,
              outputs: Object.fromEntries(["mlflow_model_folder", ...outputs].map((name) => [name, {}])),
            },
          },
        }));
  if (requestedVersion === undefined) {
    // Lists the newest version first for $orderBy=createdtime desc.
    const ordered = seen.query.get("$orderBy") === "createdtime desc" ? documents : [...documents].reverse();
    return respond(200, { value: ordered.slice(0, Number(seen.query.get("$top") ?? 100)) });
  }
  const found = documents.find((document) => document.name === requestedVersion);
  return found ? respond(200, found) : notFound();
}

export function jobs(
  stub: AzureStub,
  name: string,
  cancel: boolean,
  seen: RecordedRequest,
  respond: Respond,
  notFound: () => void,
): void {
  const job = stub.jobs.get(name);
  if (seen.method === "PUT") {
    const { properties } = JSON.parse(seen.body) as { properties: Record<string, unknown> };
    if (job) Object.assign(job.properties, properties);
    else
      stub.jobs.set(name, {
        properties,
        states: [...stub.nextStates],
        createdAt: new Date().toISOString(),
      });
    return respond(job ? 200 : 201, jobResource(stub, name, job ? undefined : "Preparing"));
  }
  if (!job) return notFound();
  if (cancel) {
    if (["Completed", "Failed", "Canceled"].includes(job.states[0] ?? "")) {
      return respond(400, { error: { code: "UserError", message: "the job is over" } });
    }
    job.states = ["CancelRequested", "Canceled"];
    return respond(202);
  }
  if (seen.method === "DELETE") {
    stub.jobs.delete(name);
    return respond(200);
  }
  const body = jobResource(stub, name);
  if (job.states.length > 1) job.states.shift();
  return respond(200, body);
}

/** Run history adds tags, and its `hidden` is the control plane's `isArchived`. */
export function changeRun(
  stub: AzureStub,
  name: string,
  seen: RecordedRequest,
  respond: Respond,
  notFound: () => void,
): void {
  const job = stub.jobs.get(name);
  if (!job) return notFound();
  const change = JSON.parse(seen.body) as { hidden?: boolean; tags?: Record<string, string> };
  job.properties.tags = { ...(job.properties.tags as Record<string, string> | undefined), ...change.tags };
  if (change.hidden !== undefined) job.properties.isArchived = change.hidden;
  return respond(200, { runId: name });
}

function jobResource(stub: AzureStub, name: string, status?: string): Record<string, unknown> {
  const job = stub.jobs.get(name);
  return {
    id: `${wsPath}/jobs/${name}`,
    name,
    systemData: { createdAt: job?.createdAt },
    properties: {
      ...job?.properties,
      status: status ?? job?.states[0],
      services: { Studio: { endpoint: `https://ml.azure.local/runs/${name}` } },
    },
  };
}

export function endpoints(
  stub: AzureStub,
  name: string,
  rest: string | undefined,
  seen: RecordedRequest,
  respond: Respond,
  notFound: () => void,
): void {
  const endpoint = stub.endpoints.get(name);
  if (!endpoint) return notFound();
  if (rest === "listKeys") {
    return respond(200, { primaryKey: canaries.endpointKey, secondaryKey: "canary-second" });
  }
  if (rest) {
    const deployment = rest.split("/")[1] ?? "";
    return endpoint.deployments.has(deployment)
      ? respond(200, { id: seen.path, name: deployment, properties: { model: endpoint.model } })
      : notFound();
  }
  if (seen.method !== "PUT") return respond(200, endpoint.resource);
  const body = JSON.parse(seen.body) as { properties: Record<string, unknown> };
  const before = endpoint.resource.properties as Record<string, unknown>;
  endpoint.resource = {
    ...endpoint.resource,
    ...body,
    properties: { ...body.properties, scoringUri: before.scoringUri, provisioningState: "Succeeded" },
  };
  const operation = `${stub.baseUrl}${wsPath}/onlineEndpoints/${name}`;
  return respond(
    200,
    { ...endpoint.resource, properties: { ...body.properties, provisioningState: "Updating" } },
    { "azure-asyncoperation": operation, "retry-after-ms": "5" },
  );
}

/** Azure Monitor's answer: the last minute of the span has all values. */
export function endpointMetrics(stub: AzureStub, seen: RecordedRequest, respond: Respond): void {
  const [start = "", end = ""] = (seen.query.get("timespan") ?? "").split("/");
  const isLatency = seen.query.get("metricnames") === "RequestLatency_P95";
  const wanted = /deployment eq '([^']*)'/.exec(seen.query.get("$filter") ?? "")?.[1] ?? "*";
  const last = new Date(Date.parse(end) - 60_000).toISOString();
  const dimension = (value: string, text: string) => ({
    name: { value, localizedValue: value },
    value: text,
  });
  const timeseries = stub.answered
    .filter(({ deployment }) => wanted === "*" || deployment === wanted)
    .map(({ deployment, statusCode, requests, latencyMs }) => ({
      metadatavalues: [
        dimension("deployment", deployment),
        ...(isLatency ? [] : [dimension("statuscode", statusCode)]),
      ],
      data: [{ timeStamp: start }, { timeStamp: last, average: isLatency ? latencyMs : requests }],
    }));
  respond(200, { timespan: `${start}/${end}`, value: [{ timeseries }] });
}
