/**
 * Expressions of ARM templates, with the functions that azure-ai-ml's templates use (azure-ai-ml 1.35.2,
 * _arm_deployments/arm_templates; Microsoft Learn, azure-resource-manager/templates/template-functions). Others are refused by name.
 */
import { createHash, randomUUID } from "node:crypto";
import { ArmError } from "../armError";
import { isObject, type Json } from "./body";

export interface Scope {
  subscriptionId: string;
  tenantId: string;
  group: { id: string; name: string; location: string };
  parameter(name: string): unknown;
  variable(name: string): unknown;
}

export function invalidTemplate(message: string): ArmError {
  return new ArmError(400, "InvalidTemplate", `Deployment template validation failed: '${message}'.`);
}

/** A value of a template with its expressions, `[…]`, replaced at any depth. */
export function evaluated(value: unknown, scope: Scope): unknown {
  if (typeof value === "string") {
    if (!value.startsWith("[") || !value.endsWith("]")) return value;
    return value.startsWith("[[") ? value.slice(1) : evaluateExpression(value, scope);
  }
  if (Array.isArray(value)) return value.map((item) => evaluated(item, scope));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, evaluated(item, scope)]));
}

/** A parsed expression: evaluated when its value is needed, so `if` does not evaluate the other branch. */
type Lazy = () => unknown;

const TOKEN = /\s*('(?:[^']|'')*'|-?\d+|[A-Za-z_]\w*|[()[\].,])/y;

function evaluateExpression(text: string, scope: Scope): unknown {
  const tokens: string[] = [];
  TOKEN.lastIndex = 1;
  while (TOKEN.lastIndex < text.length - 1) {
    const match = TOKEN.exec(text);
    if (!match) throw invalidTemplate(`The expression '${text}' is not valid.`);
    tokens.push(match[1] ?? "");
  }
  let at = 0;
  const take = (expected: string): void => {
    if (tokens[at++] !== expected) throw invalidTemplate(`The expression '${text}' lacks '${expected}'.`);
  };
  const operand = (): Lazy => {
    const token = tokens[at++] ?? "";
    if (token.startsWith("'")) return () => token.slice(1, -1).replaceAll("''", "'");
    if (/^-?\d+$/.test(token)) return () => Number(token);
    if (token === "true" || token === "false") return () => token === "true";
    const given: Lazy[] = [];
    take("(");
    while (tokens[at] !== ")") {
      if (given.length > 0) take(",");
      given.push(parse());
    }
    take(")");
    return () => call(token, given, scope);
  };
  const parse = (): Lazy => {
    let value = operand();
    while (tokens[at] === ".") {
      at++;
      const [before, name] = [value, tokens[at++] ?? ""];
      value = () => (before() as Json)[name];
    }
    return value;
  };
  const root = parse();
  if (at < tokens.length) throw invalidTemplate(`The expression '${text}' is not supported.`);
  return root();
}

function call(name: string, given: Lazy[], scope: Scope): unknown {
  const found = FUNCTIONS[name.toLowerCase()];
  if (found) return found(given, scope);
  const known = Object.keys(FUNCTIONS).join(", ");
  throw invalidTemplate(
    `The local cloud does not support the template function '${name}'. Supported: ${known}`,
  );
}

const text = (value: Lazy | undefined): string => String(value?.() ?? "");

const FUNCTIONS: Readonly<Record<string, (given: Lazy[], scope: Scope) => unknown>> = Object.assign(
  Object.create(null) as object,
  {
    parameters: ([name]: Lazy[], scope: Scope) => scope.parameter(text(name)),
    variables: ([name]: Lazy[], scope: Scope) => scope.variable(text(name)),
    subscription: (_: Lazy[], { subscriptionId, tenantId }: Scope) => ({
      id: `/subscriptions/${subscriptionId}`,
      subscriptionId,
      tenantId,
    }),
    resourcegroup: (_: Lazy[], { group }: Scope) => group,
    resourceid: resourceId,
    concat: (given: Lazy[]) => given.map(text).join(""),
    tolower: ([value]: Lazy[]) => text(value).toLowerCase(),
    json: ([value]: Lazy[]): unknown => JSON.parse(text(value)),
    array: ([value]: Lazy[]) => [value?.()],
    equals: ([left, right]: Lazy[]) => JSON.stringify(left?.()) === JSON.stringify(right?.()),
    empty: ([value]: Lazy[]) =>
      ["", "{}", "[]", "null"].includes(JSON.stringify(value?.() ?? null).replace('""', "")),
    and: (given: Lazy[]) => given.every((value) => value() === true),
    or: (given: Lazy[]) => given.some((value) => value() === true),
    not: ([value]: Lazy[]) => value?.() !== true,
    if: ([condition, yes, no]: Lazy[]) => (condition?.() === true ? yes : no)?.(),
    // Azure's algorithms are not published: the same arguments give the same value, as there.
    uniquestring: (given: Lazy[]) => digest(given).slice(0, 13),
    guid: (given: Lazy[]) => digest(given).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, "$1-$2-$3-$4-$5"),
    newguid: () => randomUUID(),
  },
);

function digest(given: Lazy[]): string {
  return createHash("sha256").update(given.map(text).join("-")).digest("hex");
}

/** `resourceId([subscriptionId], [resourceGroupName], type, name, …)`. */
function resourceId(given: Lazy[], { subscriptionId, group }: Scope): string {
  const values = given.map(text);
  const at = values.findIndex((value) => value.includes("/"));
  const [namespace = "", ...types] = (values[at] ?? "").split("/");
  const names = values.slice(at + 1);
  if (at < 0 || at > 2 || names.length !== types.length)
    throw invalidTemplate(`resourceId(${values.join(", ")}) has not one name for each type`);
  const [first = "", second] = values.slice(0, at);
  const isSubscription = second !== undefined || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(first);
  const subscription = isSubscription ? first : subscriptionId;
  const groupName = second ?? (isSubscription || first === "" ? group.name : first);
  const path = types.map((type, index) => `${type}/${names[index]}`).join("/");
  return `/subscriptions/${subscription}/resourceGroups/${groupName}/providers/${namespace}/${path}`;
}
