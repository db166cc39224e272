/** Errors as gRPC carries them, with Pulumi's details for partial failures. */
import { Metadata, status, type ServiceError } from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { PartialFailure } from "./provider";

/** What is supported instead, and how to use the real plugin. */
export function unsupported(
  what: string,
  plugin: { name: string; version: string },
  supported: string,
): string {
  return (
    `${what} is not supported by the local stand-in for ${plugin.name}, which supports ${supported}. ` +
    `Use the real plugin: run 'pulumi plugin install resource ${plugin.name} ${plugin.version}' ` +
    "and remove local/plugins/bin from PATH."
  );
}

/** The error's message, which is all the user sees. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * UNKNOWN, as in Pulumi's Go providers. A partial failure carries `ErrorResourceInitFailed` in the trailer.
 */
export function toServiceError(error: unknown): Partial<ServiceError> {
  const metadata = new Metadata();
  const message = messageOf(error);
  if (error instanceof PartialFailure) {
    const detail = new ErrorResourceInitFailed();
    detail.setId(error.id);
    detail.setProperties(Struct.fromJavaScript(error.outputs));
    detail.setInputs(Struct.fromJavaScript(error.inputs));
    detail.setReasonsList([message]);
    const any = new Any();
    any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const rpcStatus = new Status();
    rpcStatus.setCode(status.UNKNOWN);
    rpcStatus.setMessage(message);
    rpcStatus.addDetails(any);
    metadata.add("grpc-status-details-bin", Buffer.from(rpcStatus.serializeBinary()));
  }
  return { code: status.UNKNOWN, message, details: message, metadata };
}
