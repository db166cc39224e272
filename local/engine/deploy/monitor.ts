import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { CheckFailure } from "@pulumi/pulumi/proto/provider_pb";
import { ResourceMonitorService, type IResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import {
  Result,
  type RegisterResourceRequest,
  type ResourceInvokeRequest,
} from "@pulumi/pulumi/proto/resource_pb";
import type { Severity } from "../display/events";
import { EngineError, messageOf } from "../errors";
import { message, serve, type Handlers } from "../plugin/rpc";
import { channelOptions, fromStruct } from "../values/struct";
import { isProviderType, stackType } from "../values/urn";
import { fromProgram, hasUnknowns, type Properties } from "../values/values";
import { fail, Stopped, type Deployment } from "./deployment";
import { readGoal } from "./goal";
import { providerFor } from "./providers";
import { readResource } from "./reads";
import { registerResource } from "./register";

export type Monitor = {
  address: string;
  /** Called when the program has registered everything; the program waits until this settles. */
  onSignal: () => Promise<void>;
  close(): void;
};

type Answers = Handlers<IResourceMonitorService>;
type Answer<N extends keyof Answers> = ReturnType<NonNullable<Answers[N]>>;

/** Serves Pulumi's ResourceMonitor and Engine protocols. Calls wait until the run is ready. */
export async function serveMonitor(ready: Promise<Deployment>): Promise<Monitor> {
  const server = new Server(channelOptions);
  const monitor = { address: "", onSignal: async () => undefined, close: () => server.forceShutdown() };
  const handlers = ready.then((d) => resourceMonitor(d, monitor));
  serve(server, ResourceMonitorService, handlers, statusOf);
  serve(server, EngineService, ready.then(engine), statusOf);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return Object.assign(monitor, { address: `127.0.0.1:${port}` });
}

/** On UNAVAILABLE the SDK ends quietly. A run that is stopping has reported the error already. */
function statusOf(error: unknown): { code: number; details: string } {
  return error instanceof Stopped
    ? { code: status.UNAVAILABLE, details: "resource monitor shut down" }
    : { code: status.UNKNOWN, details: messageOf(error) };
}

/**
 * By the SDK's names. The engine claims to support them: otherwise the SDK tells people to update the CLI.
 */
const refused = {
  transforms: "transforms (the older option transformations works)",
  invokeTransforms: "transforms of function calls",
  resourceHooks: "resource hooks",
  errorHooks: "error hooks",
  parameterization: "parameterised packages",
  calls: "methods of remote components",
};
const known = ["secrets", "resourceReferences", "outputValues", "aliasSpecs", "deletedWith", "replaceWith"];
const features = new Set([...known, ...Object.keys(refused)]);

function resourceMonitor(d: Deployment, monitor: Monitor): Answers {
  const refuse = (feature: keyof typeof refused): Stopped => {
    const text = `the program uses ${refused[feature]}, which the embedded engine does not support; run it with the Pulumi CLI`;
    return fail(d, new EngineError("unsupported", text));
  };
  /** Answers as if it had succeeded: the run has failed already, and the SDK would print the error again. */
  const refusing = (feature: keyof typeof refused) => () => {
    refuse(feature);
    return {};
  };
  return {
    supportsFeature: (request) => ({ hassupport: features.has(request.getId()) }),
    registerResource: (request) => register(d, request),
    registerResourceOutputs(request) {
      registerOutputs(d, request.getUrn(), fromProgram(fromStruct(request.getOutputs())));
      return {};
    },
    async readResource(request) {
      const { urn, outputs } = await readResource(d, request);
      return { urn, properties: outputs ?? {} };
    },
    invoke: (request) => invoke(d, request),
    async signalAndWaitForShutdown() {
      await monitor.onSignal();
      return {};
    },
    call: () => Promise.reject(refuse("calls")),
    registerPackage: () => Promise.reject(refuse("parameterization")),
    registerStackTransform: refusing("transforms"),
    registerStackInvokeTransform: refusing("invokeTransforms"),
    registerResourceHook: refusing("resourceHooks"),
    registerErrorHook: refusing("errorHooks"),
  };
}

const results = { success: Result.SUCCESS, fail: Result.FAIL, skip: Result.SKIP };

async function register(
  d: Deployment,
  request: RegisterResourceRequest,
): Promise<Awaited<Answer<"registerResource">>> {
  let goal;
  try {
    goal = readGoal(request, d.project.root);
  } catch (error) {
    throw fail(d, error);
  }
  const { state, result } = await registerResource(d, goal);
  if (d.stopping) throw new Stopped("the run is stopping");
  // The program must not see the id that a preview gives to a new provider.
  const isPlanned = d.dryRun && isProviderType(state.type) && d.olds.get(state.urn)?.id !== state.id;
  const object = state.custom ? (state.outputs ?? {}) : {};
  return { urn: state.urn, id: isPlanned ? "" : (state.id ?? ""), object, result: results[result] };
}

function registerOutputs(d: Deployment, urn: string, outputs: Properties): void {
  const state = d.registered.get(urn);
  if (!state)
    throw new EngineError("resource", `cannot register outputs of ${urn}: the program has not registered it`);
  // The outputs of a stack are recorded when the program has ended; see finishStack.
  if (state.type === stackType) d.stackOutputs = outputs;
  else {
    state.outputs = outputs;
    d.journal.touch(state);
  }
}

async function invoke(d: Deployment, request: ResourceInvokeRequest): Promise<Awaited<Answer<"invoke">>> {
  const args = fromProgram(fromStruct(request.getArgs()));
  const token = request.getTok();
  if (hasUnknowns(args)) return { return: {} };
  const desired = {
    type: token,
    provider: request.getProvider(),
    version: request.getVersion(),
    downloadUrl: request.getPlugindownloadurl(),
  };
  const { provider } = await d
    .serially(() => providerFor(d, desired))
    .catch((error: unknown) => {
      // A program cannot handle a missing provider, so the run fails.
      throw fail(d, error);
    });
  const { result, failures } = await provider.invoke(token, args, d.dryRun).catch((error: unknown) => {
    throw new Error(`invocation of ${token} returned an error: ${messageOf(error)}`, { cause: error });
  });
  return { return: result, failuresList: failures.map((failure) => message(CheckFailure, failure)) };
}

const severities: Record<number, Severity> = {
  [LogSeverity.DEBUG]: "debug",
  [LogSeverity.INFO]: "info",
  [LogSeverity.WARNING]: "warning",
  [LogSeverity.ERROR]: "error",
};

function engine(d: Deployment): Handlers<typeof EngineService> {
  let root = "";
  return {
    log(request) {
      const severity = severities[request.getSeverity()] ?? "info";
      if (severity === "debug") return {};
      // A program that is being stopped may report its closed channel. The cause has been reported before.
      if (d.stopping && /\b14 UNAVAILABLE\b/.test(request.getMessage())) return {};
      const [urn, ephemeral] = [request.getUrn() || undefined, request.getEphemeral()];
      d.emit({ kind: "diagnostic", severity, message: request.getMessage(), urn, ephemeral });
      return {};
    },
    getRootResource: () => ({ urn: root }),
    setRootResource(request) {
      root = request.getUrn();
      return {};
    },
  };
}
