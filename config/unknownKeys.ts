import { formatValue, type Problem } from "../azureml/problem";
import { nearest } from "../azureml/suggestion";
import { azureNativeKeys } from "./azureSettings";
import { settingPaths, unknownKeyProblem } from "./problems";
import { sections } from "./sections";

/** Namespaces of Pulumi's own settings and of the providers and tools that run beside the program. */
const otherNamespaces = ["pulumi", "command", "pulumi-nodejs"];
/** Namespaces of other providers for Azure. The program does not use them. */
const otherAzure = ["azure", "azuread", "azure-nextgen", "azurerm", "azapi"];

/**
 * Keys that nothing reads. A namespace that resembles none of ours is a warning only: policy packs read the configuration too.
 * @param keys full keys such as `azureml-finetune:compute`.
 */
export function unknownKeys(
  keys: readonly string[],
  project: string,
): { problems: Problem[]; warnings: string[] } {
  const problems: Problem[] = [];
  const warnings: string[] = [];
  for (const key of keys) {
    const [namespace = "", ...rest] = key.split(":");
    const name = rest.join(":");
    if (namespace === project) {
      if (!Object.hasOwn(sections, name)) problems.push(unknownSection(key, name, project));
    } else if (namespace === "azure-native") {
      if (!azureNativeKeys.includes(name)) problems.push(unknownKeyProblem(key, name, azureNativeKeys));
    } else if (!otherNamespaces.includes(namespace)) {
      const guess = intended(namespace, name, project);
      const seen = `no setting uses the namespace ${formatValue(namespace)}`;
      const allowed = `${project}:<section>, azure-native:<setting>`;
      if (guess) problems.push({ property: key, seen, allowed, remedy: `Did you mean ${guess}?` });
      else warnings.push(`${key}: ${seen} of this program. Remove it if nothing else reads it.`);
    }
  }
  return { problems, warnings };
}

/** The key that was probably meant. */
function intended(namespace: string, name: string, project: string): string | undefined {
  if (otherAzure.includes(namespace)) return `azure-native:${nearest(name, azureNativeKeys) ?? name}`;
  const section = Object.keys(sections).find((one) => one.toLowerCase() === namespace.toLowerCase());
  if (section) return `${project}:${section}`;
  const guess = nearest(namespace, [project, "azure-native"]);
  return guess && `${guess}:${name}`;
}

function unknownSection(key: string, name: string, project: string): Problem {
  const problem = unknownKeyProblem(key, name, Object.keys(sections));
  if (azureNativeKeys.includes(name)) return { ...problem, remedy: `Did you mean azure-native:${name}?` };
  const [path] = settingPaths(name);
  return path === undefined ? problem : { ...problem, remedy: `Did you mean ${project}:${path}?` };
}
