/** Starts a real plugin executable and an engine that only takes log lines, and talks to the plugin over gRPC. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Json, Properties } from "../../../../local/plugins/host/values";

export const ROOT = resolve(__dirname, "../../../..");

export interface LogLine {
  message: string;
  urn: string;
  ephemeral: boolean;
}

export interface Engine {
  address: string;
  lines: LogLine[];
  close(): void;
}

export async function startEngine(): Promise<Engine> {
  const server = new grpc.Server();
  const lines: LogLine[] = [];
  server.addService(EngineService, {
    log(call: grpc.ServerUnaryCall<LogRequest, Empty>, done: grpc.sendUnaryData<Empty>) {
      const { request } = call;
      lines.push({ message: request.getMessage(), urn: request.getUrn(), ephemeral: request.getEphemeral() });
      done(null, new Empty());
    },
  } as unknown as grpc.UntypedServiceImplementation);
  const port = await new Promise<number>((ok, fail) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (e, p) => (e ? fail(e) : ok(p))),
  );
  return { address: `127.0.0.1:${port}`, lines, close: () => server.forceShutdown() };
}

export interface Diff {
  changes: number;
  replaces: string[];
  deleteBeforeReplace: boolean;
  detailed: Record<string, number>;
}

/** A partial failure as it arrived: what the engine would record. */
export interface InitFailure {
  id: string;
  outputs: Properties;
  reasons: string[];
}

export function initFailure(error: unknown): InitFailure | undefined {
  const [bytes] = (error as grpc.ServiceError).metadata.get("grpc-status-details-bin");
  if (!bytes) return undefined;
  const [detail] = Status.deserializeBinary(bytes as Buffer).getDetailsList();
  const failed = pb.ErrorResourceInitFailed.deserializeBinary(detail!.getValue_asU8());
  return {
    id: failed.getId(),
    outputs: failed.getProperties()!.toJavaScript() as Properties,
    reasons: failed.getReasonsList(),
  };
}

type Call<Q, A> = (request: Q, done: (error: grpc.ServiceError | null, answer: A) => void) => void;
const struct = (value: Properties): Struct => Struct.fromJavaScript(value as never);
const js = (value: Struct | undefined): Properties => (value?.toJavaScript() ?? {}) as Properties;

export interface Plugin {
  process: ChildProcess;
  exited: Promise<number | null>;
  stdout: string[];
  handshake(): Promise<{ acceptSecrets: boolean }>;
  configure(
    config?: Record<string, string>,
    sendsOldInputs?: boolean,
  ): Promise<{ acceptSecrets: boolean; preview: boolean }>;
  check(urn: string, news: Properties, olds?: Properties): Promise<{ inputs: Properties; reasons: string[] }>;
  diff(urn: string, oldInputs: Properties, news: Properties, olds?: Properties): Promise<Diff>;
  create(
    urn: string,
    inputs: Properties,
    more?: { preview?: boolean; timeout?: number },
  ): Promise<{ id: string; outputs: Properties }>;
  update(
    urn: string,
    id: string,
    oldInputs: Properties,
    news: Properties,
    olds?: Properties,
  ): Promise<Properties>;
  read(
    urn: string,
    id: string,
    inputs?: Properties,
    outputs?: Properties,
  ): Promise<{ id: string; inputs: Properties; outputs: Properties }>;
  delete(urn: string, id: string, inputs: Properties, outputs?: Properties): Promise<void>;
  invoke(token: string, args: Properties): Promise<{ result: Json; reasons: string[] }>;
  cancel(): Promise<void>;
  stop(): Promise<void>;
}

export async function startPlugin(
  name: string,
  engine: Engine,
  env: NodeJS.ProcessEnv = {},
): Promise<Plugin> {
  const child = spawn(resolve(ROOT, "local/plugins/bin", `pulumi-resource-${name}`), [engine.address], {
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit").then(([code]) => code as number | null);
  const stdout: string[] = [];
  const reader = createInterface(child.stdout!);
  reader.on("line", (line) => stdout.push(line));
  await once(reader, "line");
  const client = new ResourceProviderClient(`127.0.0.1:${stdout[0]}`, grpc.credentials.createInsecure());
  const ask = <Q, A>(call: Call<Q, A>, request: Q): Promise<A> =>
    new Promise((ok, fail) =>
      call.call(client, request, (error, answer) => (error ? fail(error) : ok(answer))),
    );

  return {
    process: child,
    exited,
    stdout,
    async handshake() {
      const answer = await ask<pb.ProviderHandshakeRequest, pb.ProviderHandshakeResponse>(
        client.handshake,
        new pb.ProviderHandshakeRequest().setEngineAddress(engine.address),
      );
      return { acceptSecrets: answer.getAcceptSecrets() };
    },
    async configure(config = {}, sendsOldInputs = true) {
      const request = new pb.ConfigureRequest().setAcceptsecrets(true).setArgs(struct({}));
      request.setSendsOldInputs(sendsOldInputs);
      request.setSendsOldInputsToDelete(sendsOldInputs);
      for (const [key, value] of Object.entries(config)) {
        request.getVariablesMap().set(`${name}:config:${key}`, value);
      }
      const answer = await ask<pb.ConfigureRequest, pb.ConfigureResponse>(client.configure, request);
      return { acceptSecrets: answer.getAcceptsecrets(), preview: answer.getSupportspreview() };
    },
    async check(urn, news, olds = {}) {
      const request = new pb.CheckRequest().setUrn(urn).setNews(struct(news)).setOlds(struct(olds));
      request.setRandomseed(new Uint8Array(32).fill(7));
      const answer = await ask<pb.CheckRequest, pb.CheckResponse>(client.check, request);
      return { inputs: js(answer.getInputs()), reasons: answer.getFailuresList().map((f) => f.getReason()) };
    },
    async diff(urn, oldInputs, news, olds = {}) {
      const request = new pb.DiffRequest().setUrn(urn).setId("id").setOldInputs(struct(oldInputs));
      request.setNews(struct(news)).setOlds(struct(olds));
      const answer = await ask<pb.DiffRequest, pb.DiffResponse>(client.diff, request);
      const detailed: Record<string, number> = {};
      answer.getDetaileddiffMap().forEach((value, key) => (detailed[key] = value.getKind()));
      return {
        changes: answer.getChanges(),
        replaces: answer.getReplacesList(),
        deleteBeforeReplace: answer.getDeletebeforereplace(),
        detailed,
      };
    },
    async create(urn, inputs, { preview = false, timeout = 0 } = {}) {
      const request = new pb.CreateRequest().setUrn(urn).setProperties(struct(inputs));
      request.setPreview(preview).setTimeout(timeout);
      const answer = await ask<pb.CreateRequest, pb.CreateResponse>(client.create, request);
      return { id: answer.getId(), outputs: js(answer.getProperties()) };
    },
    async update(urn, id, oldInputs, news, olds = {}) {
      const request = new pb.UpdateRequest().setUrn(urn).setId(id).setOlds(struct(olds));
      request.setNews(struct(news)).setOldInputs(struct(oldInputs));
      return js((await ask<pb.UpdateRequest, pb.UpdateResponse>(client.update, request)).getProperties());
    },
    async read(urn, id, inputs = {}, outputs = {}) {
      const request = new pb.ReadRequest().setUrn(urn).setId(id).setInputs(struct(inputs));
      request.setProperties(struct(outputs));
      const answer = await ask<pb.ReadRequest, pb.ReadResponse>(client.read, request);
      return { id: answer.getId(), inputs: js(answer.getInputs()), outputs: js(answer.getProperties()) };
    },
    async delete(urn, id, inputs, outputs = {}) {
      const request = new pb.DeleteRequest().setUrn(urn).setId(id).setProperties(struct(outputs));
      await ask<pb.DeleteRequest, Empty>(client.delete, request.setOldInputs(struct(inputs)));
    },
    async invoke(token, args) {
      const request = new pb.InvokeRequest().setTok(token).setArgs(struct(args));
      const answer = await ask<pb.InvokeRequest, pb.InvokeResponse>(client.invoke, request);
      return { result: js(answer.getReturn()), reasons: answer.getFailuresList().map((f) => f.getReason()) };
    },
    async cancel() {
      await ask<Empty, Empty>(client.cancel, new Empty());
    },
    async stop() {
      client.close();
      child.kill("SIGTERM");
      await exited;
      reader.close();
    },
  };
}

export function urn(type: string, name: string): string {
  return `urn:pulumi:test::project::${type}::${name}`;
}
