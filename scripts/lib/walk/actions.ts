import { cpSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import * as path from "node:path";
import { checkOut, type WalkHome } from "./checkout";

type Action = (given: Record<string, string>, home: WalkHome, project: string) => string | undefined;

const installed = (): string => "installed already";

/** What the actions of the workflows do in a walk, and a line about it for the log. */
const actions: Record<string, Action> = {
  "actions/checkout": (_given, home, project) => void checkOut(project, home.checkout, home.merged),
  "actions/setup-node": ({ "node-version": version = "" }) =>
    process.versions.node.startsWith(`${version}.`)
      ? undefined
      : `Node ${process.versions.node} instead of ${version}`,
  "actions/setup-go": installed,
  "actions/setup-python": installed,
  "azure/login": () => "as the identity of the local cloud",
  "pulumi/actions": ({ command }) => {
    if (command) throw new Error(`pulumi/actions with command: ${command} is not walked; use a run step`);
    return "the embedded engine";
  },
  "actions/upload-artifact": ({ name = "artifact", path: from = "" }, { artifacts, checkout }) => {
    const source = path.join(checkout, from);
    if (!existsSync(source)) return `no files in ${from}`;
    cpSync(source, path.join(artifacts, name), { recursive: true });
    return undefined;
  },
  "actions/download-artifact": ({ name, pattern, path: to = "." }, { artifacts, checkout }) => {
    const matches = new RegExp(`^${(name ?? pattern ?? "*").replaceAll("*", ".*")}$`);
    const found = readdirSync(artifacts).filter((one) => matches.test(one));
    // As the action does: by name, the files themselves; by pattern, a folder for each.
    if (name && found.length === 0) throw new Error(`Artifact not found for name: ${name}`);
    for (const one of found) {
      const target = path.join(checkout, to, name ? "" : one);
      mkdirSync(target, { recursive: true });
      cpSync(path.join(artifacts, one), target, { recursive: true });
    }
    return undefined;
  },
};

/** Does what an action would do. Errors: an action that the walk does not know, by name. */
export function performAction(
  uses: string,
  given: Record<string, string>,
  home: WalkHome,
  project: string,
): string | undefined {
  const [name = ""] = uses.split("@");
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (!action) {
    const known = Object.keys(actions).join(", ");
    throw new Error(`the walk does not know the action ${name}. It knows ${known}.`);
  }
  return action(given, home, project);
}
