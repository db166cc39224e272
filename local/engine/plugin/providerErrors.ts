import { status as codes, type ServiceError } from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { fromStructCompact } from "../values/struct";
import type { Properties } from "../values/values";

/** A resource that exists but did not come up: it is recorded, and the run fails. */
export type InitFailure = {
  id: string;
  properties: Properties;
  reasons: string[];
  inputs: Properties | undefined;
};

/** A provider call that failed. */
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

/** Reads a gRPC error, with the partial failure Pulumi's providers pack into its details. */
export function toProviderError(error: ServiceError): ProviderError {
  const initFailure = initFailureOf(error);
  const text = error.details || error.message;
  return new ProviderError(initFailure?.reasons.join("\n") || text, error.code, initFailure, error);
}

function initFailureOf(error: ServiceError): InitFailure | undefined {
  const packed = error.metadata?.get("grpc-status-details-bin")[0];
  if (!(packed instanceof Uint8Array)) return undefined;
  for (const detail of Status.deserializeBinary(packed).getDetailsList()) {
    if (!detail.getTypeUrl().endsWith("pulumirpc.ErrorResourceInitFailed")) continue;
    const failed = ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
    const inputs = failed.getInputs();
    const reasons = failed.getReasonsList();
    return {
      id: failed.getId(),
      properties: fromStructCompact(failed.getProperties()),
      reasons: reasons.length > 0 ? reasons : [error.details || error.message],
      inputs: inputs ? fromStructCompact(inputs) : undefined,
    };
  }
  return undefined;
}
