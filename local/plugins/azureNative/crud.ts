/** Create, read, update and delete any resource in the table, as the real provider does. */
import {
  PartialFailure,
  type CreateRequest,
  type DeleteRequest,
  type Host,
  type ReadRequest,
  type UpdateRequest,
} from "../host/provider";
import { isObject, plainProperties, type Json, type Properties } from "../host/values";
import { azureError, AzureError, type Arm } from "./arm";
import { carryChanges } from "./diff";
import { errorCode, type HttpResponse } from "./http";
import { parseId, resourceId } from "./ids";
import { awaitOperation } from "./longRunning";
import { outputsAsInputs, toBody, toOutputs } from "./shape";
import { pathParameters, type ResourceSpec } from "./tables";

export interface Session {
  arm: Arm;
  host: Host;
  /** Aborted by Cancel. */
  cancelled: AbortSignal;
  /** `skipReadOnUpdate`: outputs come from the response to the PUT. */
  skipReadOnUpdate: boolean;
}

const DEFAULT_TIMEOUT_SECONDS = 120 * 60;
/**
 * Error codes with which a 404 means that a resource does not exist. `read` fails on any other, since a proxy can answer 404 too.
 * Source: pulumi/pulumi-azure-native#4416 (3.11.0), and the list in #4841 (`azure.IsNotFound`).
 */
const ABSENCE_CODES = new Set([
  "NotFound",
  "ResourceNotFound",
  "ResourceGroupNotFound",
  "LockNotFound",
  "ParentResourceNotFound",
  "EntityNotFound",
  "SubscriptionNotFound",
  "RoleAssignmentNotFound",
  "VulnerabilityAssessmentBaselineDoesNotExists",
]);
/** Input that is neither part of the path nor of the body. */
const API_VERSION = "azureApiVersion";

/** Runs the work until the operation's deadline or the provider's cancellation. */
async function within<T>(
  session: Session,
  seconds: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = AbortSignal.timeout((seconds > 0 ? seconds : DEFAULT_TIMEOUT_SECONDS) * 1_000);
  try {
    return await work(AbortSignal.any([session.cancelled, deadline]));
  } catch (error) {
    if (error instanceof PartialFailure) throw error;
    if (deadline.aborted) throw new Error("operation timed out", { cause: error });
    if (session.cancelled.aborted) throw new Error("operation was cancelled", { cause: error });
    throw error;
  }
}

function versionOf(spec: ResourceSpec, inputs: Properties): string {
  const version = inputs[API_VERSION];
  return typeof version === "string" ? version : spec.apiVersion;
}

function outputsOf(spec: ResourceSpec, body: Properties, apiVersion: string): Properties {
  return { ...toOutputs(`${spec.typeKey}/out`, spec, body), [API_VERSION]: apiVersion };
}

function at(body: Properties, path: readonly string[]): Json | undefined {
  let value: Json | undefined = body;
  for (const key of path) value = isObject(value) ? value[key] : undefined;
  return value;
}

function setAt(body: Properties, path: readonly string[], value: Json): void {
  let target = body;
  for (const key of path.slice(0, -1)) {
    if (!isObject(target[key])) target[key] = {};
    target = target[key] as Properties;
  }
  target[path.at(-1)!] = value;
}

function bodyOf(spec: ResourceSpec, inputs: Properties): Properties {
  return toBody(spec, inputs, [...pathParameters(spec), API_VERSION]);
}

async function readBody(
  session: Session,
  id: string,
  apiVersion: string,
  signal?: AbortSignal,
): Promise<Properties> {
  const response = await session.arm.send({
    method: "GET",
    path: id,
    apiVersion,
    ...(signal ? { signal } : {}),
  });
  if (response.status >= 300) throw azureError(response);
  return isObject(response.json) ? response.json : {};
}

/** @throws if a resource with this id exists, or if that cannot be determined */
async function assertAbsent(
  session: Session,
  id: string,
  apiVersion: string,
  signal: AbortSignal,
): Promise<void> {
  const response = await session.arm.send({ method: "GET", path: id, apiVersion, signal });
  if (response.status === 404 || response.status === 204) return;
  if (response.status !== 200) {
    throw new Error(
      `cannot check existence of resource '${id}': status code ${response.status}, ${response.text}`,
    );
  }
  if (isObject(response.json) && Object.keys(response.json).length > 0) {
    throw new Error(`cannot create already existing resource '${id}'`);
  }
}

/** False if the request fails. Also works after a cancellation. */
async function isAbsent(session: Session, id: string, apiVersion: string): Promise<boolean> {
  try {
    return (await session.arm.send({ method: "GET", path: id, apiVersion })).status === 404;
  } catch {
    return false;
  }
}

interface Put {
  id: string;
  body: Properties;
  inputs: Properties;
  apiVersion: string;
  olds?: Properties;
}

/** Any failure after Azure has accepted the request is a partial failure. */
async function put(
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

export async function createResource(
  session: Session,
  spec: ResourceSpec,
  request: CreateRequest,
): Promise<{ id: string; outputs: Properties }> {
  const { inputs } = request;
  const id = resourceId(spec, inputs, session.arm.subscriptionId);
  const apiVersion = versionOf(spec, inputs);
  const body = bodyOf(spec, inputs);
  for (const path of spec.maintained ?? []) {
    if (at(body, path) === undefined) setAt(body, path, []);
  }
  return within(session, request.timeout, async (signal) => {
    await assertAbsent(session, id, apiVersion, signal);
    return put(session, spec, { id, body, inputs, apiVersion }, signal);
  });
}

export async function updateResource(
  session: Session,
  spec: ResourceSpec,
  request: UpdateRequest,
): Promise<Properties> {
  const { inputs, olds, oldInputs } = request;
  const apiVersion = versionOf(spec, inputs);
  const reset: Properties = {};
  for (const [name, value] of Object.entries(spec.resetWhenRemoved ?? {})) {
    if (oldInputs[name] !== undefined && inputs[name] === undefined) reset[name] = value;
  }
  const body = bodyOf(spec, { ...inputs, ...reset });
  const id = resourceId(spec, inputs, session.arm.subscriptionId);
  return within(session, request.timeout, async (signal) => {
    const missing = (spec.maintained ?? []).filter((path) => at(body, path) === undefined);
    if (missing.length > 0) {
      const live = await readBody(session, id, apiVersion, signal);
      for (const path of missing) setAt(body, path, at(live, path) ?? []);
    }
    return (await put(session, spec, { id, body, inputs, apiVersion, olds }, signal)).outputs;
  });
}

/** The inputs an import derives from outputs: without the id and without empty lists and objects. */
function importedInputs(spec: ResourceSpec, id: string, outputs: Properties): Properties {
  const inputs: Properties = {};
  for (const [name, value] of Object.entries(outputsAsInputs(spec, outputs))) {
    const empty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
    if (!empty && name !== "id") inputs[name] = value;
  }
  return { ...inputs, ...parseId(spec, id) };
}

export async function readResource(
  session: Session,
  spec: ResourceSpec,
  request: ReadRequest,
): Promise<{ id: string; inputs: Properties; outputs: Properties }> {
  const apiVersion = versionOf(spec, request.inputs);
  const response = await session.arm.send({
    method: "GET",
    path: request.id,
    apiVersion,
    signal: session.cancelled,
  });
  if (response.status === 404 && ABSENCE_CODES.has(errorCode(response.json))) {
    return { id: "", inputs: {}, outputs: {} };
  }
  if (response.status >= 300) throw azureError(response);
  const body = plainProperties(isObject(response.json) ? response.json : {});
  const outputs = outputsOf(spec, body, apiVersion);
  const id = typeof body["id"] === "string" ? body["id"] : request.id;
  const imported = Object.keys(request.inputs).length === 0;
  const inputs = imported
    ? { ...importedInputs(spec, id, outputs), [API_VERSION]: apiVersion }
    : carryChanges(request.inputs, outputsAsInputs(spec, request.properties), outputsAsInputs(spec, outputs));
  return { id: imported ? id : request.id, inputs, outputs };
}

export async function deleteResource(
  session: Session,
  spec: ResourceSpec,
  request: DeleteRequest,
): Promise<void> {
  const apiVersion = versionOf(spec, request.oldInputs);
  await within(session, request.timeout, async (signal) => {
    const first = await session.arm.send({ method: "DELETE", path: request.id, apiVersion, signal });
    if (first.status === 404) return;
    if (first.status >= 300) throw azureError(first);
    if (!spec.deleteLongRunning || first.status === 204) return;
    try {
      await awaitOperation(session.arm, { method: "DELETE", path: request.id, apiVersion, first, signal });
    } catch (error) {
      if (!(error instanceof AzureError && error.status === 404)) throw error;
    }
  });
}
