/** The PUT of a create or update, followed to its end. */
import { PartialFailure } from "../host/provider";
import { isObject, type Properties } from "../host/values";
import { azureError } from "./arm";
import { outputsOf, readBody, type Session } from "./call";
import type { HttpResponse } from "./http";
import { awaitOperation } from "./longRunning";
import type { ResourceSpec } from "./tables";

interface Put {
  id: string;
  body: Properties;
  inputs: Properties;
  apiVersion: string;
  olds?: Properties;
}

/** Any failure after Azure has accepted the request is a partial failure. */
export async function put(
  session: Session,
  spec: ResourceSpec,
  request: Put,
  signal: AbortSignal,
): Promise<{ id: string; outputs: Properties }> {
  const { id, body, apiVersion } = request;
  let first: HttpResponse;
  try {
    first = await session.arm.send({
      method: "PUT",
      path: id,
      apiVersion,
      body,
      signal,
    });
  } catch (error) {
    // Without a response, Azure may have accepted the request; the engine must then record the resource.
    if (request.olds || (await isAbsent(session, id, apiVersion))) throw error;
    throw await partialFailure(session, spec, request, error, signal);
  }
  if (![200, 201, 202].includes(first.status)) throw azureError(first);
  let final: Properties;
  try {
    final = await settle(session, spec, request, first, signal);
  } catch (error) {
    throw await partialFailure(session, spec, request, error, signal);
  }
  const finalId = typeof final["id"] === "string" ? final["id"] : id;
  if (session.skipReadOnUpdate) return { id: finalId, outputs: outputsOf(spec, final, apiVersion) };
  try {
    final = await readBody(session, finalId, apiVersion, signal);
  } catch (error) {
    session.host.log(
      "warning",
      `reading ${finalId} after it was written failed: ${(error as Error).message}`,
    );
  }
  return { id: finalId, outputs: outputsOf(spec, final, apiVersion) };
}

async function settle(
  session: Session,
  spec: ResourceSpec,
  request: Put,
  first: HttpResponse,
  signal: AbortSignal,
): Promise<Properties> {
  if (!spec.putLongRunning && first.status !== 202) return isObject(first.json) ? first.json : {};
  const { id, apiVersion } = request;
  return awaitOperation(session.arm, { method: "PUT", path: id, apiVersion, first, signal });
}

/** Reads the resource so that the engine can record it, even after a cancellation or time-out. */
async function partialFailure(
  session: Session,
  spec: ResourceSpec,
  request: Put,
  error: unknown,
  signal: AbortSignal,
): Promise<Error> {
  let reason =
    signal.aborted && !session.cancelled.aborted ? "operation timed out" : (error as Error).message;
  if (session.cancelled.aborted) reason = "operation was cancelled";
  let id = request.id;
  let outputs: Properties = request.olds ?? {};
  try {
    const body = await readBody(session, id, request.apiVersion);
    if (typeof body["id"] === "string") id = body["id"];
    outputs = outputsOf(spec, body, request.apiVersion);
  } catch (readError) {
    reason = `resource created but read failed ${(readError as Error).message}: ${reason}`;
  }
  return new PartialFailure(reason, id, outputs, request.inputs, { cause: error });
}

/** False if the request fails. Also works after a cancellation. */
async function isAbsent(session: Session, id: string, apiVersion: string): Promise<boolean> {
  try {
    return (await session.arm.send({ method: "GET", path: id, apiVersion })).status === 404;
  } catch {
    return false;
  }
}
