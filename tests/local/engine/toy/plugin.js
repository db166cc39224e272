// The toy provider in Pulumi's provider protocol (see cloud.js). It accepts secrets and supports previews,
// invokes and reads.
const { openCloud } = require("./cloud");
const { InitializationError, outputsOf, provider } = require("./behaviour");
const grpc = require("@grpc/grpc-js");
const { Struct } = require("google-protobuf/google/protobuf/struct_pb");
const { Empty } = require("google-protobuf/google/protobuf/empty_pb");
const { Any } = require("google-protobuf/google/protobuf/any_pb");
const pb = require("@pulumi/pulumi/proto/provider_pb");
const { ResourceProviderService } = require("@pulumi/pulumi/proto/provider_grpc_pb");
const { Status } = require("@pulumi/pulumi/proto/status_pb");

const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const secret = (value) => ({ [signature]: secretSignature, value });
const struct = (value) => Struct.fromJavaScript(JSON.parse(JSON.stringify(value)));
const js = (message) => (message ? message.toJavaScript() : {});

/** A value without its secret marks, since secrets are compared by their values. */
function revealed(value) {
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  if (value[signature] === secretSignature) return revealed(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revealed(item)]));
}

const failureOf = ({ property, reason }) => {
  const failure = new pb.CheckFailure();
  failure.setProperty(property);
  failure.setReason(reason);
  return failure;
};

/** A partial failure in gRPC's format: a status detail beside the error. */
function partialFailure(error, properties) {
  const detail = new pb.ErrorResourceInitFailed();
  detail.setId(error.id);
  detail.setProperties(struct(properties));
  detail.setReasonsList(error.reasons);
  detail.setInputs(struct(error.inputs));
  const any = new Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage("init");
  status.addDetails(any);
  const metadata = new grpc.Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code: grpc.status.UNKNOWN, details: "init", metadata };
}

function handlers(cloud) {
  const toy = provider(cloud);
  let region = "nowhere";
  const nameOf = (request) => request.getUrn().split("::").slice(3).join("::");
  const callOf = (request, args) => ({ name: nameOf(request), args: { ...args, region } });
  const outputs = (request, inputs, where = region) => outputsOf(nameOf(request), inputs, where, secret);
  const withPartialFailures = async (request, act) => {
    try {
      return await act();
    } catch (error) {
      throw error instanceof InitializationError
        ? partialFailure(error, outputs(request, error.inputs))
        : error;
    }
  };
  const checked = ({ inputs, failures }) => {
    const answer = new pb.CheckResponse();
    answer.setInputs(struct(inputs));
    answer.setFailuresList(failures.map(failureOf));
    return answer;
  };
  return {
    async handshake() {
      const answer = new pb.ProviderHandshakeResponse();
      answer.setAcceptSecrets(true);
      answer.setAcceptResources(true);
      answer.setAcceptOutputs(false);
      return answer;
    },
    async attach() {
      return new Empty();
    },
    async getPluginInfo() {
      const answer = new (require("@pulumi/pulumi/proto/plugin_pb").PluginInfo)();
      answer.setVersion("1.2.3");
      return answer;
    },
    async checkConfig(request) {
      const news = js(request.getNews());
      const failures =
        news.region === "invalid" ? [{ property: "region", reason: "must not be invalid" }] : [];
      cloud.log({ at: "end", call: "checkConfig", name: nameOf(request), news });
      return checked({ inputs: news, failures });
    },
    async diffConfig(request) {
      const [olds, news] = [js(request.getOldInputs()), js(request.getNews())];
      cloud.log({ at: "end", call: "diffConfig", name: nameOf(request), olds, news });
      const keys = ["region", "pace", "version"].filter(
        (key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]),
      );
      const answer = new pb.DiffResponse();
      answer.setChanges(
        keys.length > 0 ? pb.DiffResponse.DiffChanges.DIFF_SOME : pb.DiffResponse.DiffChanges.DIFF_NONE,
      );
      answer.setDiffsList(keys);
      answer.setReplacesList(keys.filter((key) => key === "region"));
      return answer;
    },
    async configure(request) {
      const args = js(request.getArgs());
      region = revealed(args.region) ?? "nowhere";
      cloud.log({ at: "end", call: "configure", name: "", args });
      const answer = new pb.ConfigureResponse();
      answer.setAcceptsecrets(true);
      answer.setSupportspreview(true);
      answer.setAcceptresources(true);
      return answer;
    },
    async check(request) {
      const [olds, news] = [js(request.getOlds()), js(request.getNews())];
      const seed = Buffer.from(request.getRandomseed_asU8()).toString("hex").slice(0, 6);
      return checked(await toy.check(callOf(request, { olds, news }), olds, news, seed));
    },
    async diff(request) {
      const [olds, news] = [js(request.getOldInputs()), js(request.getNews())];
      const args = { id: request.getId(), olds: js(request.getOlds()), oldInputs: olds, news };
      const ignoreChanges = request.getIgnorechangesList();
      const found = await toy.diff(
        callOf(request, { ...args, ignoreChanges }),
        revealed(olds),
        revealed(news),
      );
      const answer = new pb.DiffResponse();
      if (found.opaque) return answer;
      answer.setChanges(
        found.keys.length > 0 ? pb.DiffResponse.DiffChanges.DIFF_SOME : pb.DiffResponse.DiffChanges.DIFF_NONE,
      );
      answer.setDiffsList(found.keys);
      answer.setReplacesList(found.replaces);
      answer.setDeletebeforereplace(found.first);
      answer.setHasdetaileddiff(true);
      for (const [where, what] of Object.entries(found.paths)) {
        const change = new pb.PropertyDiff();
        change.setKind({ add: 0, delete: 2, update: 4 }[what] + (found.replaces.includes(where) ? 1 : 0));
        change.setInputdiff(true);
        answer.getDetaileddiffMap().set(where, change);
      }
      return answer;
    },
    create: (request) =>
      withPartialFailures(request, async () => {
        const [news, preview, timeout] = [
          js(request.getProperties()),
          request.getPreview(),
          request.getTimeout(),
        ];
        const made = await toy.create(callOf(request, { news, preview, timeout }), news, region, preview);
        const answer = new pb.CreateResponse();
        if (!preview) answer.setId(made.id);
        const known = outputs(request, made.inputs);
        if (preview && known.zone === unknown) known.place = unknown;
        answer.setProperties(struct(preview ? { ...known, token: unknown, key: secret(unknown) } : known));
        return answer;
      }),
    update: (request) =>
      withPartialFailures(request, async () => {
        const [news, preview, timeout] = [js(request.getNews()), request.getPreview(), request.getTimeout()];
        const [olds, oldInputs] = [js(request.getOlds()), js(request.getOldInputs())];
        const ignoreChanges = request.getIgnorechangesList();
        const args = { id: request.getId(), olds, oldInputs, news, preview, timeout, ignoreChanges };
        const made = await toy.update(callOf(request, args), request.getId(), news, region, preview);
        const answer = new pb.UpdateResponse();
        answer.setProperties(struct(outputs(request, made.inputs)));
        return answer;
      }),
    async delete(request) {
      const [olds, oldInputs] = [js(request.getProperties()), js(request.getOldInputs())];
      const args = { id: request.getId(), olds, oldInputs, timeout: request.getTimeout() };
      await toy.remove(callOf(request, args), request.getId());
      return new Empty();
    },
    read: (request) =>
      withPartialFailures(request, async () => {
        const args = {
          id: request.getId(),
          olds: js(request.getProperties()),
          oldInputs: js(request.getInputs()),
        };
        const found = await toy.read(callOf(request, args), request.getId());
        const answer = new pb.ReadResponse();
        if (!found) return answer;
        answer.setId(found.id);
        answer.setInputs(struct(found.inputs));
        answer.setProperties(struct(outputsOf(found.name, found.inputs, found.region, secret)));
        return answer;
      }),
    async invoke(request) {
      const args = js(request.getArgs());
      cloud.log({
        at: "end",
        call: "invoke",
        name: String(args.word),
        args,
        region,
        preview: request.getPreview(),
      });
      const answer = new pb.InvokeResponse();
      if (args.word === "bad") answer.addFailures(failureOf({ property: "word", reason: "is bad" }));
      else answer.setReturn(struct({ echo: `${revealed(args.word)} from ${region}` }));
      return answer;
    },
    async cancel() {
      return new Empty();
    },
  };
}

/** Serves the provider of the cloud in `folder` on a free loopback port; resolves with the port and a way to stop. */
function serve(folder) {
  const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
  const wrapped = Object.entries(handlers(openCloud(folder))).map(([name, answer]) => [
    name,
    (call, callback) =>
      answer(call.request).then(
        (response) => callback(null, response),
        (error) =>
          callback(error.code === undefined ? { code: grpc.status.UNKNOWN, details: error.message } : error),
      ),
  ]);
  server.addService(ResourceProviderService, Object.fromEntries(wrapped));
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve({ port, stop: () => server.forceShutdown() });
    });
  });
}

module.exports = { serve };
