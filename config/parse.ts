import type { Problem } from "../azureml/problem";
import { formatValue } from "../azureml/problem";
import { nearest } from "../azureml/suggestion";
import { azureSettings } from "./azureSettings";
import { sectionProblems, unknownKeyProblem } from "./problems";
import { applyCrossRules, type ParsedSections, type RuleContext } from "./rules";
import { type SectionName, sections } from "./sections";
import type { StackConfig } from "./stackConfig";

export interface ConfigSource {
  /** All configuration values of the stack as strings, by `namespace:key`. */
  values: Readonly<Record<string, string>>;
  project: string;
  env: NodeJS.ProcessEnv;
  /** Content of a file; paths are relative to the project. Throws if it does not exist. */
  readFile(path: string): string;
}

type ParsedConfig = { config: StackConfig } | { problems: Problem[] };

/** azure-native's settings. The provider silently ignores a misspelled one, so it is reported here. */
const azureNativeKeys = [
  "auxiliaryTenantIds",
  "clientCertificatePassword",
  "clientCertificatePath",
  "clientId",
  "clientSecret",
  "activeDirectoryAuthorityHost",
  "disableInstanceDiscovery",
  "disablePulumiPartnerId",
  "environment",
  "location",
  "metadataHost",
  "msiEndpoint",
  "oidcAudience",
  "oidcRequestToken",
  "oidcRequestUrl",
  "oidcToken",
  "oidcTokenFilePath",
  "partnerId",
  "resourceManagerAudience",
  "resourceManagerEndpoint",
  "skipReadOnUpdate",
  "subscriptionId",
  "tenantId",
  "useDefaultAzureCredential",
  "useMsi",
  "useOidc",
  "version",
];

/** Checks the whole configuration of a stack and reports all mistakes at once. */
export function parseConfig(source: ConfigSource): ParsedConfig {
  const problems = unknownKeyProblems(source);
  const parsed: Partial<Record<SectionName, unknown>> = {};
  for (const name of Object.keys(sections) as SectionName[]) {
    const key = `${source.project}:${name}`;
    const schema = sections[name];
    const value = sectionValue(source.values[key]);
    const result = schema.safeParse(value);
    if (result.success) parsed[name] = result.data;
    else problems.push(...sectionProblems(key, schema, value, result.error));
  }
  const azure = azureSettings(source.values, source.env);
  const context: RuleContext = {
    project: source.project,
    location: azure.location,
    locationGiven: Boolean(source.values["azure-native:location"]),
    subscriptionId: azure.subscriptionId,
    readFile: (path) => source.readFile(path),
  };
  const checked = applyCrossRules(parsed as ParsedSections, context);
  problems.push(...checked.problems, ...azure.problems);
  return problems.length === 0 && checked.config ? { config: checked.config } : { problems };
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

function unknownKeyProblems({ values, project }: ConfigSource): Problem[] {
  const known = Object.keys(sections);
  return Object.keys(values).flatMap((key): Problem[] => {
    const [namespace = "", ...rest] = key.split(":");
    const name = rest.join(":");
    if (namespace === project) return known.includes(name) ? [] : [unknownKeyProblem(key, name, known)];
    if (namespace === "azure-native")
      return azureNativeKeys.includes(name) ? [] : [unknownKeyProblem(key, name, azureNativeKeys)];
    const guess = nearest(namespace, [project, "azure-native"]);
    if (!guess || namespace === "pulumi") return [];
    return [
      {
        property: key,
        seen: `no setting uses the namespace ${formatValue(namespace)}`,
        allowed: `${project}:<section>, azure-native:<setting>`,
        remedy: `Did you mean ${guess}:${name}?`,
      },
    ];
  });
}
