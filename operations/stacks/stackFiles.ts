import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { problemReport } from "../../azureml/problem";
import { settingRows } from "../../config/documentation";
import { parseConfig } from "../../config/parse";
import { type SectionName, sections } from "../../config/sections";

/** A stack's settings in force: those of its file, and the defaults of all others. */
export interface StackSettings {
  stack: string;
  /** By name, such as `compute.maxNodes`, in the order of the schema. Without what is not set and has no default. */
  values: ReadonlyMap<string, string>;
}

/** The stacks of this repository, in the order in which a model passes through them. */
const order = ["local", "review", "dev", "staging", "prod", "platform"];

const stackFile = /^Pulumi\.(.+)\.yaml$/;

/** Names of the stacks that have a file: those of the repository first. */
export function stackNames(root: string): string[] {
  const names = readdirSync(root).flatMap((file) => stackFile.exec(file)?.[1] ?? []);
  const place = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  return names.sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
}

/** The stacks of this repository that train or serve. The stack platform has none of their settings. */
export const committedStacks = (root: string): string[] =>
  stackNames(root).filter((name) => order.includes(name) && name !== "platform");

/**
 * Reads the file of a stack.
 * @param project name of the project, which is the namespace of its settings.
 * @throws Error that lists every mistake of the file.
 */
export function readStack(root: string, stack: string, project: string): StackSettings {
  const text = readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8");
  const config = (parse(text) as { config?: Record<string, unknown> } | null)?.config ?? {};
  const problems = problemsOf(config, project, root);
  if (problems !== undefined && !text.includes("secure:"))
    throw new Error(problemReport(`The configuration of stack ${stack} has mistakes.`, problems));
  const values = new Map<string, string>();
  for (const [key, value] of Object.entries(config)) {
    if (key.startsWith(`${project}:`)) continue;
    values.set(key, cell(value));
  }
  // No other section applies to a platform stack, so their defaults are not in force.
  const names: readonly SectionName[] =
    config[`${project}:platform`] === undefined
      ? (Object.keys(sections) as SectionName[]).filter((name) => name !== "platform")
      : ["platform", "tags"];
  for (const name of names) {
    const given = config[`${project}:${name}`] ?? {};
    // An encrypted value is not checked here: only the engine can read it.
    const parsed = sections[name].safeParse(given);
    const all = flat(name, parsed.success ? parsed.data : given);
    for (const [setting, value] of all) if (value !== undefined) values.set(setting, cell(value));
  }
  return { stack, values };
}

function problemsOf(config: Record<string, unknown>, project: string, root: string) {
  const values = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const parsed = parseConfig({
    values: Object.fromEntries(values) as Record<string, string>,
    project,
    // The files name no subscription: it comes from the environment.
    env: { ARM_SUBSCRIPTION_ID: "00000000-0000-0000-0000-000000000000" },
    readFile: (path) => readFileSync(join(root, path), "utf8"),
  });
  return "problems" in parsed ? parsed.problems : undefined;
}

/** Settings that the schema describes as one, such as `dataset.columns`, stay one. Tags are settings of their own. */
const whole = new Set(settingRows().map(({ setting }) => setting));

function flat(path: string, value: unknown): Array<[string, unknown]> {
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isMap || (whole.has(path) && path !== "tags")) return [[path, value]];
  return Object.entries(value).flatMap(([name, child]) => flat(`${path}.${name}`, child));
}

function cell(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null && Object.keys(value).includes("secure")) return "[secret]";
  return JSON.stringify(value);
}
