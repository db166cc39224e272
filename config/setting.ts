import { z } from "zod";

/** Description of a setting, stored with its schema. Error messages and docs/configuration.md use it. */
interface SettingInfo {
  /** One sentence. */
  doc: string;
  /** Allowed values, as in error messages. */
  allowed: string;
  unit?: string;
  /** The default in words, if it is not a value of the schema (derived names, values decided elsewhere). */
  defaultText?: string;
  /** Source of the default or limit. */
  source?: string;
}

type Details = Omit<SettingInfo, "allowed"> & { allowed?: string };

/** The description stored with a schema, also inside `.optional()`, `.default()` and `.prefault()`. */
export function settingInfo(schema: z.ZodType): SettingInfo | undefined {
  const own = schema.meta() as SettingInfo | undefined;
  if (own) return own;
  const inner = unwrapSchema(schema);
  return inner === schema ? undefined : settingInfo(inner);
}

/** A schema without its `.optional()`, `.default()` and `.prefault()`. */
export function unwrapSchema(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return unwrapSchema(schema.unwrap() as z.ZodType);
  return schema;
}

/** The default value of a setting, if its schema has one. */
export function schemaDefault(schema: z.ZodType): unknown {
  return schema instanceof z.ZodDefault ? schema.def.defaultValue : undefined;
}

/** Stores the description of a setting with its schema. */
export function setting<S extends z.ZodType>(info: SettingInfo, schema: S): S {
  return schema.meta({ ...info });
}

/** Converts numeric strings: `pulumi config set --path` writes fractions as strings. */
function parseNumber(value: unknown): unknown {
  if (typeof value !== "string") return value;
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value.trim()) ? Number(value) : value;
}

/** Converts the strings `true` and `false`. */
function parseBoolean(value: unknown): unknown {
  return value === "true" ? true : value === "false" ? false : value;
}

/** Converts numbers to strings: YAML reads `version: 15` and `precision: 16` as numbers. */
function parseText(value: unknown): unknown {
  return typeof value === "number" ? String(value) : value;
}

interface Range {
  minimum?: number;
  maximum?: number;
  /** `minimum` itself is excluded. */
  above?: boolean;
}

export function integerSetting(details: Details & Range) {
  const { minimum, maximum, above, ...info } = details;
  let inner = z.number().int();
  if (minimum !== undefined) inner = above ? inner.gt(minimum) : inner.min(minimum);
  if (maximum !== undefined) inner = inner.max(maximum);
  return setting(
    { allowed: rangeText("a whole number", details), ...info },
    z.preprocess(parseNumber, inner),
  );
}

export function numberSetting(details: Details & Range) {
  const { minimum, maximum, above, ...info } = details;
  let inner = z.number();
  if (minimum !== undefined) inner = above ? inner.gt(minimum) : inner.min(minimum);
  if (maximum !== undefined) inner = inner.max(maximum);
  return setting({ allowed: rangeText("a number", details), ...info }, z.preprocess(parseNumber, inner));
}

export function booleanSetting(details: Details) {
  return setting({ allowed: "true or false", ...details }, z.preprocess(parseBoolean, z.boolean()));
}

/** One of a fixed list of strings. */
export function choiceSetting<const T extends readonly [string, ...string[]]>(values: T, details: Details) {
  return setting(
    { allowed: `one of ${values.join(", ")}`, ...details },
    z.preprocess(parseText, z.enum(values)),
  );
}

/** A string that matches a pattern. */
export function stringSetting(details: Details & { pattern?: RegExp }) {
  const { pattern = /\S/, ...info } = details;
  return setting({ allowed: "a text", ...info }, z.preprocess(parseText, z.string().regex(pattern)));
}

function rangeText(kind: string, { minimum, maximum, above }: Range): string {
  const lower = above ? `greater than ${minimum}` : `from ${minimum}`;
  if (minimum !== undefined && maximum !== undefined)
    return above ? `${kind} ${lower}, at most ${maximum}` : `${kind} ${lower} to ${maximum}`;
  if (minimum !== undefined) return above ? `${kind} ${lower}` : `${kind}, at least ${minimum}`;
  return maximum === undefined ? kind : `${kind}, at most ${maximum}`;
}
