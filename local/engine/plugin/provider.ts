import { randomBytes } from "node:crypto";
import { Metadata, type CallOptions, type ServiceError } from "@grpc/grpc-js";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import type { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { noDiff, type ChangeKind, type Diff } from "../values/diff";
import { ProviderError, toProviderError } from "./providerErrors";
import { fromStructCompact, toStruct } from "../values/struct";
import { parseUrn } from "../values/urn";
import {
  forProvider,
  hasUnknowns,
  isObject,
  markSecrets,
  rewrite,
  signatureOf,
  signatures,
  without,
} from "../values/values";
import type { Properties, Value } from "../values/values";

export type CheckFailure = { property: string; reason: string };
type Target = { urn: string; id?: string };

/** What a provider says of itself when it is greeted or configured. */
export type Capabilities = { secrets: boolean; resources: boolean; preview: boolean };

/** Pulumi's provider protocol as functions on properties; every failure is a ProviderError. */
export type Provider = ReturnType<typeof providerClient>;

type Unary<Q, R> = (
  request: Q,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: R) => void,
) => unknown;

const replaceKinds = new Set<number>([
  messages.PropertyDiff.Kind.ADD_REPLACE,
  messages.PropertyDiff.Kind.DELETE_REPLACE,
  messages.PropertyDiff.Kind.UPDATE_REPLACE,
]);

/** Wraps a connected provider. `stop` ends its process. */
export function providerClient(client: ResourceProviderClient, stop: () => void) {
  const capabilities: Capabilities = { secrets: false, resources: false, preview: false };
  let greeted = false;
  /** False while part of the configuration is unknown (preview): the provider must not be asked anything then. */
  let configured = true;

  const call = <Q, R>(method: Unary<Q, R>, request: Q): Promise<R> =>
    new Promise((resolve, reject) => {
      method.call(client, request, new Metadata(), {}, (error, response) =>
        error ? reject(toProviderError(error)) : resolve(response),
      );
    });
  const outgoing = (properties: Properties): ReturnType<typeof toStruct> =>
    toStruct(forProvider(properties, capabilities));
  const past = (properties: Properties): ReturnType<typeof toStruct> =>
    outgoing(withoutAssetContents(properties));
  const incoming = (outputs: Properties, inputs: Properties): Properties =>
    capabilities.secrets ? outputs : markSecrets(outputs, inputs);
  const identify = (target: Target): { name: string; type: string } => parseUrn(target.urn);

  return {
    capabilities,
    stop,
    isConfigured: (): boolean => configured,

    /** Greets the provider; an older one answers only when it is configured. */
    async handshake(engineAddress: string, root: string, program: string): Promise<void> {
      const request = new messages.ProviderHandshakeRequest();
      request.setEngineAddress(engineAddress);
      request.setRootDirectory(root);
      request.setProgramDirectory(program);
      request.setConfigureWithUrn(true);
      request.setInvokeWithPreview(true);
      try {
        const answer = await call(client.handshake, request);
        greeted = true;
        capabilities.secrets = answer.getAcceptSecrets();
        capabilities.resources = answer.getAcceptResources();
        capabilities.preview = true;
      } catch (error) {
        if (!(error instanceof ProviderError) || !error.unimplemented) throw error;
      }
    },

    async checkConfig(
      urn: string,
      olds: Properties,
      news: Properties,
    ): Promise<{ inputs: Properties; failures: CheckFailure[] }> {
      const request = new messages.CheckRequest();
      request.setUrn(urn);
      request.setOlds(toStruct(olds));
      request.setNews(toStruct(news));
      try {
        const answer = await call(client.checkConfig, request);
        return {
          inputs: markSecrets(fromStructCompact(answer.getInputs()), news),
          failures: failuresOf(answer),
        };
      } catch (error) {
        if (error instanceof ProviderError && error.unimplemented) return { inputs: news, failures: [] };
        throw error;
      }
    },

    /** Undefined if the provider leaves the answer open. */
    async diffConfig(urn: string, id: string, olds: Properties, news: Properties): Promise<Diff | undefined> {
      const request = new messages.DiffRequest();
      request.setUrn(urn);
      request.setId(id);
      request.setOlds(toStruct(olds));
      request.setOldInputs(toStruct(olds));
      request.setNews(toStruct(news));
      try {
        return toDiff(await call(client.diffConfig, request));
      } catch (error) {
        if (error instanceof ProviderError && error.unimplemented) return undefined;
        throw error;
      }
    },

    async configure(pkg: string, target: Target, inputs: Properties): Promise<void> {
      configured = !hasUnknowns(inputs);
      if (!configured) return;
      const request = new messages.ConfigureRequest();
      request.setArgs(toStruct(inputs));
      const plain = forProvider(inputs, { secrets: false, resources: false });
      for (const [key, value] of Object.entries(plain)) {
        const text = typeof value === "string" ? value : JSON.stringify(value);
        request.getVariablesMap().set(`${pkg}:config:${key}`, text);
      }
      request.setAcceptsecrets(true);
      request.setAcceptresources(true);
      request.setSendsOldInputs(true);
      request.setSendsOldInputsToDelete(true);
      if (target.id) request.setId(target.id);
      request.setUrn(target.urn);
      request.setName(identify(target).name);
      request.setType(identify(target).type);
      const answer = await call(client.configure, request);
      if (greeted) return;
      capabilities.secrets = answer.getAcceptsecrets();
      capabilities.resources = answer.getAcceptresources();
      capabilities.preview = answer.getSupportspreview();
    },

    async check(
      target: Target,
      olds: Properties,
      news: Properties,
    ): Promise<{ inputs: Properties; failures: CheckFailure[] }> {
      if (!configured) return { inputs: news, failures: [] };
      const request = new messages.CheckRequest();
      request.setUrn(target.urn);
      request.setName(identify(target).name);
      request.setType(identify(target).type);
      request.setOlds(outgoing(olds));
      request.setNews(outgoing(news));
      request.setRandomseed(randomBytes(32));
      const answer = await call(client.check, request);
      return { inputs: incoming(fromStructCompact(answer.getInputs()), news), failures: failuresOf(answer) };
    },

    /** Undefined if the provider leaves the answer open. */
    async diff(
      target: Target,
      old: { inputs: Properties; outputs: Properties },
      news: Properties,
      ignoreChanges: string[],
    ): Promise<Diff | undefined> {
      const request = new messages.DiffRequest();
      request.setUrn(target.urn);
      request.setName(identify(target).name);
      request.setType(identify(target).type);
      request.setId(target.id ?? "");
      request.setOlds(past(old.outputs));
      request.setOldInputs(past(old.inputs));
      request.setNews(outgoing(news));
      request.setIgnorechangesList(ignoreChanges);
      return toDiff(await call(client.diff, request));
    },

    async create(
      target: Target,
      inputs: Properties,
      timeout: number,
      preview: boolean,
    ): Promise<{ id: string; outputs: Properties }> {
      if (preview && !configured) return { id: "", outputs: {} };
      if (preview && !capabilities.preview) return { id: "", outputs: inputs };
      const request = new messages.CreateRequest();
      request.setUrn(target.urn);
      request.setName(identify(target).name);
      request.setType(identify(target).type);
      request.setProperties(outgoing(inputs));
      request.setTimeout(timeout);
      request.setPreview(preview);
      const answer = await call(client.create, request);
      if (!preview && answer.getId() === "")
        throw new ProviderError("the provider returned no id for the new resource", 13);
      return { id: answer.getId(), outputs: incoming(fromStructCompact(answer.getProperties()), inputs) };
    },

    async update(
      target: Target,
      old: { inputs: Properties; outputs: Properties },
      news: Properties,
      options: { timeout: number; ignoreChanges: string[]; preview: boolean },
    ): Promise<Properties> {
      if (options.preview && !configured) return {};
      if (options.preview && !capabilities.preview) return news;
      const request = new messages.UpdateRequest();
      request.setUrn(target.urn);
      request.setName(identify(target).name);
      request.setType(identify(target).type);
      request.setId(target.id ?? "");
      request.setOlds(past(old.outputs));
      request.setOldInputs(past(old.inputs));
      request.setNews(outgoing(news));
      request.setTimeout(options.timeout);
      request.setIgnorechangesList(options.ignoreChanges);
      request.setPreview(options.preview);
      return incoming(fromStructCompact((await call(client.update, request)).getProperties()), news);
    },

    async remove(
      target: Target,
      old: { inputs: Properties; outputs: Properties },
      timeout: number,
    ): Promise<void> {
      const request = new messages.DeleteRequest();
      request.setUrn(target.urn);
      request.setName(identify(target).name);
      request.setType(identify(target).type);
      request.setId(target.id ?? "");
      request.setProperties(past(old.outputs));
      request.setOldInputs(past(old.inputs));
      request.setTimeout(timeout);
      await call(client.delete, request);
    },

    /** The resource as it is now; undefined if it is gone. Inputs are undefined if the provider does not return them. */
    async read(
      target: Target,
      old: { inputs: Properties; outputs: Properties },
      timeout: number,
    ): Promise<{ id: string; outputs: Properties; inputs: Properties | undefined } | undefined> {
      const request = new messages.ReadRequest();
      request.setUrn(target.urn);
      request.setName(identify(target).name);
      request.setType(identify(target).type);
      request.setId(target.id ?? "");
      request.setProperties(outgoing(old.outputs));
      request.setInputs(outgoing(old.inputs));
      request.setTimeout(timeout);
      const answer = await call(client.read, request);
      if (answer.getId() === "") return undefined;
      const inputs = answer.getInputs();
      return {
        id: answer.getId(),
        outputs: incoming(fromStructCompact(answer.getProperties()), { ...old.outputs, ...old.inputs }),
        inputs: inputs ? incoming(fromStructCompact(inputs), old.inputs) : undefined,
      };
    },

    async invoke(
      token: string,
      args: Properties,
      preview: boolean,
    ): Promise<{ result: Properties; failures: CheckFailure[] }> {
      const request = new messages.InvokeRequest();
      request.setTok(token);
      request.setArgs(outgoing(args));
      request.setPreview(preview);
      const answer = await call(client.invoke, request);
      return { result: fromStructCompact(answer.getReturn()), failures: failuresOf(answer) };
    },

    /** Asks the provider to give up what it is doing; what it makes of that is its own business. */
    async cancel(): Promise<void> {
      await call(client.cancel, new Empty()).catch(() => undefined);
    },
  };
}

function failuresOf(answer: { getFailuresList(): messages.CheckFailure[] }): CheckFailure[] {
  return answer
    .getFailuresList()
    .map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() }));
}

function toDiff(answer: messages.DiffResponse): Diff | undefined {
  if (answer.getChanges() === messages.DiffResponse.DiffChanges.DIFF_UNKNOWN) return undefined;
  const detailed: Diff["detailed"] = {};
  const kinds: ChangeKind[] = ["add", "delete", "update"];
  for (const [path, change] of answer.getDetaileddiffMap().entries() as Iterable<
    [string, messages.PropertyDiff]
  >) {
    detailed[path] = {
      kind: kinds[change.getKind() >> 1] ?? "update",
      replace: replaceKinds.has(change.getKind()),
    };
  }
  return {
    ...noDiff,
    changed: answer.getChanges() === messages.DiffResponse.DiffChanges.DIFF_SOME,
    keys: answer.getDiffsList(),
    replaceKeys: answer.getReplacesList(),
    detailed,
    deleteBeforeReplace: answer.getDeletebeforereplace(),
  };
}

/** What a resource was made from once: of assets, the hash is enough. */
function withoutAssetContents(properties: Properties): Properties {
  return rewrite(properties, (value: Value) => {
    const isAsset = signatureOf(value) === signatures.asset || signatureOf(value) === signatures.archive;
    if (!isAsset || !isObject(value)) return value;
    return without(value, ["text", "path", "uri", "assets"]);
  }) as Properties;
}
