import { formatValue, type Problem } from "../azureml/problem";
import { nearest } from "../azureml/suggestion";
import { sections } from "./sections";

/**
 * Keys at the top of a Pulumi.<stack>.yaml (pulumi/pulumi, sdk/go/common/workspace/project.go, `ProjectStack`). Pulumi ignores all
 * others, so a section outside `config` would silently have no effect.
 */
const topKeys = ["config", "encryptedkey", "encryptionsalt", "environment", "secretsprovider"];

/** A line that begins with a key. What belongs to a key above is indented, or begins with - or a bracket. */
const keyLine = /^(?:"([^"]+)"|'([^']+)'|([A-Za-z_][^\s"']*?))\s*:(?:\s|$)/;

/**
 * Unknown keys at the top of the stack's file.
 * @param file its name, for messages.
 * @param text its content. It is read by lines: the engine has parsed it before, and reports what is no YAML.
 */
export function stackFileProblems(file: string, text: string, project: string): Problem[] {
  const keys = text.split(/\r?\n/).flatMap((line) => {
    const match = keyLine.exec(line.replace(/^\uFEFF/, ""));
    return match?.[1] ?? match?.[2] ?? match?.[3] ?? [];
  });
  return keys
    .filter((key) => !topKeys.includes(key))
    .map((key) => {
      const guess = nearest(key, topKeys);
      return {
        property: `${file}: ${key}`,
        seen: "Pulumi ignores this key at the top of the file",
        allowed: topKeys.join(", "),
        remedy: belongsToConfig(key, project)
          ? `Indent it below config${key.includes(":") ? "" : `, as ${project}:${key}`}.`
          : guess
            ? `Did you mean ${guess}?`
            : `Remove it, or put settings below config: ${formatValue(`${project}:<section>`)}.`,
      };
    });
}

const belongsToConfig = (key: string, project: string): boolean =>
  /^[\w.-]+:[\w.-]+$/.test(key) || Object.hasOwn(sections, key) || key === project;
