import {
  Metadata,
  status,
  type Client,
  type MethodDefinition,
  type Server,
  type ServerUnaryCall,
} from "@grpc/grpc-js";
import type {
  sendUnaryData,
  ServiceDefinition,
  ServiceError,
  StatusObject,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { Message } from "google-protobuf";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { toStruct } from "../values/struct";
import type { Properties } from "../values/values";

type Shape<M> = M extends MethodDefinition<infer Q, infer R> ? { request: Q; response: R } : never;
type Request<M> = Shape<M>["request"];
type Response<M> = Shape<M>["response"];
type Field<V> = NonNullable<V> extends Struct ? Properties : V;

/** A message's fields by the names of its setters (`setUrn` sets `urn`); Structs are properties. */
export type Fields<M> = {
  [K in keyof M as K extends `set${infer N}` ? Uncapitalize<N> : never]?: M[K] extends (
    value: infer V,
  ) => unknown
    ? Field<V> | undefined
    : never;
} & {
  [K in keyof M as K extends `get${infer N}Map` ? `${Uncapitalize<N>}Map` : never]?: M[K] extends () => {
    set(key: string, value: infer V): unknown;
  }
    ? Map<string, V>
    : never;
};

/** The members of a generated method that its types leave out. */
type Method = MethodDefinition<object, object> & {
  requestType: new () => object;
  responseType: new () => object;
};

/** Builds a protobuf message; fields that are undefined stay unset. */
export function message<M extends object>(type: new () => M, fields: Fields<M>): M {
  const built = new type() as Record<string, (value?: unknown) => unknown>;
  for (const [name, value] of Object.entries(fields)) {
    const field = `${name[0]?.toUpperCase()}${name.slice(1)}`;
    if (value instanceof Map) {
      const map = built[`get${field}`]?.() as Map<string, unknown>;
      value.forEach((item, key) => map.set(key, item));
    } else if (value !== undefined) built[`set${field}`]?.(isProperties(value) ? toStruct(value) : value);
  }
  return built as M;
}

/** True for values that become a Struct: objects that are neither lists, nor bytes, nor messages. */
function isProperties(value: unknown): value is Properties {
  const isOther = Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof Message;
  return typeof value === "object" && value !== null && !isOther;
}

export function callerOf<S>(client: Client, service: S) {
  return <N extends keyof S>(
    name: N,
    fields: Fields<Request<S[N]>>,
    deadline = Infinity,
  ): Promise<Response<S[N]>> => {
    const { path, requestType, requestSerialize, responseDeserialize } = service[name] as Method;
    const request = message(requestType, fields);
    return new Promise((resolve, reject) => {
      const settle = (error: ServiceError | null, response?: object): void =>
        error ? reject(error) : resolve(response as Response<S[N]>);
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        new Metadata(),
        { deadline },
        settle,
      );
    });
  };
}

export type Handlers<S> = {
  [N in keyof S]?: (request: Request<S[N]>) => Promise<Fields<Response<S[N]>>> | Fields<Response<S[N]>>;
};

/** Calls wait until the handlers are there; without a handler the answer is UNIMPLEMENTED. */
export function serve<S extends object>(
  server: Server,
  service: S,
  handlers: Handlers<S> | Promise<Handlers<S>>,
  statusOf: (error: unknown) => Partial<StatusObject>,
): void {
  const methods = Object.entries(service) as [keyof S & string, Method][];
  const answers = methods
    .filter(([, { responseStream }]) => !responseStream)
    .map(([name, { responseType }]) => [
      name,
      async (call: ServerUnaryCall<never, object>, callback: sendUnaryData<object>): Promise<void> => {
        try {
          const handle = (await handlers)[name] as ((request: never) => object) | undefined;
          if (!handle) return callback({ code: status.UNIMPLEMENTED, details: `${name} is not implemented` });
          callback(null, message(responseType, await handle(call.request)));
        } catch (error) {
          callback(statusOf(error));
        }
      },
    ]);
  server.addService(
    service as ServiceDefinition,
    Object.fromEntries(answers) as unknown as UntypedServiceImplementation,
  );
}
