import type { Deployment } from "../deploy/deployment";
import { getResource, resourcesOfStack, stackReference } from "../deploy/reads";
import { EngineError } from "../errors";
import { noDiff } from "../values/diff";
import { parseUrn } from "../values/urn";
import type { Properties } from "../values/values";
import type { Provider } from "./provider";

/** The package whose provider is part of every engine, and has a place in the state like any other. */
export const builtinPackage = "pulumi";

/** The provider of stack references, and of the functions that look into states. */
export function builtinProvider(d: Deployment): Provider {
  const nothing = async (): Promise<void> => undefined;
  const refuse = async (what: string): Promise<never> => {
    const text = `${what} is built into the Pulumi CLI, and not known to the embedded engine; use the Pulumi CLI for this program`;
    throw new EngineError("unsupported", text);
  };
  return {
    stop: () => undefined,
    cancel: nothing,
    isConfigured: () => true,
    configure: nothing,
    checkConfig: async (_target, _olds, inputs) => ({ inputs, failures: [] }),
    diffConfig: async () => noDiff,
    check: ({ urn }) => refuse(parseUrn(urn).type),
    diff: ({ urn }) => refuse(parseUrn(urn).type),
    create: ({ urn }) => refuse(parseUrn(urn).type),
    update: ({ urn }) => refuse(parseUrn(urn).type),
    remove: ({ urn }) => refuse(parseUrn(urn).type),
    async read({ urn, id = "" }, { inputs, outputs }) {
      const { type } = parseUrn(urn);
      if (type !== "pulumi:pulumi:StackReference") return refuse(type);
      const name = String(inputs.name ?? outputs.name);
      return { id, outputs: await stackReference(d, name), inputs: undefined };
    },
    async invoke(token, args) {
      return { result: await call(token, args), failures: [] };
    },
  };

  async function call(token: string, args: Properties): Promise<Properties> {
    switch (token.slice("pulumi:pulumi:".length)) {
      case "getResource":
        return getResource(d, String(args.urn));
      case "readStackOutputs":
        return stackReference(d, String(args.name));
      case "readStackResourceOutputs": {
        const resources = await resourcesOfStack(d, String(args.stackName));
        const seen = resources.map(({ urn, type, outputs = {} }) => [urn, { type, outputs }] as const);
        return { name: String(args.stackName), outputs: Object.fromEntries(seen) };
      }
      default:
        return refuse(`the function ${token}`);
    }
  }
}
