import { embeddedConfig, hasFileBackend } from "./embedded";
import { pulumiConfig } from "./pulumiCli";

/** A stack's settings by their full key, from whatever engine keeps them. */
export async function stackSettings(
  cwd: string,
  stack: string,
  env: NodeJS.ProcessEnv,
): Promise<(key: string) => string | undefined> {
  const read = (await hasFileBackend(cwd, env)) ? embeddedConfig : pulumiConfig;
  return read(cwd, stack, env);
}
