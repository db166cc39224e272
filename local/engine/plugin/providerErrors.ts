import { status as codes, type ServiceError } from "@grpc/grpc-js";
import { ConfigureErrorMissingKeys, ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { fromStructCompact } from "../values/struct";
import type { Properties } from "../values/values";

/** A resource that exists but did not become ready: it is recorded, and the run fails. */
export type InitFailure = {
  id: string;
  properties: Properties;
  reasons: string[];
  inputs: Properties | undefined;
};

export class ProviderError extends Error {
  readonly status: number;
  readonly initFailure: InitFailure | undefined;

  constructor(message: string, status: number, initFailure?: InitFailure, cause?: unknown) {
    super(message, { cause });
    this.name = "ProviderError";
    this.status = status;
    this.initFailure = initFailure;
  }

  get unimplemented(): boolean {
    return this.status === codes.UNIMPLEMENTED;
  }
}

/** With the details that Pulumi's providers add: a partial failure, or missing configuration. */
export function toProviderError(error: ServiceError): ProviderError {
  const text = error.details || error.message;
  const packed = error.metadata?.get("grpc-status-details-bin")[0];
  const details = packed instanceof Uint8Array ? Status.deserializeBinary(packed).getDetailsList() : [];
  const find = (name: string): Uint8Array | undefined =>
    details.find((detail) => detail.getTypeUrl().endsWith(`pulumirpc.${name}`))?.getValue_asU8();
  const failed = find("ErrorResourceInitFailed");
  if (failed) {
    const initFailure = readInitFailure(ErrorResourceInitFailed.deserializeBinary(failed), text);
    return new ProviderError(initFailure.reasons.join("\n"), error.code, initFailure, error);
  }
  const missing = find("ConfigureErrorMissingKeys");
  const keys = missing && ConfigureErrorMissingKeys.deserializeBinary(missing).getMissingkeysList();
  const lines = keys?.map((key) => {
    const name = key.getName();
    return `missing required configuration key "${name}": ${key.getDescription()}\nSet a value using the command \`pulumi config set ${name} <value>\`.`;
  });
  return new ProviderError(lines?.join("\n") || text, error.code, undefined, error);
}

function readInitFailure(failed: ErrorResourceInitFailed, text: string): InitFailure {
  const inputs = failed.getInputs();
  const reasons = failed.getReasonsList();
  return {
    id: failed.getId(),
    properties: fromStructCompact(failed.getProperties()),
    reasons: reasons.length > 0 ? reasons : [text],
    inputs: inputs && fromStructCompact(inputs),
  };
}
