import { Client, credentials, Metadata, Server, ServerCredentials, status } from "@grpc/grpc-js";
import {
  ResourceProviderService,
  type IResourceProviderService,
} from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { providerClient } from "../../../../local/engine/plugin/provider";
import { message, serve, type Handlers } from "../../../../local/engine/plugin/rpc";
import { fromStruct } from "../../../../local/engine/values/struct";
import {
  secret,
  signatureKey,
  signatures,
  unknownValue,
  type Properties,
} from "../../../../local/engine/values/values";

type Answers = Handlers<IResourceProviderService>;
const urn = "urn:pulumi:dev::p::pkg:index:Thing::one";
const target = { urn, id: "1" };
const nothing = { inputs: {}, outputs: {} };
const reference = (id?: string): Properties => ({
  ...{ [signatureKey]: signatures.resource, urn },
  ...(id === undefined ? {} : { id }),
});
const packed = (detail: { serializeBinary(): Uint8Array }, name: string, code = status.UNKNOWN): object => {
  const any = new Any();
  any.pack(detail.serializeBinary(), name);
  const metadata = new Metadata();
  const bytes = message(Status, { code, message: "no", detailsList: [any] }).serializeBinary();
  metadata.add("grpc-status-details-bin", Buffer.from(bytes));
  return { code, details: "no", metadata };
};

describe("the provider protocol", () => {
  const servers: Server[] = [];
  const clients: Client[] = [];
  afterAll(() => {
    clients.forEach((client) => client.close());
    servers.forEach((server) => server.forceShutdown());
  });

  /** A provider in this process with the given methods; all others are unimplemented. */
  async function connect(answers: Answers, lost = async (): Promise<string | undefined> => undefined) {
    const server = new Server();
    servers.push(server);
    serve(server, ResourceProviderService, answers, (error) => error as object);
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    clients.push(client);
    return providerClient(client, {
      stop: () => undefined,
      terminate: () => Promise.resolve(),
      lost,
    });
  }
  const greeting: Answers = { handshake: () => ({ acceptSecrets: true, acceptResources: true }) };

  test("works with a provider that implements only the basic methods", async () => {
    const provider = await connect({ configure: () => ({}) });
    await provider.handshake("127.0.0.1:1", "/somewhere");
    await provider.attach("127.0.0.1:1");
    await provider.cancel();
    expect(await provider.checkConfig(target, {}, { region: "west" })).toEqual({
      inputs: { region: "west" },
      failures: [],
    });
    expect(await provider.diffConfig(target, nothing, { region: "west" })).toBeUndefined();
    await provider.configure(target, {});
    expect(await provider.create(target, { a: 1 }, 0, true)).toEqual({ id: "", outputs: { a: 1 } });
    expect(
      await provider.update(target, nothing, { a: 2 }, { timeout: 0, ignoreChanges: [], preview: true }),
    ).toEqual({
      a: 2,
    });
    await expect(provider.check(target, {}, {})).rejects.toMatchObject({ unimplemented: true });
  });

  test.each([
    ["greeted", greeting, true],
    ["configured", {}, true],
    ["neither", {}, false],
  ])(
    "sends secrets and references unchanged to a provider that supports them when %s",
    async (how, more, takes) => {
      const seen: Properties[] = [];
      const inputs: Properties = {
        s: secret("x"),
        r: reference("7"),
        u: reference(""),
        c: reference(),
        list: [secret(1)],
      };
      const provider = await connect({
        ...more,
        configure: () => (how === "configured" ? { acceptsecrets: true, acceptresources: true } : {}),
        check(request) {
          seen.push(fromStruct(request.getNews()));
          return { inputs: fromStruct(request.getNews()) };
        },
        create(request) {
          seen.push(fromStruct(request.getProperties()));
          return { id: "1", properties: { s: "x", list: [1], r: "7", derived: "x!" } };
        },
      });
      await provider.handshake("127.0.0.1:1");
      await provider.configure(target, {});
      const plain = { s: "x", r: "7", u: unknownValue, c: urn, list: [1] };
      const marked = { s: secret("x"), r: "7", u: unknownValue, c: urn, list: secret([1]) };
      expect((await provider.check(target, {}, inputs)).inputs).toEqual(takes ? inputs : marked);
      const { outputs } = await provider.create(target, inputs, 0, false);
      expect(seen).toEqual(takes ? [inputs, inputs] : [plain, plain]);
      expect(outputs).toEqual(
        takes
          ? { s: "x", list: [1], r: "7", derived: "x!" }
          : { s: secret("x"), list: secret([1]), r: "7", derived: "x!" },
      );
    },
  );

  test("rejects assets that another engine stored in the state", async () => {
    const provider = await connect({ ...greeting, configure: () => ({}) });
    const old = { inputs: { a: { [signatureKey]: signatures.asset, hash: "abc" } }, outputs: {} };
    await expect(provider.remove(target, old, 0)).rejects.toThrow(/does not support assets and archives/);
  });

  test("sends the configuration twice: typed, and as strings without the plugin's version", async () => {
    let request = new pb.ConfigureRequest();
    const provider = await connect({
      configure(configure) {
        request = configure;
        return {};
      },
    });
    const args = { version: "1.0.0", region: secret("west"), list: ["a"] };
    await provider.configure({ urn: "urn:pulumi:dev::p::pulumi:providers:pkg::mine", id: "9" }, args);
    expect(request.toObject()).toMatchObject({
      ...{ id: "9", name: "mine", type: "pulumi:providers:pkg", acceptsecrets: true, sendsOldInputs: true },
      variablesMap: [
        ["pkg:config:list", '["a"]'],
        ["pkg:config:region", "west"],
      ],
    });
    expect(fromStruct(request.getArgs())).toEqual(args);
  });

  test("makes no calls while the configuration is unknown", async () => {
    const provider = await connect(greeting);
    await provider.handshake("127.0.0.1:1");
    await provider.configure(target, { region: { nested: [unknownValue] } });
    expect(provider.isConfigured()).toBe(false);
    expect(await provider.check(target, {}, { a: 1 })).toEqual({ inputs: { a: 1 }, failures: [] });
    expect(await provider.create(target, { a: 1 }, 0, true)).toEqual({ id: "", outputs: {} });
    expect(await provider.invoke("pkg:index:f", {}, true)).toEqual({ result: {}, failures: [] });
  });

  test("reads the kinds of changes, and answers that leave the difference open", async () => {
    const { PropertyDiff, DiffResponse } = pb;
    const detaileddiffMap = new Map(
      [0, 1, 2, 3, 4, 5].map((kind) => [`p${kind}`, message(PropertyDiff, { kind: kind as 0 })]),
    ) as never;
    let changes: 0 | 1 | 2 = DiffResponse.DiffChanges.DIFF_SOME;
    const provider = await connect({
      diff: () => ({
        changes,
        replacesList: ["p1"],
        diffsList: ["p0"],
        deletebeforereplace: true,
        detaileddiffMap,
      }),
    });
    expect(await provider.diff(target, nothing, {}, [])).toEqual({
      ...{ changed: true, keys: ["p0"], replaceKeys: ["p1"], deleteBeforeReplace: true },
      detailed: {
        ...{ p0: { kind: "add", replace: false }, p1: { kind: "add", replace: true } },
        ...{ p2: { kind: "delete", replace: false }, p3: { kind: "delete", replace: true } },
        ...{ p4: { kind: "update", replace: false }, p5: { kind: "update", replace: true } },
      },
    });
    changes = DiffResponse.DiffChanges.DIFF_UNKNOWN;
    expect(await provider.diff(target, nothing, {}, [])).toBeUndefined();
  });

  test("marks results of a function with secret arguments as secret, and returns its failures", async () => {
    const provider = await connect({
      invoke: (request) =>
        fromStruct(request.getArgs()).word === "bad"
          ? { failuresList: [message(pb.CheckFailure, { property: "word", reason: "is bad" })] }
          : { return: { echo: fromStruct(request.getArgs()).word ?? "" } },
    });
    expect(await provider.invoke("f", { word: "hi" }, false)).toEqual({
      result: { echo: "hi" },
      failures: [],
    });
    expect((await provider.invoke("f", { word: secret("hi") }, false)).result).toEqual({
      echo: secret("hi"),
    });
    expect((await provider.invoke("f", { word: "bad" }, false)).failures).toEqual([
      { property: "word", reason: "is bad" },
    ]);
  });

  test("recognizes resources that no longer exist and rejects resources without an id", async () => {
    const provider = await connect({ read: () => ({}), create: () => ({ properties: { a: 1 } }) });
    expect(await provider.read(target, nothing, 0)).toBeUndefined();
    await expect(provider.create(target, {}, 0, false)).rejects.toThrow("returned no id");
  });

  test("keeps the details that providers attach to failures", async () => {
    const failed = message(pb.ErrorResourceInitFailed, {
      ...{ id: "5", properties: { a: 1 }, reasonsList: ["not ready"], inputs: { b: 2 } },
    });
    const key = message(pb.ConfigureErrorMissingKeys.MissingKey, {
      name: "pkg:region",
      description: "where",
    });
    const missing = message(pb.ConfigureErrorMissingKeys, { missingkeysList: [key] });
    const provider = await connect({
      create: () => Promise.reject(packed(failed, "pulumirpc.ErrorResourceInitFailed")),
      configure: () => Promise.reject(packed(missing, "pulumirpc.ConfigureErrorMissingKeys")),
      delete: () => Promise.reject({ code: status.UNKNOWN, details: "still in use" }),
    });
    await expect(provider.create(target, {}, 0, false)).rejects.toMatchObject({
      message: "not ready",
      initFailure: { id: "5", properties: { a: 1 }, reasons: ["not ready"], inputs: { b: 2 } },
    });
    await expect(provider.configure(target, {})).rejects.toThrow(
      'missing required configuration key "pkg:region": where\nSet a value using the command `pulumi config set pkg:region <value>`.',
    );
    await expect(provider.remove(target, nothing, 0)).rejects.toThrow("still in use");
  });

  test("explains that a provider has ended; passes on the error of one that is only unavailable", async () => {
    let why: string | undefined = "it ended";
    const provider = await connect(
      { read: () => Promise.reject({ code: status.UNAVAILABLE, details: "the service is down" }) },
      async () => why,
    );
    await expect(provider.read(target, nothing, 0)).rejects.toThrow(/^it ended$/);
    why = undefined;
    await expect(provider.read(target, nothing, 0)).rejects.toThrow("the service is down");
  });
});
