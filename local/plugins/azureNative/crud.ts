/** Create, read, update and delete any resource in the table, as the real provider does. */
import type { CreateRequest, DeleteRequest, ReadRequest, UpdateRequest } from "../host/provider";
import { isObject, plainProperties, type Json, type Properties } from "../host/values";
import { azureError, AzureError } from "./arm";
import { API_VERSION, outputsOf, readBody, type Session, versionOf, within } from "./call";
import { carryChanges } from "./diff";
import { errorCode } from "./http";
import { parseId, resourceId } from "./ids";
import { awaitOperation } from "./longRunning";
import { put } from "./put";
import { outputsAsInputs, toBody } from "./shape";
import { pathParameters, type ResourceSpec } from "./tables";

/**
 * Error codes with which a 404 means that a resource does not exist. `read` fails on any other, since a proxy can answer 404 too.
 * Source: pulumi/pulumi-azure-native#4416 (3.11.0), and `azure.IsNotFound` as #4841 cites it in September 2026; the last code came
 * with #4730 in May 2026. The program has the same list in operations/recovery/vanished.ts, to predict which reads fail: neither
 * side may import the other, and a test compares them.
 */
export const ABSENCE_CODES: ReadonlySet<string> = new Set([
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
