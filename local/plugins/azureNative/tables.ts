/**
 * What is known of each resource type and function, as data. `resources.json`: path, API version, naming, what forces
 * replacement, which operations are long-running. `invokes.json`: POST functions of resources. `types.json`: property
 * types (made by typesFromSdk.ts). `shapes.json`: where a nested object's names or nesting differ on the wire.
 */
import invokeTable from "./invokes.json";
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
  /** Key prefix of its entries in types.json: `module:Type`. */
  typeKey: string;
  path: string;
  apiVersion: string;
  autoName: "random" | "copy" | "uuid";
  autoNameInput: string;
  /** Body properties outside `properties`; absent when the body is sent as the inputs are written. */
  topLevel?: string[];
  /** Body properties whose change forces replacement. */
  forceNew: string[];
  queryInputs?: string[];
  /** SDK name to wire name, for top-level inputs and outputs. */
  renames?: Record<string, string>;
  /** Whether the body has a location that can be filled in, and whether Azure insists on one. */
  location?: "required" | "optional";
  putLongRunning: boolean;
  deleteLongRunning: boolean;
  /** Body paths kept as they are in Azure when the program leaves them out (empty list on create). */
  maintained?: string[][];
  /** Inputs whose removal sends a default instead of nothing. */
  resetWhenRemoved?: Record<string, Properties>;
  constraints?: Record<string, Constraint>;
}

export interface InvokeSpec {
  /** The resource whose path the function extends. */
  resource: ResourceSpec;
  /** Last path segment of the POST; a plain GET of the resource without it. */
  post?: string;
  apiVersion: string;
  queryInputs: string[];
  /** SDK name to wire name of body arguments, where they differ. */
  body: Record<string, string>;
  /** Key in types.json of the result. */
  resultType: string;
}

export interface ObjectType {
  p: Record<string, string>;
  r?: string[];
  d?: Record<string, string | number | boolean>;
}

export interface ObjectShape {
  topLevel?: string[];
  renames?: Record<string, string>;
}

type ResourceRow = Partial<Omit<ResourceSpec, "token" | "typeKey">> & { refuse?: string };
interface InvokeRow {
  of: string;
  post: string;
  apiVersion?: string;
  query?: string[];
  body?: Record<string, string>;
}

const resources = resourceTable as unknown as Record<string, ResourceRow>;
const invokes = invokeTable as unknown as Record<string, InvokeRow>;
const shapes = shapeTable as unknown as Record<string, ObjectShape>;
const types = typeTable as unknown as Record<string, ObjectType>;

/** The types served, for messages and tests. */
export function servedTypes(): string[] {
  return Object.keys(resources).filter((token) => resources[token]!.path);
}

/**
 * @throws `Resource type X not found` as the real provider says of an unknown token, or, for a type the real provider has
 * and this stand-in does not, why not.
 */
export function resourceSpec(token: string): ResourceSpec {
  const row = Object.hasOwn(resources, token) ? resources[token]! : undefined;
  if (!row) throw new Error(`Resource type ${token} not found`);
  if (row.refuse)
    throw new Error(`Resource type ${token} is not served by the local azure-native: ${row.refuse}`);
  return {
    ...(row as Omit<ResourceSpec, "token" | "typeKey">),
    token,
    typeKey: token.slice(token.indexOf(":") + 1),
  };
}

/** @throws `Invoke type X not found` */
export function invokeSpec(token: string): InvokeSpec {
  const [pkg, module, name] = token.split(":") as [string, string, string];
  const row = Object.hasOwn(invokes, token) ? invokes[token]! : undefined;
  if (row) {
    const resource = resourceSpec(`${pkg}:${module}:${row.of}`);
    return {
      resource,
      post: row.post,
      apiVersion: row.apiVersion ?? resource.apiVersion,
      queryInputs: row.query ?? [],
      body: row.body ?? {},
      resultType: `${module}:${name}/out`,
    };
  }
  const getter = `${pkg}:${module}:${name?.slice(3)}`;
  if (!name?.startsWith("get") || !resources[getter]?.path) throw new Error(`Invoke type ${token} not found`);
  const resource = resourceSpec(getter);
  return {
    resource,
    apiVersion: resource.apiVersion,
    queryInputs: [],
    body: {},
    resultType: `${resource.typeKey}/out`,
  };
}

export function objectType(key: string): ObjectType | undefined {
  return Object.hasOwn(types, key) ? types[key] : undefined;
}

/** Wire particulars of a nested type; inputs (`XArgs`) and outputs (`XResponse`) share them. */
export function objectShape(key: string): ObjectShape {
  const name = key.replace(/(Args|Response)$/, "");
  return Object.hasOwn(shapes, name) ? shapes[name]! : {};
}

/** Names in `{…}` of the path, without the subscription, which is the provider's own. */
export function pathParameters(spec: ResourceSpec): string[] {
  return [...spec.path.matchAll(/\{(\w+)\}/g)]
    .map((match) => match[1]!)
    .filter((name) => name !== "subscriptionId");
}
