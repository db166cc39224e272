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

/** `defaultText` of a setting without a default in a section that is itself optional. */
export const required = "required";

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
  /** `maximum` itself is excluded. */
  below?: boolean;
  /** A value inside the range that is excluded. */
  except?: number;
}

export function integerSetting(details: Details & Range) {
  return rangeSetting("a whole number", z.number().int(), details);
}

export function numberSetting(details: Details & Range) {
  return rangeSetting("a number", z.number(), details);
}

function rangeSetting(kind: string, number: z.ZodNumber, details: Details & Range) {
  const { minimum, maximum, above, below, except, ...info } = details;
  let inner = number;
  if (minimum !== undefined) inner = above ? inner.gt(minimum) : inner.min(minimum);
  if (maximum !== undefined) inner = below ? inner.lt(maximum) : inner.max(maximum);
  if (except !== undefined) inner = inner.refine((value) => value !== except);
  return setting({ allowed: rangeText(kind, details), ...info }, z.preprocess(parseNumber, inner));
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

function rangeText(kind: string, range: Range): string {
  const { except } = range;
  return limitsText(kind, range) + (except === undefined ? "" : `, except ${except}`);
}

function limitsText(kind: string, { minimum, maximum, above, below }: Range): string {
  const [least, most] = [above ? "greater than" : "at least", below ? "less than" : "at most"];
  if (minimum !== undefined && maximum !== undefined)
    return above || below
      ? `${kind}${above ? " " : ", "}${least} ${minimum}, ${most} ${maximum}`
      : `${kind} from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `${kind}${above ? " " : ", "}${least} ${minimum}`;
  return maximum === undefined ? kind : `${kind}${below ? " " : ", "}${most} ${maximum}`;
}
