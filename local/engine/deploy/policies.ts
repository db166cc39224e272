import type { Violation } from "../display/events";
import type { PolicyPack } from "../policy/pack";
import type { ResourceState } from "../state/state";
import { parseReference, stackType } from "../values/urn";
import { isSecret, isUnknown, signatureKey, type Properties, type Value } from "../values/values";
import { Stopped, type Deployment } from "./deployment";

/**
 * Checks a resource's inputs with every pack before anything happens to it. A mandatory violation stops an update; a preview continues, to
 * show all violations (pulumi/pulumi, pkg/resource/deploy/analyze_snapshot.go). Throws Stopped.
 */
export async function analyzeResource(d: Deployment, state: ResourceState): Promise<void> {
  const found = await Promise.all(d.packs.map((pack) => pack.analyze(described(d, state))));
  if (!report(d, found.flat().map(withoutSecretsOf([state.inputs]))) || d.dryRun) return;
  d.unavailable.add(state.urn);
  if (!d.continueOnError) d.stopping ??= "failed";
  throw new Stopped(`${state.urn} violates a policy`);
}

/** Checks the outputs of all resources that the program has registered, after the last step. */
export async function analyzeStack(d: Deployment): Promise<void> {
  if (d.packs.length === 0) return;
  const resources = [...d.registered.values()].map((state) => {
    const isStack = state.type === stackType && d.stackOutputs !== undefined;
    return described(d, isStack ? { ...state, outputs: d.stackOutputs } : state);
  });
  const root = resources.find(({ state }) => state.type === stackType)?.state.urn ?? "";
  const found = await Promise.all(d.packs.map((pack) => pack.analyzeStack(resources)));
  const hide = withoutSecretsOf(resources.map(({ state }) => state.outputs));
  report(
    d,
    found.flat().map((one) => hide({ ...one, urn: d.registered.has(one.urn) ? one.urn : root })),
  );
}

/** Policies see secrets in plain text, as in Pulumi, but their messages must not show them. */
function withoutSecretsOf(all: readonly (Properties | undefined)[]): (violation: Violation) => Violation {
  const words = new Set<string>();
  const collect = (value: Value | undefined, isHidden: boolean): void => {
    if (typeof value === "string" && isHidden && value !== "" && !isUnknown(value)) words.add(value);
    if (typeof value !== "object" || value === null) return;
    const hidden = isHidden || isSecret(value);
    // The other entry of a secret is its signature.
    for (const [key, inner] of Object.entries(value) as [string, Value][])
      if (key !== signatureKey) collect(inner, hidden);
  };
  for (const properties of all) collect(properties, false);
  const hide = (text: string): string =>
    [...words].reduce((left, word) => left.replaceAll(word, "[secret]"), text);
  return (violation) => ({ ...violation, message: hide(violation.message) });
}

function described(d: Deployment, state: ResourceState): Parameters<PolicyPack["analyze"]>[0] {
  const provider = state.provider && d.providers.registered.get(parseReference(state.provider).urn)?.state;
  const { deleteBeforeReplace } = d.goals.get(state.urn) ?? {};
  return { state, deleteBeforeReplace, provider: provider || undefined };
}

/** Whether one of the violations is mandatory. */
function report(d: Deployment, violations: readonly Violation[]): boolean {
  for (const violation of violations) d.emit({ kind: "policy", violation });
  const isMandatory = violations.some(({ level }) => level === "mandatory");
  if (isMandatory) d.sawError = true;
  return isMandatory;
}
