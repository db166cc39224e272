import { randomBytes } from "node:crypto";
import { status as codes, type Client, type ServiceError } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { DiffResponse, type CheckFailure as Failure } from "@pulumi/pulumi/proto/provider_pb";
import { noDiff, type ChangeKind, type Diff } from "../values/diff";
import { fromStructCompact } from "../values/struct";
import { packageOf, parseUrn } from "../values/urn";
import { forProvider, hasSecrets, hasUnknowns, markSecrets, secret, without } from "../values/values";
import type { Properties } from "../values/values";
import { ProviderError, toProviderError } from "./providerErrors";
import { callerOf } from "./rpc";

export type CheckFailure = { property: string; reason: string };
type Checked = { inputs: Properties; failures: CheckFailure[] };
export type Found = { id: string; outputs: Properties; inputs: Properties | undefined };
type ResourceKey = { urn: string; id?: string };
type OldState = { inputs: Properties; outputs: Properties };

/** Pulumi's provider protocol as functions on properties; every failure is a ProviderError. */
export type Provider = Omit<ReturnType<typeof providerClient>, "handshake" | "attach">;

type ProviderLife = {
  /** Ends the process (or only the connection to a provider that was attached). */
  stop: () => void;
  /**
   * Sends SIGTERM to a dynamic-provider host and waits until it has ended. Other providers stop by Cancel, and SIGTERM would end them
   * in the middle of a request.
   */
  terminate: () => Promise<void>;
  /** Why a provider that does not answer is gone; undefined if it seems to be running. */
  lost: () => Promise<string | undefined>;
};

export function providerClient(client: Client, life: ProviderLife) {
  const accepts = { secrets: false, resources: false };
  let previews = false;
  let handshakeDone = false;
  /** False while part of the configuration is unknown (preview): no calls are made then. */
  let configured = true;

  const call = callerOf(client, ResourceProviderService);
  const callProvider: typeof call = (method, fields, deadline) =>
    call(method, fields, deadline).catch(async (error: ServiceError) => {
      const why = error.code === codes.UNAVAILABLE ? await life.lost() : undefined;
      throw why === undefined ? toProviderError(error) : new ProviderError(why, error.code, undefined, error);
    });
  /** As callProvider; undefined if the provider does not implement the method. */
  const callOptional = <R>(answer: Promise<R>): Promise<R | undefined> =>
    answer.catch((error: unknown) => {
      if (error instanceof ProviderError && error.unimplemented) return undefined;
      throw error;
    });

  const send = (properties: Properties): Properties => forProvider(properties, accepts);
  const past = (old: OldState) => ({ olds: send(old.outputs), oldInputs: send(old.inputs) });
  const receive = (struct: Parameters<typeof fromStructCompact>[0], sent: Properties): Properties =>
    accepts.secrets ? fromStructCompact(struct) : markSecrets(fromStructCompact(struct), sent);

  return {
    stop: life.stop,
    terminate: life.terminate,
    isConfigured: (): boolean => configured,

    /** Performs the handshake. An older provider reports its features only when it is configured. */
    async handshake(engineAddress: string, directory?: string, deadline?: number): Promise<void> {
      const places = { engineAddress, rootDirectory: directory, programDirectory: directory };
      const request = { ...places, configureWithUrn: true, invokeWithPreview: true };
      const answer = await callOptional(callProvider("handshake", request, deadline));
      if (!answer) return;
      handshakeDone = previews = true;
      accepts.secrets = answer.getAcceptSecrets();
      accepts.resources = answer.getAcceptResources();
    },

    /** Sends the engine's address to a provider that another process started. */
    async attach(address: string): Promise<void> {
      await callOptional(callProvider("attach", { address }));
    },

    async checkConfig(target: ResourceKey, olds: Properties, news: Properties): Promise<Checked> {
      const request = { ...named(target), olds: withoutMarks(olds), news: withoutMarks(news) };
      const answer = await callOptional(callProvider("checkConfig", request));
      if (!answer) return { inputs: news, failures: [] };
      const inputs = markSecrets(fromStructCompact(answer.getInputs()), news);
      return { inputs, failures: answer.getFailuresList().map(readFailure) };
    },

    /** Undefined if the provider leaves the answer open. */
    async diffConfig(target: ResourceKey, old: OldState, news: Properties): Promise<Diff | undefined> {
      const request = {
        olds: withoutMarks(old.outputs),
        oldInputs: withoutMarks(old.inputs),
        news: withoutMarks(news),
      };
      return readDiff(await callOptional(callProvider("diffConfig", { ...existing(target), ...request })));
    },

    /** Applies the configuration. One that is not completely known (preview) is not sent. */
    async configure(target: ResourceKey, args: Properties): Promise<void> {
      configured = !hasUnknowns(args);
      if (!configured) return;
      const prefix = `${packageOf(named(target).type)}:config:`;
      const variables = Object.entries(withoutMarks(without(args, ["version"]))).map(([key, value]) => {
        return [prefix + key, typeof value === "string" ? value : JSON.stringify(value)] as const;
      });
      const asks = { acceptsecrets: true, acceptresources: true };
      const sends = { sendsOldInputs: true, sendsOldInputsToDelete: true };
      const request = { ...existing(target), args, variablesMap: new Map(variables), ...asks, ...sends };
      const answer = await callProvider("configure", request);
      if (handshakeDone) return;
      accepts.secrets = answer.getAcceptsecrets();
      accepts.resources = answer.getAcceptresources();
      previews = answer.getSupportspreview();
    },

    async check(target: ResourceKey, olds: Properties, news: Properties): Promise<Checked> {
      if (!configured) return { inputs: news, failures: [] };
      const request = { olds: send(olds), news: send(news), randomseed: randomBytes(32) };
      const answer = await callProvider("check", { ...named(target), ...request });
      const failures = answer.getFailuresList().map(readFailure);
      return { inputs: receive(answer.getInputs(), news), failures };
    },

    /** Undefined if the provider leaves the answer open. */
    async diff(
      target: ResourceKey,
      old: OldState,
      news: Properties,
      ignored: string[],
    ): Promise<Diff | undefined> {
      const request = { ...past(old), news: send(news), ignorechangesList: ignored };
      return readDiff(await callProvider("diff", { ...existing(target), ...request }));
    },

    /** The provider has to keep to `timeout` seconds; 0 leaves the timeout to it. A preview has no id. */
    async create(
      target: ResourceKey,
      inputs: Properties,
      timeout: number,
      preview: boolean,
    ): Promise<{ id: string; outputs: Properties }> {
      if (preview && !configured) return { id: "", outputs: {} };
      if (preview && !previews) return { id: "", outputs: inputs };
      const request = { ...named(target), properties: send(inputs), timeout, preview };
      const answer = await callProvider("create", request);
      if (!preview && answer.getId() === "")
        throw new ProviderError("the provider returned no id for the new resource", codes.INTERNAL);
      return { id: answer.getId(), outputs: receive(answer.getProperties(), inputs) };
    },

    async update(
      target: ResourceKey,
      old: OldState,
      news: Properties,
      options: { timeout: number; ignoreChanges: string[]; preview: boolean },
    ): Promise<Properties> {
      const { timeout, ignoreChanges, preview } = options;
      if (preview && !configured) return {};
      if (preview && !previews) return news;
      const request = { ...past(old), news: send(news), timeout, preview, ignorechangesList: ignoreChanges };
      return receive(
        (await callProvider("update", { ...existing(target), ...request })).getProperties(),
        news,
      );
    },

    async remove(target: ResourceKey, old: OldState, timeout: number): Promise<void> {
      const { olds: properties, oldInputs } = past(old);
      await callProvider("delete", { ...existing(target), properties, oldInputs, timeout });
    },

    /** Undefined if it no longer exists. Inputs are undefined if the provider does not return them. */
    async read(target: ResourceKey, old: OldState, timeout: number): Promise<Found | undefined> {
      const request = { properties: send(old.outputs), inputs: send(old.inputs), timeout };
      const answer = await callProvider("read", { ...existing(target), ...request });
      if (answer.getId() === "") return undefined;
      const inputs = answer.getInputs();
      return {
        id: answer.getId(),
        outputs: receive(answer.getProperties(), { ...old.outputs, ...old.inputs }),
        inputs: inputs && receive(inputs, old.inputs),
      };
    },

    /** If an argument is secret and the provider cannot mark secrets, all results are secret. */
    async invoke(
      tok: string,
      args: Properties,
      preview: boolean,
    ): Promise<{ result: Properties; failures: CheckFailure[] }> {
      if (!configured) return { result: {}, failures: [] };
      const answer = await callProvider("invoke", { tok, args: send(args), preview });
      const result = fromStructCompact(answer.getReturn());
      if (!accepts.secrets && hasSecrets(args))
        for (const [key, value] of Object.entries(result)) result[key] = secret(value);
      return { result, failures: answer.getFailuresList().map(readFailure) };
    },

    async cancel(): Promise<void> {
      await callProvider("cancel", {}).catch(() => undefined);
    },
  };
}

function named({ urn }: ResourceKey): { urn: string; name: string; type: string } {
  const { name, type } = parseUrn(urn);
  return { urn, name, type };
}

function existing(target: ResourceKey): Required<ResourceKey> & { name: string; type: string } {
  return { ...named(target), id: target.id ?? "" };
}

/** Plain values, for a provider that has not declared support for secrets and resource references yet. */
function withoutMarks(properties: Properties): Properties {
  return forProvider(properties, { secrets: false, resources: false });
}

function readFailure(failure: Failure): CheckFailure {
  return { property: failure.getProperty(), reason: failure.getReason() };
}

const changeKinds: ChangeKind[] = ["add", "delete", "update"];

function readDiff(answer: DiffResponse | undefined): Diff | undefined {
  const { DIFF_UNKNOWN, DIFF_SOME } = DiffResponse.DiffChanges;
  if (!answer || answer.getChanges() === DIFF_UNKNOWN) return undefined;
  const detailed: Diff["detailed"] = {};
  // The kinds are pairs: a change, and the same change with a replacement of the resource.
  answer.getDetaileddiffMap().forEach((change, path) => {
    const kind = change.getKind();
    detailed[path] = { kind: changeKinds[kind >> 1] ?? "update", replace: kind % 2 === 1 };
  });
  return {
    ...noDiff,
    changed: answer.getChanges() === DIFF_SOME,
    keys: answer.getDiffsList(),
    replaceKeys: answer.getReplacesList(),
    detailed,
    deleteBeforeReplace: answer.getDeletebeforereplace(),
  };
}
