import type { Problem } from "../azureml/problem";
import { azureSettings } from "./azureSettings";
import { platformProblems } from "./platform";
import { sectionProblems } from "./problems";
import type { ParsedSections, RuleContext } from "./parsedSections";
import { applyCrossRules } from "./rules";
import { namesOfParts } from "./splitNames";
import { type SectionName, sections } from "./sections";
import type { StackConfig } from "./stackConfig";
import { unknownKeys } from "./unknownKeys";

export interface ConfigSource {
  /** All configuration values of the stack as strings, by `namespace:key`. */
  values: Readonly<Record<string, string>>;
  project: string;
  env: NodeJS.ProcessEnv;
  /** Content of a file; paths are relative to the project. Throws if it does not exist. */
  readFile(path: string): string;
}

/** `warnings` stop nothing. */
type ParsedConfig = ({ config: StackConfig } | { problems: Problem[] }) & { warnings: string[] };

/** Checks the whole configuration of a stack and reports all mistakes at once. */
export function parseConfig(source: ConfigSource): ParsedConfig {
  const { problems, warnings } = unknownKeys(Object.keys(source.values), source.project);
  const parsed: Partial<Record<SectionName, unknown>> = {};
  for (const name of Object.keys(sections) as SectionName[]) {
    const key = `${source.project}:${name}`;
    const schema = sections[name];
    const value = sectionValue(source.values[key]);
    const result = schema.safeParse(value);
    if (result.success) parsed[name] = result.data;
    else problems.push(...sectionProblems(key, schema, value, result.error));
  }
  // Pulumi sends the defaults of Pulumi.yaml, an empty section, for what a stack does not set.
  const given = Object.keys(source.values).filter((key) => source.values[key] !== "{}");
  const { platform } = parsed as ParsedSections;
  problems.push(...platformProblems(platform, given, source.project));
  const azure = azureSettings(source.values, source.env);
  const context: RuleContext = {
    project: source.project,
    location: azure.location,
    locationGiven: Boolean(source.values["azure-native:location"]),
    subscriptionId: azure.subscriptionId,
    readFile: (path) => source.readFile(path),
  };
  const { dataset, ...others } = parsed as ParsedSections;
  const read = dataset ? { ...others, dataset: { ...dataset, ...namesOfParts(dataset) } } : others;
  const checked = applyCrossRules(read, context);
  problems.push(...checked.problems, ...azure.problems);
  warnings.push(...checked.warnings);
  return problems.length === 0 && checked.config
    ? { config: checked.config, warnings }
    : { problems, warnings };
}

/** Sections are JSON. A value that is not JSON stays a string, and the schema reports it. */
function sectionValue(text: string | undefined): unknown {
  if (text === undefined) return {};
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
