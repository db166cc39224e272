/** Checks inputs against the type table, with the real provider's wording. Pure. */
import { isObject, isUnknown, type Json, type Properties } from "../host/values";
import type { CheckFailure } from "../host/provider";
import { objectType, pathParameters, type Constraint, type ObjectType, type ResourceSpec } from "./tables";

const LOCATION_HINT =
  ". Either set it explicitly or configure it with 'pulumi config set azure-native:location <value>'.";

type Report = (reason: string) => void;

function kindOf(text: string): string {
  if (text.startsWith("[]")) return "array";
  if (text.startsWith("=")) return "string";
  return text.startsWith("#") || text.startsWith("{}") ? "object" : text;
}

function checkLength(path: string, value: string, constraint: Constraint, report: Report): void {
  const length = Buffer.byteLength(value);
  const { minLength, maxLength, pattern } = constraint;
  if (minLength !== undefined && length < minLength) {
    report(`'${path}' is too short (${length}): at least ${minLength} characters required`);
  }
  if (maxLength !== undefined && length > maxLength) {
    report(`'${path}' is too long (${length}): at most ${maxLength} characters allowed`);
  }
  if (pattern !== undefined && !new RegExp(pattern).test(value)) {
    report(`'${path}' does not match expression '${pattern}'`);
  }
}

function checkValue(path: string, text: string, value: Json, report: Report): void {
  if (isUnknown(value) || text === "any") return;
  const kind = kindOf(text);
  const wrong = (seen: string): void => report(`'${path}' should be of type '${kind}' but got ${seen}`);
  if (Array.isArray(value)) {
    if (kind !== "array") return wrong("an array");
    value.forEach((item, index) => checkValue(`${path}[${index}]`, text.slice(2), item, report));
  } else if (isObject(value)) {
    // Unions pass unchecked: the service validates them.
    if (text.startsWith("#") && !text.includes("|"))
      checkObject(path, objectType(text.slice(1)), value, report);
    else if (text.startsWith("{}")) {
      for (const [key, item] of Object.entries(value))
        checkValue(`${path}.${key}`, text.slice(2), item, report);
    } else if (kind !== "object") wrong("an object");
  } else if (typeof value === "string") {
    if (kind !== "string") wrong("a string");
  } else if (typeof value === "number") {
    if (kind !== "number") wrong("a number");
  } else if (typeof value === "boolean" && kind !== "boolean") wrong("a boolean");
}

function missing(path: string): string {
  return `missing required property '${path}'${path === "location" ? LOCATION_HINT : ""}`;
}

function checkObject(path: string, type: ObjectType | undefined, value: Properties, report: Report): void {
  if (!type) return;
  const at = (name: string): string => (path ? `${path}.${name}` : name);
  for (const name of type.r ?? []) {
    if (value[name] === undefined) report(missing(at(name)));
  }
  for (const [name, text] of Object.entries(type.p)) {
    const item = value[name];
    if (item !== undefined && item !== null) checkValue(at(name), text, item, report);
  }
}

/** Required properties, types, lengths and patterns. Unknown values pass; unknown properties are accepted. */
export function validate(spec: ResourceSpec, inputs: Properties): CheckFailure[] {
  const failures: CheckFailure[] = [];
  const report: Report = (reason) => failures.push({ property: "", reason });
  const type = objectType(`${spec.typeKey}/in`)!;
  const required = new Set([...(type.r ?? []), ...pathParameters(spec)]);
  if (spec.location === "required") required.add("location");
  checkObject("", { p: type.p, r: [...required] }, inputs, report);
  for (const [name, constraint] of Object.entries(spec.constraints ?? {})) {
    const value = inputs[name];
    if (typeof value === "string" && !isUnknown(value)) checkLength(name, value, constraint, report);
  }
  return failures;
}
