import type { EngineEvent, Violation } from "../../local/engine/display/events";
import { startChildren } from "../../local/engine/plugin/processes";
import { openPack, type PolicyPack } from "../../local/engine/policy/pack";
import type { ResourceState } from "../../local/engine/state/state";

export interface PackStack {
  name: string;
  /** Section `tags`. */
  tags?: Record<string, string>;
  /** Section `model`. */
  model?: object | undefined;
  /** File of the pack's configuration. */
  config?: string;
}

export interface OpenedPack {
  pack: PolicyPack;
  /** What the pack's process printed. */
  printed: EngineEvent[];
  close(): Promise<void>;
}

/** Starts the compiled pack in Pulumi's own policy host, as an engine does for a stack. */
export async function startPack({ name, tags = {}, model = {}, config }: PackStack): Promise<OpenedPack> {
  const children = startChildren();
  const printed: EngineEvent[] = [];
  const options = {
    project: { name: "azureml-finetune" },
    stack: name,
    config: new Map(
      Object.entries({ tags, model }).map(([key, value]) => [
        `azureml-finetune:${key}`,
        { text: JSON.stringify(value), secret: false, object: true },
      ]),
    ),
    env: process.env,
    dryRun: true,
    emit: (event: EngineEvent) => printed.push(event),
  } as unknown as Parameters<typeof openPack>[2];
  const pack = await openPack(
    { directory: "policy", config },
    process.cwd(),
    options,
    children,
    "127.0.0.1:1",
  );
  return {
    pack,
    printed,
    async close() {
      pack.stop();
      await children.close();
    },
  };
}

/** A resource called `thing`, with the same values as inputs and as outputs. */
export function thing(
  type: string,
  props: object,
  ignored: string[] = [],
): Parameters<PolicyPack["analyze"]>[0] {
  const urn = `urn:pulumi:dev::azureml-finetune::${type}::thing`;
  const values = props as NonNullable<ResourceState["inputs"]>;
  const state = { urn, type, custom: true, inputs: values, outputs: values, ignoreChanges: ignored };
  return { state, deleteBeforeReplace: undefined, provider: undefined };
}

export const messagesOf = (violations: readonly Violation[], policy?: string): string[] =>
  violations.filter((one) => policy === undefined || one.policy === policy).map(({ message }) => message);
