/** The resources that a template deploys, in order. */
import type { ArmResource } from "../cloud";
import { LOCAL_SUBSCRIPTION_ID, LOCAL_TENANT_ID } from "../constants";
import { isObject, type Json } from "./body";
import { evaluated, invalidTemplate, type Scope } from "./templateExpression";

export interface PlannedResource {
  id: string;
  type: string;
  body: Json;
}

const TEMPLATE = ["$schema", "contentVersion", "parameters", "variables", "resources"];
const RESOURCE = ["condition", "type", "apiVersion", "name", "dependsOn", "resources"];
const BODY = ["location", "tags", "kind", "sku", "identity", "properties"];

/** @throws ArmError 400 that names what the template has and the local cloud does not support */
export function plan(template: Json, given: Json, group: ArmResource): PlannedResource[] {
  supported(template, TEMPLATE, "the template");
  const scope = scopeOf(template, given, group);
  const planned = (Array.isArray(template["resources"]) ? template["resources"] : [])
    .filter(isObject)
    .flatMap((resource) => resourceOf(resource, scope));
  return inOrder(planned);
}

function supported(given: Json, known: readonly string[], what: string): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown) throw invalidTemplate(`The local cloud does not support '${unknown}' in ${what}`);
}

function scopeOf(template: Json, given: Json, group: ArmResource): Scope {
  const declared = isObject(template["parameters"]) ? template["parameters"] : {};
  const variables = isObject(template["variables"]) ? template["variables"] : {};
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(declared, name));
  if (unknown) throw invalidTemplate(`The template has no parameter '${unknown}'`);
  const known = new Map<string, unknown>();
  const once = (key: string, value: () => unknown): unknown => {
    if (!known.has(key)) known.set(key, value());
    return known.get(key);
  };
  const scope: Scope = {
    subscriptionId: LOCAL_SUBSCRIPTION_ID,
    tenantId: LOCAL_TENANT_ID,
    group: { id: group.id, name: group.name, location: group.location ?? "" },
    parameter: (name) =>
      once(`parameter ${name}`, () => {
        const declaration = Object.hasOwn(declared, name) ? declared[name] : undefined;
        if (!isObject(declaration)) throw invalidTemplate(`The template has no parameter '${name}'`);
        const { value } = (given[name] ?? {}) as { value?: unknown };
        const chosen = value ?? evaluated(declaration["defaultValue"], scope);
        const allowed = declaration["allowedValues"];
        if (chosen === undefined)
          throw invalidTemplate(`The value for the parameter '${name}' is not provided`);
        if (Array.isArray(allowed) && !allowed.includes(chosen))
          throw invalidTemplate(
            `The parameter '${name}' is ${JSON.stringify(chosen)}; allowed: ${allowed.join(", ")}`,
          );
        return chosen;
      }),
    variable: (name) =>
      once(`variable ${name}`, () => {
        if (!Object.hasOwn(variables, name)) throw invalidTemplate(`The template has no variable '${name}'`);
        return evaluated(variables[name], scope);
      }),
  };
  return scope;
}

function isDeployed(resource: Json, scope: Scope): boolean {
  return evaluated(resource["condition"] ?? true, scope) === true;
}

function resourceOf(resource: Json, scope: Scope): Array<PlannedResource & { after: string[] }> {
  if (!isDeployed(resource, scope)) return [];
  const type = String(resource["type"]);
  supported(resource, [...RESOURCE, ...BODY], `a resource of type ${type}`);
  const nested = (Array.isArray(resource["resources"]) ? resource["resources"] : []).filter(isObject);
  if (nested.some((inner) => isDeployed(inner, scope)))
    throw invalidTemplate(`The local cloud does not support resources inside a resource of type ${type}`);
  const names = String(evaluated(resource["name"], scope)).split("/");
  const [namespace = "", ...types] = type.split("/");
  const path = types.map((segment, index) => `${segment}/${names[index]}`).join("/");
  const members = BODY.filter((name) => resource[name] !== undefined);
  const body = Object.fromEntries(members.map((name) => [name, evaluated(resource[name], scope)]));
  const { properties } = body;
  return [
    {
      id: `${scope.group.id}/providers/${namespace}/${path}`,
      type,
      body: isObject(properties) ? { ...body, properties: withoutNothing(properties) } : body,
      after: (evaluated(resource["dependsOn"] ?? [], scope) as string[]).map((id) => id.toLowerCase()),
    },
  ];
}

/**
 * The templates of azure-ai-ml send every parameter: without a value "", {}, [] or null, and flags as text. A resource provider reads
 * these as absent and as flags (inferred: the templates work on Azure).
 */
function withoutNothing(properties: Json): Json {
  const entries = Object.entries(properties).map(([name, value]) => [
    name,
    isObject(value)
      ? withoutNothing(value)
      : value === "true" || value === "false"
        ? value === "true"
        : value,
  ]);
  return Object.fromEntries(
    entries.filter(([, value]) => !["null", '""', "{}", "[]"].includes(JSON.stringify(value) ?? "null")),
  ) as Json;
}

/** A resource comes after those of the template that it depends on. @throws ArmError 400 for a circle */
function inOrder(planned: Array<PlannedResource & { after: string[] }>): PlannedResource[] {
  const ordered: PlannedResource[] = [];
  let left = planned;
  while (left.length > 0) {
    const ids = new Set(left.map(({ id }) => id.toLowerCase()));
    const ready = left.filter(({ after }) => !after.some((id) => ids.has(id)));
    if (ready.length === 0)
      throw invalidTemplate(`Circular dependency detected on resource: '${left[0]?.id}'`);
    ordered.push(...ready.map(({ id, type, body }) => ({ id, type, body })));
    left = left.filter((resource) => !ready.includes(resource));
  }
  return ordered;
}
