/**
 * A minimal Azure for handler tests: the required routes, scripted job states, injected faults, recorded
 * requests.
 */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { openTls } from "../../../local/cloud/tls";
import { blob } from "./azureStubBlob";
import { changeRun, endpointMetrics, endpoints, jobs, registry } from "./azureStubMl";
import { workspace, wsPath, canaries, type RecordedRequest, type AzureStub } from "./azureStubTypes";

export async function startAzureStub(home: string): Promise<AzureStub> {
  const tls = await openTls(home);
  const waiting: Array<{ method: string; path: RegExp; resolve(): void }> = [];
  const stub: AzureStub = {
    env: {},
    baseUrl: "",
    requests: [],
    faults: [],
    jobs: new Map(),
    nextStates: ["Completed"],
    children: new Map(),
    details: new Map(),
    metrics: new Map(),
    logs: new Map(),
    models: [],
    components: [],
    registered: new Map(),
    blobs: new Map(),
    endpoints: new Map(),
    scores: [],
    answered: [],
    count: (method, path) =>
      stub.requests.filter((seen) => seen.method === method && path.test(seen.path)).length,
    received: (method, path) =>
      new Promise((resolve) => {
        if (stub.count(method, path) > 0) resolve();
        else waiting.push({ method, path, resolve });
      }),
    close: async () => {
      for (const server of [https, identity]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };

  const https = createServer({ cert: tls.cert, key: tls.key }, (request, response) => {
    handle(request, response).catch((error: unknown) =>
      send(response, 501, { error: { message: String(error) } }),
    );
  });
  const identity = createHttpServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    send(response, 200, {
      access_token: canaries.token,
      expires_on: String(Math.floor(Date.now() / 1000) + 3600),
      resource: url.searchParams.get("resource"),
      token_type: "Bearer",
    });
  });
  const port = await listen(https);
  const identityPort = await listen(identity);
  stub.baseUrl = `https://127.0.0.1:${port}`;
  stub.env = {
    ARM_METADATA_HOSTNAME: `127.0.0.1:${port}`,
    ARM_DISABLE_INSTANCE_DISCOVERY: "true",
    ARM_SUBSCRIPTION_ID: workspace.subscriptionId,
    ARM_USE_MSI: "true",
    IDENTITY_ENDPOINT: `http://127.0.0.1:${identityPort}/msi/token`,
    IDENTITY_HEADER: canaries.identityHeader,
    NODE_EXTRA_CA_CERTS: tls.caFile,
    REGISTRY_DISCOVERY_ENDPOINT_URL: `${stub.baseUrl}/`,
    AZUREML_RUN_POLLING_INTERVAL_MIN: "0.05",
    CI: "true",
  };
  return stub;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const url = new URL(request.url ?? "/", stub.baseUrl);
    const path = decodeURIComponent(url.pathname);
    const seen: RecordedRequest = {
      method: request.method ?? "GET",
      path,
      query: url.searchParams,
      headers: request.headers,
      body: path.startsWith("/blob/") ? "" : bytes.toString("utf8"),
    };
    stub.requests.push(seen);
    const fault = stub.faults.find(
      (one) => one.times > 0 && one.method === seen.method && one.path.test(path),
    );
    if (fault) fault.times -= 1;
    if (fault && !fault.swallow) {
      send(response, fault.status ?? 500, fault.body ?? {}, fault.headers);
    } else {
      route(seen, bytes, fault?.swallow ? undefined : response);
    }
    for (const one of waiting.filter((w) => w.method === seen.method && w.path.test(path))) one.resolve();
  }

  function route(seen: RecordedRequest, bytes: Buffer, response: ServerResponse | undefined): void {
    const { method, path } = seen;
    const respond = (status: number, body?: unknown, headers?: Record<string, string>): void => {
      if (response) send(response, status, body, headers);
    };
    const notFound = (): void =>
      respond(404, { error: { code: "ResourceNotFound", message: `${path} not found` } });

    if (path === "/metadata/endpoints") {
      return respond(200, {
        name: "StubCloud",
        portal: "https://portal.azure.local/",
        resourceManager: `${stub.baseUrl}/`,
        authentication: { loginEndpoint: `${stub.baseUrl}/login`, audiences: [`${stub.baseUrl}/`] },
        suffixes: { storage: "core.local" },
      });
    }
    if (path === "/discovery") return respond(200, { api: stub.baseUrl });
    if (path.startsWith("/logs/")) return respond(200, stub.logs.get(path.slice(6)) ?? "");
    if (path.startsWith("/blob/")) return blob(stub, seen, bytes, respond);
    if (path === "/score") {
      const next = stub.scores.length > 1 ? stub.scores.shift() : stub.scores[0];
      return respond(next?.status ?? 404, next?.body ?? "no deployment");
    }
    if (seen.headers.authorization !== `Bearer ${canaries.token}`) {
      return respond(401, { error: { code: "AuthenticationFailed", message: "no token" } });
    }
    if (/^\/registrymanagement\/v1\.0\/registries\/azureml\/discovery$/.test(path)) {
      return respond(200, {
        registryName: "azureml",
        subscriptionId: "registry-sub",
        resourceGroup: "registry-rg",
        primaryRegion: "local",
        primaryRegionResourceProviderUri: `${stub.baseUrl}/`,
      });
    }
    const version = /\/registries\/azureml\/(models|components)\/([^/]+)\/versions(?:\/([^/]+))?$/.exec(path);
    if (version)
      return registry(stub, version[1] ?? "", version[2] ?? "", version[3], seen, respond, notFound);
    const history = /^\/history\/v1\.0.*\/runs\/([^/]+)\/(details|children)$/.exec(path);
    if (history) {
      const run = history[1] ?? "";
      if (history[2] === "children") return respond(200, { value: stub.children.get(run) ?? [] });
      const details = stub.details.get(run) ?? (stub.jobs.has(run) ? { runId: run } : undefined);
      return details ? respond(200, details) : notFound();
    }
    const change = /^\/history\/v1\.0.*\/experiments\/[^/]+\/runs\/([^/]+)$/.exec(path);
    if (change && method === "PATCH") return changeRun(stub, change[1] ?? "", seen, respond, notFound);
    if (path.endsWith("/api/2.0/mlflow/runs/get")) {
      const metrics = stub.metrics.get(seen.query.get("run_id") ?? "");
      if (!metrics) return respond(404, { error_code: "RESOURCE_DOES_NOT_EXIST", message: "no run" });
      return respond(200, {
        run: {
          info: { run_id: seen.query.get("run_id"), experiment_id: "1", status: "RUNNING" },
          data: { metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, step: 1 })) },
        },
      });
    }
    if (path === wsPath) {
      return respond(200, {
        id: wsPath,
        name: "ws",
        location: "westeurope",
        properties: {
          workspaceId: "1",
          discoveryUrl: `${stub.baseUrl}/discovery`,
          mlFlowTrackingUri: `azureml://${stub.baseUrl.slice(8)}/mlflow/v1.0${wsPath}`,
          storageAccount:
            "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/acct",
          provisioningState: "Succeeded",
        },
      });
    }
    if (path.endsWith("/storageAccounts/acct")) {
      return respond(200, {
        id: path,
        name: "acct",
        properties: { primaryEndpoints: { blob: `${stub.baseUrl}/blob/` } },
      });
    }
    if (path === `${wsPath}/datastores/workspaceblobstore`) {
      return respond(200, {
        id: path,
        name: "workspaceblobstore",
        properties: { datastoreType: "AzureBlob", accountName: "acct", containerName: "data" },
      });
    }
    if (path.startsWith(`${wsPath}/computes/`)) {
      const properties = { computeType: "AmlCompute", properties: { vmPriority: "Dedicated" } };
      return respond(200, { id: path, name: path.slice(path.lastIndexOf("/") + 1), properties });
    }
    const job = /\/workspaces\/ws\/jobs\/([^/]+)(\/cancel)?$/.exec(path);
    if (job) return jobs(stub, job[1] ?? "", job[2] !== undefined, seen, respond, notFound);
    const metrics = /\/onlineEndpoints\/[^/]+\/providers\/Microsoft\.Insights\/metrics$/.test(path);
    if (metrics) return endpointMetrics(stub, seen, respond);
    if (path.endsWith("/getLogs")) return respond(200, { content: stub.logs.get("container") ?? "" });
    const registered = /\/workspaces\/ws\/models\/(.+)$/.exec(path);
    if (registered) {
      const tags = stub.registered.get(registered[1] ?? "");
      return tags ? respond(200, { id: path, properties: { tags } }) : notFound();
    }
    const endpoint = /\/workspaces\/ws\/onlineEndpoints\/([^/]+)(?:\/(listKeys|deployments\/[^/]+))?$/.exec(
      path,
    );
    if (endpoint) return endpoints(stub, endpoint[1] ?? "", endpoint[2], seen, respond, notFound);
    return respond(501, { error: { code: "NotImplemented", message: `${method} ${path}` } });
  }
}

function send(
  response: ServerResponse,
  status: number,
  body?: unknown,
  headers: Record<string, string> = {},
): void {
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body));
  response.writeHead(status, {
    "content-type": Buffer.isBuffer(body) ? "application/octet-stream" : "application/json",
    "content-length": bytes.length,
    ...headers,
  });
  response.end(response.req.method === "HEAD" ? undefined : bytes);
}

function listen(server: {
  listen(port: number, host: string, done: () => void): unknown;
  address(): unknown;
}): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
