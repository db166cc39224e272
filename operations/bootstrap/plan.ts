import { personSteps } from "./identitySteps";
import { type BootstrapOptions, bootstrapNames, secretsProvider, type Surroundings } from "./options";
import { pipelineSteps } from "./pipelineSteps";
import type { Finding, Step } from "./step";
import { subscriptionSteps } from "./subscriptionSteps";

/** What the stack's file says about its secrets. */
export interface StackFile {
  secretsprovider?: string;
  encryptedkey?: string;
}

/**
 * Everything that an environment needs once, in the order of its creation. Pure: it depends on its arguments only.
 * @param stackFile the stack's own file, as far as it is about secrets.
 */
export function bootstrapPlan(
  options: BootstrapOptions,
  surroundings: Surroundings,
  stackFile: StackFile,
): Step[] {
  return [
    ...subscriptionSteps(options),
    ...personSteps(options, surroundings),
    ...pipelineSteps(options, surroundings),
    stackStep(options, surroundings, stackFile),
  ];
}

/**
 * The stack. It is created here and never by a pipeline: `encryptedkey`, which this writes to the stack's file, would be lost with
 * the runner (pulumi/pulumi#5650, #8183; pulumi/actions#788).
 */
function stackStep(options: BootstrapOptions, surroundings: Surroundings, stackFile: StackFile): Step {
  const { environment } = options;
  const { backend } = bootstrapNames(options);
  const provider = secretsProvider(options, surroundings);
  const file = `Pulumi.${environment}.yaml`;
  const env = { PULUMI_BACKEND_URL: backend };
  const read = (output: string): Finding => {
    const stacks = JSON.parse(output || "[]") as Array<{ name: string }>;
    if (!stacks.some(({ name }) => name === environment || name.endsWith(`/${environment}`)))
      return { state: "missing" };
    if (stackFile.secretsprovider === provider && stackFile.encryptedkey) return { state: "exists" };
    return {
      state: "differs",
      detail: stackFile.encryptedkey
        ? `expected secretsprovider ${provider}, ${file} has ${stackFile.secretsprovider ?? "none"}`
        : `the stack exists, but ${file} has no encryptedkey: get the file of whoever created the stack (git pull). ` +
          `If it is lost and the stack is empty: pulumi stack rm ${environment}, then run this again`,
    };
  };
  return {
    id: "stack",
    title: `stack ${environment} in ${backend}`,
    reason: `writes secretsprovider and encryptedkey to ${file}: commit them`,
    after: [
      "container",
      "key",
      "role person Storage Blob Data Contributor",
      "role person Key Vault Crypto User",
    ],
    check: { program: "pulumi", argv: ["stack", "ls", "--json", "--non-interactive"], env },
    read,
    create: {
      program: "pulumi",
      argv: ["stack", "init", environment, "--secrets-provider", provider, "--non-interactive"],
      env,
    },
  };
}
