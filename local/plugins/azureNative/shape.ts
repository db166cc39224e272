/** Converts between the SDK's and the REST API's structure, following the type texts of types.json. Pure. */
import { isObject, isUnknown, UNKNOWN, type Json, type Properties } from "../host/values";
import { objectShape, objectType, type ObjectShape, type ObjectType, type ResourceSpec } from "./tables";

/** Always beside `properties` in an ARM body, never in it. */
const ENVELOPE = ["id", "name", "type", "systemData"];
const IDENTITIES = "userAssignedIdentities";

/** In a union, the discriminator's constant decides. */
export function objectTypeKey(text: string, value: Properties): string | undefined {
  const members = text.split("|").filter((member) => member.startsWith("#"));
  if (members.length === 1 && !text.includes("|")) return members[0]!.slice(1);
  return members
    .map((member) => member.slice(1))
    .find((key) =>
      Object.entries(objectType(key)?.p ?? {}).some(
        ([name, type]) =>
          type.startsWith("=") &&
          // As the SDK or as the REST API names it.
          [name, objectShape(key).renames?.[name] ?? name].some((one) => value[one] === type.slice(1)),
      ),
    );
}

/** Applies `onObject` (with the type's key) to the objects in arrays and maps. */
function descend(text: string, value: Json, onObject: (key: string, value: Properties) => Json): Json {
  if (text.startsWith("[]")) {
    return Array.isArray(value) ? value.map((item) => descend(text.slice(2), item, onObject)) : value;
  }
  if (!isObject(value)) return value;
  if (text.startsWith("{}")) {
    const entries = Object.entries(value).map(([key, item]) => [key, descend(text.slice(2), item, onObject)]);
    return Object.fromEntries(entries) as Properties;
  }
  const key = text.startsWith("#") ? objectTypeKey(text, value) : undefined;
  return key ? onObject(key, value) : value;
}

function toWireValue(name: string, text: string, value: Json): Json {
  // The SDK has a list of ids, the REST API a map with empty objects.
  if (name === IDENTITIES && Array.isArray(value)) {
    return Object.fromEntries(value.map((id) => [String(id), {}]));
  }
  return descend(text, value, (key, object) => toWireObject(objectType(key), objectShape(key), object));
}

function toWireObject(type: ObjectType | undefined, shape: ObjectShape, value: Properties): Properties {
  if (!type) return value;
  const body: Properties = {};
  const inner: Properties = {};
  for (const [name, text] of Object.entries(type.p)) {
    const item = value[name];
    if (item === undefined || item === null) continue;
    const nested = shape.topLevel && !shape.topLevel.includes(name) && !ENVELOPE.includes(name);
    (nested ? inner : body)[shape.renames?.[name] ?? name] = toWireValue(name, text, item);
  }
  if (Object.keys(inner).length > 0) body["properties"] = inner;
  return body;
}

/** The PUT body: unknown properties are dropped, names and nesting become those of the REST API. */
export function toBody(spec: ResourceSpec, inputs: Properties, pathAndQuery: readonly string[]): Properties {
  const type = objectType(`${spec.typeKey}/in`)!;
  const p = Object.fromEntries(Object.entries(type.p).filter(([name]) => !pathAndQuery.includes(name)));
  return toWireObject({ p }, spec, inputs);
}

function fromWireObject(type: ObjectType | undefined, shape: ObjectShape, body: Properties): Properties {
  if (!type) return body;
  const inner = isObject(body["properties"]) ? body["properties"] : {};
  const result: Properties = {};
  for (const [name, text] of Object.entries(type.p)) {
    const nested = shape.topLevel && !shape.topLevel.includes(name) && !ENVELOPE.includes(name);
    const item = (nested ? inner : body)[shape.renames?.[name] ?? name];
    if (item === undefined || item === null) continue;
    result[name] = descend(text, item, (key, object) =>
      fromWireObject(objectType(key), objectShape(key), object),
    );
  }
  return result;
}

/** A response body as outputs: only known properties, flattened, without nulls. */
export function toOutputs(typeKey: string, shape: ObjectShape, body: Properties): Properties {
  return fromWireObject(objectType(typeKey), shape, body);
}

function projectValue(text: string, value: Json): Json {
  if (text === "[]string" && isObject(value)) return Object.keys(value);
  return descend(text, value, (key, object) => projectObject(objectType(key), object));
}

function projectObject(type: ObjectType | undefined, value: Properties): Properties {
  if (!type) return value;
  const result: Properties = {};
  for (const [name, text] of Object.entries(type.p)) {
    const item = value[name];
    if (item !== undefined && item !== null) result[name] = projectValue(text, item);
  }
  return result;
}

/** The part of the outputs that can be written as inputs, that is, without read-only properties. */
export function outputsAsInputs(spec: ResourceSpec, outputs: Properties): Properties {
  return projectObject(objectType(`${spec.typeKey}/in`), outputs);
}

function previewValue(text: string, value: Json): Json {
  if (text.startsWith("{}#") && Array.isArray(value)) return UNKNOWN;
  return descend(text, value, (key, object) => previewObject(objectType(key), object));
}

function previewObject(type: ObjectType | undefined, inputs: Properties): Properties {
  if (!type) return inputs;
  const result: Properties = {};
  for (const [name, text] of Object.entries(type.p)) {
    const value = inputs[name];
    if (value !== undefined) result[name] = isUnknown(value) ? UNKNOWN : previewValue(text, value);
    else result[name] = text.startsWith("=") ? text.slice(1) : UNKNOWN;
  }
  return result;
}

/** Outputs known before the request is sent: those that are inputs too. The others are unknown. */
export function previewOutputs(spec: ResourceSpec, inputs: Properties): Properties {
  return previewObject(objectType(`${spec.typeKey}/out`), inputs);
}
