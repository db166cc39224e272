import { Server, ServerCredentials, status, type handleUnaryCall, type ServiceError } from "@grpc/grpc-js";
import { LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import * as engine from "@pulumi/pulumi/proto/engine_pb";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { CheckFailure, InvokeResponse } from "@pulumi/pulumi/proto/provider_pb";
import * as resource from "@pulumi/pulumi/proto/resource_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { fail, Stopped, type Deployment } from "./deployment";
import { EngineError, messageOf } from "../errors";
import type { Severity } from "../display/events";
import { readGoal } from "./goal";
import { getResource, outputsOfStack, readResource } from "./reads";
import { registerResource } from "./register";
import { providerFor } from "../plugin/providers";
import { channelOptions, fromStruct, toStruct } from "../values/struct";
import { isProviderType, stackType } from "../values/urn";
import { fromProgram, hasUnknowns, type Properties } from "../values/values";

/** What a server answers that has no deployment behind it yet, or that has one. */
export type Monitor = {
  address: string;
  attach(deployment: Deployment, onSignal: () => Promise<void>): void;
  close(): void;
};

const supportedFeatures = new Set([
  "secrets",
  "resourceReferences",
  "outputValues",
  "aliasSpecs",
  "deletedWith",
]);
const results = {
  success: resource.Result.SUCCESS,
  fail: resource.Result.FAIL,
  skip: resource.Result.SKIP,
} as const;
const severities: Record<number, Severity> = {
  [LogSeverity.DEBUG]: "debug",
  [LogSeverity.INFO]: "info",
  [LogSeverity.WARNING]: "warning",
  [LogSeverity.ERROR]: "error",
};

/**
 * Serves Pulumi's ResourceMonitor and Engine protocols on a free loopback port. Calls wait for `attach`.
 */
export async function serveMonitor(): Promise<Monitor> {
  const server = new Server(channelOptions);
  let ready: (attached: Attached) => void = () => undefined;
  const attached = new Promise<Attached>((resolve) => (ready = resolve));
  server.addService(ResourceMonitorService, monitorHandlers(attached) as never);
  server.addService(EngineService, engineHandlers(attached) as never);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  return {
    address: `127.0.0.1:${port}`,
    attach: (deployment, onSignal) => ready({ deployment, onSignal }),
    close: () => server.forceShutdown(),
  };
}

type Attached = { deployment: Deployment; onSignal: () => Promise<void> };

/**
 * Turns an async function into a gRPC handler. A run that is stopping answers UNAVAILABLE, at which the SDK leaves
 * quietly; what went wrong has been reported on the resource.
 */
function handler<Q, R>(
  attached: Promise<Attached>,
  answer: (d: Deployment, request: Q, at: Attached) => Promise<R>,
): handleUnaryCall<Q, R> {
  return (call, callback) => {
    void attached
      .then((at) => answer(at.deployment, call.request, at))
      .then((response) => callback(null, response))
      .catch((error: unknown) => {
        const stopped = error instanceof Stopped;
        const failure: Partial<ServiceError> = stopped
          ? { code: status.UNAVAILABLE, details: "resource monitor shut down" }
          : { code: status.UNKNOWN, details: messageOf(error) };
        callback(failure);
      });
  };
}

function unsupported(feature: string): handleUnaryCall<unknown, never> {
  return (_call, callback) =>
    callback({
      code: status.UNIMPLEMENTED,
      details: `${feature} is not known to the embedded engine; use the Pulumi CLI`,
    });
}

function monitorHandlers(attached: Promise<Attached>): Record<string, handleUnaryCall<never, unknown>> {
  const handlers = {
    supportsFeature: handler(attached, async (_d, request: resource.SupportsFeatureRequest) => {
      const response = new resource.SupportsFeatureResponse();
      response.setHassupport(supportedFeatures.has(request.getId()));
      return response;
    }),
    registerResource: handler(attached, async (d, request: resource.RegisterResourceRequest) => {
      let goal;
      try {
        goal = readGoal(request, d.project.root);
      } catch (error) {
        throw fail(d, error);
      }
      const { state, result } = await registerResource(d, goal);
      const response = new resource.RegisterResourceResponse();
      response.setUrn(state.urn);
      response.setResult(results[result]);
      const freshProvider = d.dryRun && isProviderType(state.type) && d.olds.get(state.urn)?.id !== state.id;
      response.setId(freshProvider ? "" : (state.id ?? ""));
      response.setObject(toStruct(state.custom ? (state.outputs ?? {}) : {}));
      if (d.stopping) throw new Stopped("the run is stopping");
      return response;
    }),
    registerResourceOutputs: handler(
      attached,
      async (d, request: resource.RegisterResourceOutputsRequest) => {
        registerOutputs(d, request.getUrn(), fromProgram(fromStruct(request.getOutputs())));
        return new Empty();
      },
    ),
    readResource: handler(attached, async (d, request: resource.ReadResourceRequest) => {
      const state = await readResource(d, request);
      const response = new resource.ReadResourceResponse();
      response.setUrn(state.urn);
      response.setProperties(toStruct(state.outputs ?? {}));
      return response;
    }),
    invoke: handler(attached, invoke),
    signalAndWaitForShutdown: handler(attached, async (_d, _request: Empty, at) => {
      await at.onSignal();
      return new Empty();
    }),
    call: unsupported("calling methods of remote components"),
    getDeploymentInfo: unsupported("GetDeploymentInfo"),
    registerStackTransform: unsupported("transforms"),
    registerStackInvokeTransform: unsupported("invoke transforms"),
    registerResourceHook: unsupported("resource hooks"),
    registerErrorHook: unsupported("error hooks"),
    registerPackage: unsupported("parameterised packages"),
  };
  return handlers as unknown as Record<string, handleUnaryCall<never, unknown>>;
}

function registerOutputs(d: Deployment, urn: string, outputs: Properties): void {
  const state = d.registered.get(urn);
  if (!state)
    throw new EngineError("resource", `cannot register outputs of ${urn}: the program has not registered it`);
  // A stack's outputs count only once the program has ended; see finishStack.
  if (state.type === stackType) d.stackOutputs = outputs;
  else {
    state.outputs = outputs;
    d.journal.touch(state);
  }
}

async function invoke(d: Deployment, request: resource.ResourceInvokeRequest): Promise<InvokeResponse> {
  const response = new InvokeResponse();
  const args = fromProgram(fromStruct(request.getArgs()));
  const token = request.getTok();
  if (hasUnknowns(args)) {
    response.setReturn(toStruct({}));
    return response;
  }
  if (token === "pulumi:pulumi:getResource") {
    response.setReturn(toStruct(getResource(d, String(args.urn))));
    return response;
  }
  if (token === "pulumi:pulumi:readStackOutputs") {
    const name = String(args.name);
    response.setReturn(toStruct({ name, outputs: await outputsOfStack(d, name) }));
    return response;
  }
  const wanted = {
    type: token,
    provider: request.getProvider(),
    version: request.getVersion(),
    downloadUrl: request.getPlugindownloadurl(),
  };
  const { provider } = await d.serially(() => providerFor(d, wanted));
  if (!provider.isConfigured()) {
    response.setReturn(toStruct({}));
    return response;
  }
  const { result, failures } = await provider.invoke(token, args, d.dryRun);
  response.setReturn(toStruct(result));
  response.setFailuresList(
    failures.map(({ property, reason }) => {
      const failure = new CheckFailure();
      failure.setProperty(property);
      failure.setReason(reason);
      return failure;
    }),
  );
  return response;
}

function engineHandlers(attached: Promise<Attached>): Record<string, handleUnaryCall<never, unknown>> {
  let root = "";
  const handlers = {
    log: handler(attached, async (d, request: engine.LogRequest) => {
      const severity = severities[request.getSeverity()] ?? "info";
      if (severity === "error" && !d.stopping) d.sawError = true;
      if (severity !== "debug") {
        d.emit({
          kind: "diagnostic",
          severity,
          message: request.getMessage(),
          urn: request.getUrn() || undefined,
          ephemeral: request.getEphemeral(),
        });
      }
      return new Empty();
    }),
    getRootResource: handler(attached, async () => {
      const response = new engine.GetRootResourceResponse();
      response.setUrn(root);
      return response;
    }),
    setRootResource: handler(attached, async (_d, request: engine.SetRootResourceRequest) => {
      root = request.getUrn();
      return new engine.SetRootResourceResponse();
    }),
    startDebugging: unsupported("debugging"),
    requirePulumiVersion: unsupported("requirePulumiVersion"),
  };
  return handlers as unknown as Record<string, handleUnaryCall<never, unknown>>;
}
