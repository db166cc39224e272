/**
 * `resources.json`: path, API version, naming, what forces replacement, which operations are long-running.
 * `types.json`: property types (from typesFromSdk.ts). `shapes.json`: names or nesting that differ in REST.
 */
import { version } from "@pulumi/azure-native/package.json";
import { unsupported } from "../host/errors";
import resourceTable from "./resources.json";
import shapeTable from "./shapes.json";
import typeTable from "./types.json";
import type { Properties } from "../host/values";

export interface Constraint {
  minLength?: number;
  maxLength?: number;
  pattern?: string;
}

export interface ResourceSpec {
  token: string;
  /** Prefix of its keys in types.json: `module:Type`. */
  typeKey: string;
  path: string;
  apiVersion: string;
  autoName: "random" | "copy" | "uuid";
  autoNameInput: string;
  /** Body properties outside `properties`; absent when the body has the same structure as the inputs. */
  topLevel?: string[];
  forceNew: string[];
  /** SDK name to REST name, for top-level inputs and outputs. */
  renames?: Record<string, string>;
  location?: "required" | "optional";
  putLongRunning: boolean;
  deleteLongRunning: boolean;
  /** Body paths that keep Azure's current value when the program leaves them out (empty list on create). */
  maintained?: string[][];
  /** Inputs for which a default is sent when the program removes them. */
  resetWhenRemoved?: Record<string, Properties>;
  constraints?: Record<string, Constraint>;
}

export interface ObjectType {
  /** Property name to type text (see typesFromSdk.ts). */
  p: Record<string, string>;
  /** Required properties (inputs only). */
  r?: string[];
  /** Default values the SDK fills in (inputs only). */
  d?: Record<string, string | number | boolean>;
}

export interface ObjectShape {
  topLevel?: string[];
  renames?: Record<string, string>;
}

const resources = resourceTable as Record<string, Omit<ResourceSpec, "token" | "typeKey">>;
const shapes = shapeTable as Record<string, ObjectShape>;
const types = typeTable as Record<string, ObjectType>;

export function supportedTypes(): string[] {
  return Object.keys(resources);
}

export function resourceSpec(token: string): ResourceSpec {
  const row = Object.hasOwn(resources, token) ? resources[token] : undefined;
  if (!row) {
    const types = `the types this program uses: ${supportedTypes().join(", ")}`;
    throw new Error(unsupported(`Resource type ${token}`, { name: "azure-native", version }, types));
  }
  return { ...row, token, typeKey: token.slice(token.indexOf(":") + 1) };
}

export function objectType(key: string): ObjectType | undefined {
  return Object.hasOwn(types, key) ? types[key] : undefined;
}

/** How a nested type differs in the REST API; inputs (`XArgs`) and outputs (`XResponse`) share one entry. */
export function objectShape(key: string): ObjectShape {
  const name = key.replace(/(Args|Response)$/, "");
  return Object.hasOwn(shapes, name) ? shapes[name]! : {};
}

/** Names in `{…}` of the path, without the subscription, which the provider fills in. */
export function pathParameters(spec: ResourceSpec): string[] {
  return [...spec.path.matchAll(/\{(\w+)\}/g)]
    .map((match) => match[1]!)
    .filter((name) => name !== "subscriptionId");
}
