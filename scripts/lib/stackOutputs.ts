import { openStack, stackOutputsOf } from "../../local/engine/open";
import { hiddenSecrets, withoutSecrets } from "../../local/engine/values/values";
import { hasFileBackend } from "./engines/embedded";
import { pulumiOutput } from "./engines/pulumiCli";
import { projectRoot } from "./localStack";

/**
 * The outputs of a stack, from whatever engine keeps them: the embedded engine reads states in a directory (`file://`), the Pulumi CLI
 * every other backend.
 * @param showSecrets secrets in plain text; otherwise `[secret]` stands for each.
 * @throws PulumiCliError
 */
export async function stackOutputs(
  stack: string,
  env: NodeJS.ProcessEnv,
  showSecrets = false,
): Promise<unknown> {
  if (await hasFileBackend(projectRoot, env)) {
    const outputs = stackOutputsOf((await openStack(projectRoot, stack, env)).snapshot);
    return showSecrets ? withoutSecrets(outputs) : hiddenSecrets(outputs);
  }
  const words = ["stack", "output", "--json", "--non-interactive", "--stack", stack];
  return JSON.parse(
    await pulumiOutput([...words, ...(showSecrets ? ["--show-secrets"] : [])], projectRoot, env),
  ) as unknown;
}
