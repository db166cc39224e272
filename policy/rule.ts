import type { Stack } from "./environments";

/** A resource as a rule sees it: its checked inputs, or its outputs in a rule about the whole stack. */
export interface SeenResource {
  /** Pulumi's type token. */
  type: string;
  /** Name in the program. */
  name: string;
  /** Values by property. Reading one that a preview does not know throws; the framework reports that as advisory. */
  props: Record<string, unknown>;
  /** Paths of the option `ignoreChanges`. Their values come from the state, not from the program. */
  ignored: readonly string[];
}

/** What is wrong with a resource. The texts become one message. */
export interface Violation {
  /** Path of the property. */
  property: string;
  /** The value found, never a secret one. */
  seen: unknown;
  /** The values that are allowed. */
  allowed: string;
  /** What to do next. */
  remedy: string;
}

/** A value of the pack's configuration, in the parts of JSON schema that the rules use. */
export interface Setting {
  type: "object" | "array" | "integer" | "string" | "boolean";
  description: string;
  default: unknown;
  items?: { type: "string" };
  additionalProperties?: object;
}

/** A list for each environment. */
export function listOf(description: string, preset: object): Setting {
  const additionalProperties = { type: "array", items: { type: "string" } };
  return { type: "object", description, default: preset, additionalProperties };
}

/** A number for each environment. */
export function numberOf(description: string, preset: object): Setting {
  return { type: "object", description, default: preset, additionalProperties: { type: "integer" } };
}

export function listSetting(description: string, preset: readonly string[]): Setting {
  return { type: "array", description, default: preset, items: { type: "string" } };
}

/** The environments in which something applies. */
export const environmentsSetting = listSetting;

interface RuleFacts {
  /** Unique in the pack; lower-case words with dashes. */
  name: string;
  /** One sentence: what must be true. */
  description: string;
  /** Default: mandatory. */
  level?: "advisory" | "mandatory";
  /** The rule's configuration by name. */
  settings?: Readonly<Record<string, Setting>>;
}

/** Values of `settings`, with their defaults. */
export type Configured = Readonly<Record<string, unknown>>;

/** Checks each resource of these types before its step. */
export interface ResourceRule extends RuleFacts {
  kind: "resource";
  /** Type tokens; `*` at the end matches any rest. */
  types: readonly string[];
  check: (resource: SeenResource, stack: Stack, configured: Configured) => Violation[];
}

/** Checks the outputs of all resources after their steps. */
export interface StackRule extends RuleFacts {
  kind: "stack";
  check: (
    resources: readonly SeenResource[],
    stack: Stack,
    configured: Configured,
  ) => (Violation & { resource?: SeenResource })[];
}

export type Rule = ResourceRule | StackRule;

export function appliesTo(rule: ResourceRule, type: string): boolean {
  return rule.types.some((one) => (one.endsWith("*") ? type.startsWith(one.slice(0, -1)) : type === one));
}

/** The value at a path such as `properties.scaleSettings.minNodeCount`; undefined if a part is missing. */
export function at(props: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => {
    if (typeof value !== "object" || value === null) return undefined;
    return (value as Record<string, unknown>)[key];
  }, props);
}

/** The configuration with the defaults of the rule's settings. */
export function configuredFor(rule: Rule, given: Configured): Configured {
  const defaults = Object.entries(rule.settings ?? {}).map(([name, setting]) => [name, setting.default]);
  return { ...(Object.fromEntries(defaults) as Configured), ...given };
}

export function messageOf(violation: Violation, resource?: { type: string; name: string }): string {
  const { property, seen, allowed, remedy } = violation;
  const where = resource ? `${resource.type.split(":").at(-1)} ${resource.name}: ` : "";
  return `${where}${property} is ${shown(seen)}; allowed: ${allowed}. ${remedy}`;
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return "not set";
  return typeof value === "string" ? `"${value}"` : JSON.stringify(value);
}
