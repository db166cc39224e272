import type { sendUnaryData, ServerUnaryCall, UntypedServiceImplementation } from "@grpc/grpc-js";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { PluginInfo, type PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { toServiceError } from "./errors";
import * as messages from "./messages";
import type { Provider } from "./provider";
import { plainProperties, type Properties } from "./values";

type Handler = (call: ServerUnaryCall<never, unknown>, done: sendUnaryData<unknown>) => void;

function unary<Req>(handle: (request: Req) => Promise<unknown> | unknown): Handler {
  return (call, done) => {
    Promise.resolve()
      .then(() => handle(call.request as Req))
      .then(
        (response) => done(null, response),
        (error: unknown) => done(toServiceError(error)),
      );
  };
}

export interface ServiceEvents {
  /** Receives the engine's address when the plugin was started by hand rather than by the engine. */
  onAttach: (address: string) => void;
  onCancel: () => void;
}

export function providerService(
  provider: Provider,
  { onAttach, onCancel }: ServiceEvents,
): UntypedServiceImplementation {
  // A provider that does not accept secrets receives plain values.
  const read = (struct: Parameters<typeof messages.fromStruct>[0]): Properties => {
    const properties = messages.fromStruct(struct);
    return provider.acceptSecrets ? properties : plainProperties(properties);
  };
  const checkResponse = (inputs: Properties, failures: Parameters<typeof messages.failures>[0]) =>
    new pb.CheckResponse().setInputs(messages.toStruct(inputs)).setFailuresList(messages.failures(failures));

  const service: Record<string, Handler> = {
    getPluginInfo: unary(() => new PluginInfo().setVersion(provider.version)),
    attach: unary((request: PluginAttach) => {
      onAttach(request.getAddress());
      return new Empty();
    }),
    checkConfig: unary((request: pb.CheckRequest) =>
      new pb.CheckResponse().setInputs(request.getNews() ?? messages.toStruct({})),
    ),
    diffConfig: unary(() =>
      messages.diffResponse({ changes: "unknown", detailed: {}, deleteBeforeReplace: false }),
    ),
    configure: unary(async (request: pb.ConfigureRequest) => {
      await provider.configure(messages.configureRequest(request));
      return new pb.ConfigureResponse()
        .setAcceptsecrets(provider.acceptSecrets)
        .setSupportspreview(true)
        .setSupportsAutonamingConfiguration(provider.supportsAutonaming);
    }),
    check: unary(async (request: pb.CheckRequest) => {
      const naming = messages.autonaming(request);
      const { inputs, failures } = await provider.check({
        ...messages.resourceRef(request),
        olds: read(request.getOlds()),
        news: read(request.getNews()),
        randomSeed: request.getRandomseed_asU8(),
        ...(naming ? { autonaming: naming } : {}),
      });
      return checkResponse(inputs, failures);
    }),
    diff: unary(async (request: pb.DiffRequest) =>
      messages.diffResponse(
        await provider.diff({
          ...messages.resourceRef(request),
          id: request.getId(),
          olds: read(request.getOlds()),
          oldInputs: read(request.getOldInputs()),
          news: read(request.getNews()),
        }),
      ),
    ),
    create: unary(async (request: pb.CreateRequest) => {
      const { id, outputs } = await provider.create({
        ...messages.resourceRef(request),
        inputs: read(request.getProperties()),
        preview: request.getPreview(),
        timeout: request.getTimeout(),
      });
      return new pb.CreateResponse().setId(id).setProperties(messages.toStruct(outputs));
    }),
    read: unary(async (request: pb.ReadRequest) => {
      const { id, inputs, outputs } = await provider.read({
        ...messages.resourceRef(request),
        id: request.getId(),
        properties: read(request.getProperties()),
        inputs: read(request.getInputs()),
      });
      const response = new pb.ReadResponse().setId(id);
      // A resource that does not exist has neither inputs nor outputs.
      return id
        ? response.setInputs(messages.toStruct(inputs)).setProperties(messages.toStruct(outputs))
        : response;
    }),
    update: unary(async (request: pb.UpdateRequest) => {
      const outputs = await provider.update({
        ...messages.resourceRef(request),
        id: request.getId(),
        olds: read(request.getOlds()),
        oldInputs: read(request.getOldInputs()),
        inputs: read(request.getNews()),
        preview: request.getPreview(),
        timeout: request.getTimeout(),
      });
      return new pb.UpdateResponse().setProperties(messages.toStruct(outputs));
    }),
    delete: unary(async (request: pb.DeleteRequest) => {
      await provider.delete({
        ...messages.resourceRef(request),
        id: request.getId(),
        properties: read(request.getProperties()),
        oldInputs: read(request.getOldInputs()),
        timeout: request.getTimeout(),
      });
      return new Empty();
    }),
    invoke: unary(async (request: pb.InvokeRequest) => {
      const { result, failures } = await provider.invoke(request.getTok(), read(request.getArgs()));
      return new pb.InvokeResponse()
        .setReturn(messages.toStruct(result))
        .setFailuresList(messages.failures(failures));
    }),
    cancel: unary(() => {
      onCancel();
      return new Empty();
    }),
    getMapping: unary(() => new pb.GetMappingResponse()),
    getMappings: unary(() => new pb.GetMappingsResponse()),
  };
  if (provider.handshake) {
    service["handshake"] = unary((request: pb.ProviderHandshakeRequest) => {
      const address = request.getEngineAddress();
      if (address) onAttach(address);
      return new pb.ProviderHandshakeResponse()
        .setAcceptSecrets(provider.acceptSecrets)
        .setSupportsAutonamingConfiguration(provider.supportsAutonaming);
    });
  }
  return service as UntypedServiceImplementation;
}
