import { readFile } from "node:fs/promises";
import { z } from "zod";
import { EngineError, messageOf } from "../errors";
import type { Properties, Value } from "../values/values";

export const levels = ["advisory", "mandatory", "disabled", "remediate"] as const;
export type Level = (typeof levels)[number];

/** A policy as its pack describes it. */
export type PolicyInfo = {
  name: string;
  level: Level;
  /** JSON schema of each property of its configuration. */
  schema: Properties;
  required: string[];
};

export type PolicyConfig = { level?: Level | undefined; properties: Properties };
export type PackConfig = Map<string, PolicyConfig>;

const level = z.enum(levels);
const fileSchema = z.record(
  z.string(),
  z.union([level, z.looseObject({ enforcementLevel: level.optional() })]),
);

/** The file of `--policy-pack-config`: by policy (or `all`) a level, or properties with `enforcementLevel`. Errors: usage. */
export async function readPackConfig(file: string): Promise<PackConfig> {
  const refuse = (why: string): EngineError =>
    new EngineError("usage", `--policy-pack-config ${file}: ${why}`);
  let content: unknown;
  try {
    content = JSON.parse((await readFile(file, "utf8")).trim() || "{}");
  } catch (error) {
    throw refuse(messageOf(error));
  }
  const read = fileSchema.safeParse(content);
  if (!read.success)
    throw refuse(
      `${z.prettifyError(read.error)}\nExpected for each policy one of ${levels.join(", ")}, or an object with its settings`,
    );
  return new Map(
    Object.entries(read.data).map(([name, value]) => {
      if (typeof value === "string") return [name, { level: value, properties: {} }];
      const { enforcementLevel, ...properties } = value;
      return [name, { level: enforcementLevel, properties: properties as Properties }];
    }),
  );
}

/**
 * Defaults of the schema, then what the pack sets itself, then the file, as in Pulumi (pulumi/pulumi, pkg/resource/analyzer/config.go).
 * Errors: usage, with every value that the schema refuses.
 */
export function reconcile(
  pack: string,
  policies: readonly PolicyInfo[],
  layers: readonly PackConfig[],
): Map<string, Required<PolicyConfig>> {
  const result = new Map(
    policies.map(({ name, level, schema }) => {
      const defaults = Object.entries(schema).flatMap(([key, value]) => {
        const preset = (value as Properties).default;
        return preset === undefined ? [] : [[key, preset] as [string, Value]];
      });
      return [name, { level, properties: Object.fromEntries(defaults) as Properties }];
    }),
  );
  for (const layer of layers) {
    const all = layer.get("all")?.level;
    if (all) for (const one of result.values()) one.level = all;
    for (const [name, given] of layer) {
      const one = result.get(name);
      if (!one && name !== "all")
        throw new EngineError(
          "usage",
          `policy pack ${pack} has no policy "${name}"; it has: ${[...result.keys()].join(", ")}`,
        );
      if (!one) continue;
      if (given.level) one.level = given.level;
      Object.assign(one.properties, given.properties);
    }
  }
  const problems = policies.flatMap(({ name, schema, required }) => {
    const whole = { type: "object", properties: schema, required } as Parameters<typeof z.fromJSONSchema>[0];
    const checked = z.fromJSONSchema(whole).safeParse(result.get(name)?.properties ?? {});
    return (checked.error?.issues ?? []).map(
      ({ path, message }) => `${[name, ...path].join(".")}: ${message}`,
    );
  });
  if (problems.length > 0)
    throw new EngineError("usage", `validating policy config for "${pack}": ${problems.join("; ")}`);
  return result;
}
