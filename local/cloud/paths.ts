import * as fs from "node:fs";
import * as path from "node:path";

/**
 * The nearest directory above this file that contains Pulumi.yaml or package.json, for compiled code and for
 * source.
 */
export function projectRoot(): string {
  let directory = __dirname;
  while (!fs.existsSync(path.join(directory, "package.json"))) {
    const parent = path.dirname(directory);
    if (parent === directory) throw new Error(`no package.json above ${__dirname}`);
    directory = parent;
  }
  return directory;
}

/**
 * Directory of all local state: `.local` in the project, or `AZUREML_LOCAL_HOME` (relative to the project
 * root).
 */
export function localHome(env: NodeJS.ProcessEnv = process.env, root = projectRoot()): string {
  return path.resolve(root, env["AZUREML_LOCAL_HOME"] || ".local");
}

export function cloudHome(env: NodeJS.ProcessEnv = process.env, root = projectRoot()): string {
  return path.join(localHome(env, root), "cloud");
}

/**
 * A compiled file, for child processes; `relative` is the path below `dist/`.
 * @throws if the project has not been built
 */
export function compiledFile(relative: string): string {
  const file = path.join(projectRoot(), "dist", relative);
  if (!fs.existsSync(file)) throw new Error(`${file} is missing: run \`npm run build\` first.`);
  return file;
}
