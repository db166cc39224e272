import { EngineError } from "../errors";
import type { Provider } from "../plugin/provider";
import { openState, readState } from "../state/backend";
import { findPassphrase } from "../state/secrets";
import { noDiff } from "../values/diff";
import { parseUrn, stackReferenceType, stackType } from "../values/urn";
import { hasSecrets, type Properties } from "../values/values";
import type { Deployment } from "./deployment";

/** It has an entry in the state like any other provider. */
export const builtinPackage = "pulumi";

export function builtinProvider(d: Deployment): Provider {
  const nothing = async (): Promise<void> => undefined;
  const refuse = async (what: string): Promise<never> => {
    throw new EngineError(
      "unsupported",
      `the embedded engine does not support ${what}; use the Pulumi CLI for this program`,
    );
  };
  const refuseResource = ({ urn }: { urn: string }): Promise<never> => refuse(parseUrn(urn).type);
  return {
    stop: () => undefined,
    terminate: nothing,
    cancel: nothing,
    isConfigured: () => true,
    configure: nothing,
    checkConfig: async (_target, _olds, inputs) => ({ inputs, failures: [] }),
    diffConfig: async () => noDiff,
    check: refuseResource,
    diff: refuseResource,
    create: refuseResource,
    update: refuseResource,
    remove: refuseResource,
    async read(target, { inputs, outputs }) {
      if (parseUrn(target.urn).type !== stackReferenceType) return refuseResource(target);
      const name = String(inputs.name ?? outputs.name);
      return { id: target.id ?? "", outputs: await stackReference(d, name), inputs: undefined };
    },
    invoke: (token) => refuse(`the function ${token}`),
  };
}

/** The outputs of a StackReference to `stack`, `project/stack` or `organization/project/stack`. */
async function stackReference(d: Deployment, name: string): Promise<Properties> {
  const [stack = "", project = d.project.name] = name.split("/").reverse();
  const file = await readState(d.backend, project, stack);
  if (!file) {
    throw new EngineError(
      "resource",
      `unknown stack "${name}": this backend has no state of ${project}/${stack}`,
    );
  }
  const { resources } = await openState(file, d.crypter, await findPassphrase(d.env));
  const outputs = resources.find(({ type, delete: isOld }) => type === stackType && !isOld)?.outputs ?? {};
  const secretOutputNames = Object.keys(outputs).filter((key) => hasSecrets(outputs[key]));
  return { name, outputs, secretOutputNames: secretOutputNames.sort() };
}
