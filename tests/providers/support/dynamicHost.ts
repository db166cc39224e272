/**
 * The dynamic-provider host of @pulumi/pulumi in its own process, called over gRPC as the engine calls it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as grpc from "@grpc/grpc-js";
import * as providerProto from "@pulumi/pulumi/proto/provider_pb";
import * as statusProto from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { providerText, type ResourceFolder } from "../../../providers/shared/dynamicResource";

// The generated client has no type declarations of its own.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { ResourceProviderClient } = require("@pulumi/pulumi/proto/provider_grpc_pb") as {
  ResourceProviderClient: new (
    address: string,
    credentials: grpc.ChannelCredentials,
  ) => grpc.Client &
    Record<
      string,
      (request: unknown, done: (error: grpc.ServiceError | null, answer: unknown) => void) => void
    >;
};

export type Properties = Record<string, unknown>;

export interface CallError extends Error {
  /** Set for a partial failure. */
  id?: string;
  properties?: Properties;
  reasons?: string[];
}

export interface DynamicHost {
  check(
    handler: ResourceFolder,
    olds: Properties,
    news: Properties,
  ): Promise<{ inputs: Properties; failures: string[] }>;
  diff(
    handler: ResourceFolder,
    olds: Properties,
    news: Properties,
  ): Promise<{ changes: number; replaces: string[] }>;
  create(handler: ResourceFolder, inputs: Properties): Promise<{ id: string; outs: Properties }>;
  update(handler: ResourceFolder, id: string, olds: Properties, news: Properties): Promise<Properties>;
  read(handler: ResourceFolder, id: string, outs: Properties): Promise<{ id: string; outs: Properties }>;
  delete(handler: ResourceFolder, id: string, outs: Properties): Promise<void>;
  /** Everything printed so far. */
  output(): string;
  /** Everything that the host sent: responses, errors, output. */
  everything(): string;
  /** What the engine calls at the first Ctrl-C. */
  cancel(): Promise<void>;
  /** Sends a signal and leaves the connection open. Resolves with the signal that ended the process. */
  interrupt(signal: NodeJS.Signals): Promise<NodeJS.Signals | null>;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * Starts the host in `cwd` as an engine starts it in the project directory, with a link to the compiled
 * program. The host inherits `env`, PATH and HOME only.
 */
export async function startDynamicHost(cwd: string, env: Record<string, string>): Promise<DynamicHost> {
  const link = path.join(cwd, "dist");
  if (!fs.existsSync(link)) fs.symlinkSync(path.resolve("dist"), link, "dir");
  const child = spawn(
    process.execPath,
    [path.resolve("node_modules/@pulumi/pulumi/cmd/dynamic-provider"), "127.0.0.1:9"],
    { cwd, env: { PATH: process.env.PATH ?? "", HOME: cwd, ...env }, stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  const sent: string[] = [];
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const line = /^(\d+)\n/.exec(output);
      if (line) resolve(line[1] ?? "");
    });
    child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.once("exit", () => reject(new Error(`the host exited: ${output}`)));
  });
  const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());

  function call<T>(method: string, request: unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      client[method]?.(request, (error, answer) => {
        if (error) {
          const failure = callError(error);
          sent.push(failure.message, JSON.stringify(failure));
          reject(failure);
        } else {
          sent.push(JSON.stringify((answer as { toObject(): unknown }).toObject()));
          resolve(answer as T);
        }
      });
    });
  }
  const configure = new providerProto.ConfigureRequest();
  configure.setArgs(Struct.fromJavaScript({}));
  await call("configure", configure);
  const struct = (handler: ResourceFolder, properties: Properties): Struct =>
    Struct.fromJavaScript({ ...properties, __provider: providerText(handler) } as Record<
      string,
      JavaScriptValue
    >);
  const js = (value: Struct | undefined): Properties => (value?.toJavaScript() ?? {}) as Properties;

  return {
    async check(handler, olds, news) {
      const request = new providerProto.CheckRequest();
      request.setUrn("urn:pulumi:test::azureml-finetune::x::y");
      request.setOlds(Struct.fromJavaScript(olds as Record<string, JavaScriptValue>));
      request.setNews(struct(handler, news));
      const answer = await call<providerProto.CheckResponse>("check", request);
      return {
        inputs: js(answer.getInputs()),
        failures: answer.getFailuresList().map((failure) => failure.getReason()),
      };
    },
    async diff(handler, olds, news) {
      const request = new providerProto.DiffRequest();
      request.setId("id");
      request.setOlds(struct(handler, olds));
      request.setNews(struct(handler, news));
      const answer = await call<providerProto.DiffResponse>("diff", request);
      return { changes: answer.getChanges(), replaces: answer.getReplacesList() };
    },
    async create(handler, inputs) {
      const request = new providerProto.CreateRequest();
      request.setProperties(struct(handler, inputs));
      const answer = await call<providerProto.CreateResponse>("create", request);
      return { id: answer.getId(), outs: js(answer.getProperties()) };
    },
    async update(handler, id, olds, news) {
      const request = new providerProto.UpdateRequest();
      request.setId(id);
      request.setOlds(struct(handler, olds));
      request.setNews(struct(handler, news));
      return js((await call<providerProto.UpdateResponse>("update", request)).getProperties());
    },
    async read(handler, id, outs) {
      const request = new providerProto.ReadRequest();
      request.setId(id);
      request.setProperties(struct(handler, outs));
      const answer = await call<providerProto.ReadResponse>("read", request);
      return { id: answer.getId(), outs: js(answer.getProperties()) };
    },
    async delete(_handler, id, outs) {
      const request = new providerProto.DeleteRequest();
      request.setId(id);
      // Sends the outputs only, as the engine does: without the provider text in them a resource cannot be
      // deleted.
      request.setProperties(Struct.fromJavaScript(outs as Record<string, JavaScriptValue>));
      await call("delete", request);
    },
    output: () => output,
    everything: () => [output, ...sent].join("\n"),
    cancel: async () => {
      await call("cancel", new Empty());
    },
    interrupt: async (signal) => {
      await ended(child, signal);
      return child.signalCode;
    },
    kill: async (signal = "SIGTERM") => {
      client.close();
      await ended(child, signal);
    },
  };
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill(signal);
  });
}

function callError(error: grpc.ServiceError): CallError {
  const failure = new Error(error.details) as CallError;
  const [packed] = error.metadata.get("grpc-status-details-bin");
  if (!packed) return failure;
  const [any] = statusProto.Status.deserializeBinary(packed as Buffer).getDetailsList();
  if (!any) return failure;
  const detail = providerProto.ErrorResourceInitFailed.deserializeBinary(any.getValue_asU8());
  failure.id = detail.getId();
  failure.properties = (detail.getProperties()?.toJavaScript() ?? {}) as Properties;
  failure.reasons = detail.getReasonsList();
  return failure;
}
