import { parseDocument } from "yaml";

/**
 * A stack's file with another value of `endpoint.enabled`. Comments, order and encrypted values stay.
 * @param text content of `Pulumi.<stack>.yaml`.
 * @param section the whole section as the engine resolves it. The file may leave it to the project's default, and a section in the
 * file replaces the default as a whole.
 */
export function withEndpoint(
  text: string,
  project: string,
  section: Readonly<Record<string, unknown>>,
  enabled: boolean,
): string {
  const document = parseDocument(text);
  const path = ["config", `${project}:endpoint`];
  if (document.hasIn(path)) document.setIn([...path, "enabled"], enabled);
  else document.setIn(path, document.createNode({ ...section, enabled }));
  return document.toString({ lineWidth: 0 });
}
