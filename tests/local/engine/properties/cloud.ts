import { Metadata, Server, ServerCredentials, status, type sendUnaryData } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

export type Props = Record<string, unknown>;
export type Method = "check" | "diff" | "create" | "update" | "delete" | "read";

/**
 * How a call fails: `refuse` fails without an effect; `lost` has an unknown status and no effect; `ghost` has
 * an unknown status and an effect; `partial` has an effect, but the resource is not ready.
 */
export type FaultKind = "refuse" | "lost" | "ghost" | "partial";

/** One thing that exists in the cloud. */
export type Thing = {
  id: string;
  urn: string;
  props: Props;
  /** False until the engine has received the answer to its creation. */
  answered: boolean;
  /** Its creation ended with an unknown status, so Pulumi records nothing about it. */
  forgotten?: boolean;
  /** The thing whose deletion removes this one. */
  host?: string;
};

/** The in-memory cloud: plain data, so that it can be copied at the moment of a kill. */
export type Cloud = {
  next: number;
  things: Record<string, Thing>;
  /** Every id ever used. */
  ever: string[];
  /** Ids whose deletion was not reported to the engine. */
  unsure: string[];
  /** Ids whose properties differ from the last report to the engine. */
  drifted: string[];
  log: string[];
};

export const emptyCloud = (): Cloud => ({ next: 1, things: {}, ever: [], unsure: [], drifted: [], log: [] });

export const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** Inputs that force a replacement. */
export const replaceKeys = ["zone", "pin", "slot", "within"];
const computed = ["self", "echo"];

const without = (props: Props, keys: readonly string[]): Props =>
  Object.fromEntries(Object.entries(props).filter(([key]) => !keys.includes(key)));

/** Outputs of a thing: its inputs, its id and an echo of its value. */
export const outputsOf = (props: Props, id: string): Props => ({
  ...props,
  self: id,
  echo: `echo:${String(props.value ?? "")}`,
});

export type Hooks = {
  /** The planned fault of this call, if any. */
  fault: (method: Method, name: string) => FaultKind | undefined;
  /** Duration of a call in milliseconds. */
  delay: (method: Method, name: string) => number;
  /**
   * Called around the effect of every changing call: before the effect, and after it but before the answer.
   */
  point: (phase: "before" | "after", call: string) => void;
  dead: () => boolean;
  /** Pending effects of the calls in progress. */
  underWay: Set<(cloud: Cloud) => void>;
};

type Failure = { code: number; details: string; metadata?: Metadata };
const failure = (code: number, details: string): Failure => ({ code, details });
const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");
const props = (struct: Struct | undefined): Props => (struct?.toJavaScript() ?? {}) as Props;
const toStruct = (value: Props): Struct =>
  Struct.fromJavaScript(value as Parameters<typeof Struct.fromJavaScript>[0]);

/** A partial failure in the format of Pulumi's providers. */
function initFailure(id: string, outputs: Props): Failure {
  const detail = new messages.ErrorResourceInitFailed();
  detail.setId(id);
  detail.setProperties(toStruct(outputs));
  detail.setReasonsList(["initialization failed"]);
  const any = new Any();
  any.setTypeUrl("type.googleapis.com/pulumirpc.ErrorResourceInitFailed");
  any.setValue(detail.serializeBinary());
  const packed = new Status();
  packed.setCode(status.UNKNOWN);
  packed.setMessage("init failed");
  packed.addDetails(any);
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(packed.serializeBinary()));
  return { code: status.UNKNOWN, details: "init failed", metadata };
}

/** Serves the provider of `cloud` on a free port. */
export async function serveCloud(cloud: Cloud, hooks: Hooks): Promise<{ port: number; close: () => void }> {
  const server = new Server();
  const handle = <Q, R>(answer: (request: Q) => Promise<R>) => {
    return (call: { request: Q }, callback: sendUnaryData<R>): void => {
      const dead = failure(status.UNAVAILABLE, "the provider is dead");
      if (hooks.dead()) return callback(dead);
      answer(call.request).then(
        (response) => callback(hooks.dead() ? dead : null, response),
        (error: Failure) => callback(hooks.dead() ? dead : error),
      );
    };
  };
  /** One changing call: delay, planned fault, effect, and the two moments at which a kill can happen. */
  const change = async <R>(
    method: Method,
    urn: string,
    effect: (cloud: Cloud) => { done: R; partial?: Failure; ghost?: () => void; answered?: () => void },
  ): Promise<R> => {
    const call = `${method} ${nameOf(urn)}`;
    const [fault, delay] = [hooks.fault(method, nameOf(urn)), hooks.delay(method, nameOf(urn))];
    if (!fault) hooks.underWay.add(effect);
    if (delay > 0) await new Promise((resume) => setTimeout(resume, delay));
    if (hooks.dead()) throw failure(status.UNAVAILABLE, "the provider is dead");
    hooks.point("before", call);
    hooks.underWay.delete(effect);
    if (fault === "refuse") throw failure(status.INVALID_ARGUMENT, `${call} is refused`);
    if (fault === "lost") throw failure(status.UNKNOWN, `${call} got lost`);
    cloud.log.push(call);
    const { done, partial, ghost, answered } = effect(cloud);
    hooks.point("after", call);
    if (fault === "ghost") {
      ghost?.();
      throw failure(status.UNKNOWN, `${call} was never answered`);
    }
    answered?.();
    if (fault === "partial" && partial) throw partial;
    return done;
  };

  const handlers = {
    handshake: handle(async () => {
      const answer = new messages.ProviderHandshakeResponse();
      answer.setAcceptSecrets(false);
      return answer;
    }),
    configure: handle(async () => new messages.ConfigureResponse()),
    cancel: handle(async () => new Empty()),
    attach: handle(async () => new Empty()),
    check: handle(async (request: messages.CheckRequest) => {
      const [olds, news] = [props(request.getOlds()), props(request.getNews())];
      const answer = new messages.CheckResponse();
      if (hooks.fault("check", nameOf(request.getUrn()))) {
        const found = new messages.CheckFailure();
        found.setProperty("value");
        found.setReason("is not allowed");
        answer.addFailures(found);
      }
      // A generated name: unchanged while the thing exists, different for a new one.
      answer.setInputs(toStruct({ ...news, auto: news.auto ?? olds.auto ?? `auto-${cloud.next++}` }));
      return answer;
    }),
    diff: handle(async (request: messages.DiffRequest) => {
      const [olds, news] = [props(request.getOldInputs()), props(request.getNews())];
      if (hooks.fault("diff", nameOf(request.getUrn())))
        throw failure(status.INVALID_ARGUMENT, `diff ${nameOf(request.getUrn())} is refused`);
      const ignored = request.getIgnorechangesList();
      const changed = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
        (key) => !ignored.includes(key) && JSON.stringify(olds[key]) !== JSON.stringify(news[key]),
      );
      const answer = new messages.DiffResponse();
      const { DIFF_SOME, DIFF_NONE } = messages.DiffResponse.DiffChanges;
      answer.setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE);
      answer.setDiffsList(changed);
      answer.setReplacesList(changed.filter((key) => replaceKeys.includes(key)));
      // Two things cannot occupy the same slot.
      answer.setDeletebeforereplace(olds.slot !== undefined && olds.slot === news.slot);
      return answer;
    }),
    create: handle(async (request: messages.CreateRequest) => {
      const [urn, inputs] = [request.getUrn(), props(request.getProperties())];
      const answer = new messages.CreateResponse();
      if (request.getPreview()) {
        answer.setProperties(toStruct({ ...outputsOf(inputs, ""), self: unknownText }));
        return answer;
      }
      if (JSON.stringify(inputs).includes(unknownText))
        throw failure(status.INTERNAL, `create ${nameOf(urn)}: unknown inputs outside a preview`);
      return change("create", urn, (cloud) => {
        const thing = make(cloud, urn, inputs);
        answer.setId(thing.id);
        answer.setProperties(toStruct(outputsOf(inputs, thing.id)));
        return {
          done: answer,
          partial: initFailure(thing.id, outputsOf(inputs, thing.id)),
          ghost: () => (thing.forgotten = true),
          answered: () => {
            thing.answered = true;
            delete thing.forgotten;
          },
        };
      });
    }),
    update: handle(async (request: messages.UpdateRequest) => {
      const [urn, inputs, id] = [request.getUrn(), props(request.getNews()), request.getId()];
      const answer = new messages.UpdateResponse();
      answer.setProperties(toStruct(outputsOf(inputs, id)));
      if (request.getPreview()) return answer;
      return change("update", urn, (cloud) => {
        const thing = cloud.things[id];
        if (!thing) throw failure(status.NOT_FOUND, `update ${nameOf(urn)}: there is no ${id}`);
        thing.props = inputs;
        cloud.drifted = cloud.drifted.filter((other) => other !== id);
        return {
          done: answer,
          partial: initFailure(id, outputsOf(inputs, id)),
          ghost: () => cloud.drifted.push(id),
        };
      });
    }),
    delete: handle(async (request: messages.DeleteRequest) => {
      const id = request.getId();
      return change("delete", request.getUrn(), (cloud) => {
        remove(cloud, id);
        return { done: new Empty(), ghost: () => cloud.unsure.push(id) };
      });
    }),
    read: handle(async (request: messages.ReadRequest) => {
      const id = request.getId();
      const fault = hooks.fault("read", nameOf(request.getUrn()));
      if (fault === "refuse") throw failure(status.INVALID_ARGUMENT, `read ${id} is refused`);
      const thing = cloud.things[id];
      const answer = new messages.ReadResponse();
      if (!thing) return answer;
      if (fault) throw initFailure(id, outputsOf(thing.props, id));
      answer.setId(id);
      answer.setInputs(toStruct(without(thing.props, computed)));
      answer.setProperties(toStruct(outputsOf(thing.props, id)));
      cloud.drifted = cloud.drifted.filter((other) => other !== id);
      return answer;
    }),
  };
  // Methods that are not served answer UNIMPLEMENTED, as in other providers.
  server.addService(ResourceProviderService, handlers as never);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, close: () => server.forceShutdown() };
}

/**
 * Creates a thing. If its slot is taken by a thing whose creation was interrupted, that thing is adopted.
 * Otherwise the call is rejected.
 */
function make(cloud: Cloud, urn: string, inputs: Props): Thing {
  const slot = inputs.slot;
  const holder =
    slot === undefined ? undefined : Object.values(cloud.things).find((one) => one.props.slot === slot);
  if (holder?.answered)
    throw failure(status.ALREADY_EXISTS, `create ${nameOf(urn)}: slot ${String(slot)} is taken`);
  if (holder) {
    holder.props = inputs;
    holder.urn = urn;
    return holder;
  }
  const host = Object.values(cloud.things)
    .filter((one) => one.props.label !== undefined && one.props.label === inputs.within)
    .at(-1);
  const thing: Thing = {
    id: `id-${cloud.next++}`,
    urn,
    props: inputs,
    answered: false,
    ...(host ? { host: host.id } : {}),
  };
  cloud.things[thing.id] = thing;
  cloud.ever.push(thing.id);
  return thing;
}

/** Removes a thing and everything it hosts; a missing thing is not an error. */
function remove(cloud: Cloud, id: string): void {
  delete cloud.things[id];
  for (const thing of Object.values(cloud.things)) if (thing.host === id) remove(cloud, thing.id);
}
