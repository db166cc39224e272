import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Properties } from "./values";

/** gRPC messages carry whole property maps; Pulumi raises the limit to 400 MB on both ends. */
export const channelOptions = {
  "grpc.max_receive_message_length": 400 * 1024 * 1024,
  "grpc.max_send_message_length": 400 * 1024 * 1024,
};

type JavaScript = Parameters<typeof Struct.fromJavaScript>[0];

export function toStruct(properties: Properties): Struct {
  return Struct.fromJavaScript(properties as JavaScript);
}

/** A protobuf Struct as properties; an unset one is empty. */
export function fromStruct(struct: Struct | undefined): Properties {
  return (struct?.toJavaScript() ?? {}) as Properties;
}

/** Without top-level nulls, which mean "not there" on Pulumi's wire. */
export function fromStructCompact(struct: Struct | undefined): Properties {
  return Object.fromEntries(Object.entries(fromStruct(struct)).filter(([, value]) => value !== null));
}
