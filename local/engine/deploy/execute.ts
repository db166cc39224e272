import type { Operation } from "../display/events";
import { ProviderError } from "../plugin/providerErrors";
import type { LoadedProvider } from "../plugin/registry";
import { dependenciesOf, type ResourceState } from "../state/state";
import type { Diff } from "../values/diff";
import { markAdditionalSecrets, markSecrets, type Properties } from "../values/values";
import { count, describeStep, perform, type Deployment, type Outcome } from "./deployment";

export function oldStateOf(resource: ResourceState): { inputs: Properties; outputs: Properties } {
  return { inputs: resource.inputs ?? {}, outputs: resource.outputs ?? {} };
}

export function resourceKeyOf(resource: ResourceState, urn = resource.urn): { urn: string; id: string } {
  return { urn, id: resource.id ?? "" };
}

/** Keeps an unchanged resource: its outputs are the old ones, everything else comes from the program. */
export function keepSame(d: Deployment, next: ResourceState, old: ResourceState): void {
  copyIdentity(next, old);
  next.outputs = markAdditionalSecrets(old.outputs ?? {}, next.additionalSecretOutputs);
  d.emit({ kind: "step-done", step: describeStep("same", next.urn, { old, next }), seconds: 0 });
  d.journal.add(next, old);
  count(d, "same", next.urn);
}

/** Keeps an untargeted resource as it was, after its dependencies: they may not be registered in this run. */
export function keepUntouched(d: Deployment, old: ResourceState): void {
  const keep = (resource: ResourceState): void => {
    for (const urn of dependenciesOf(resource)) {
      const below = d.olds.get(urn);
      if (!below || d.keptEarly.has(below) || d.registered.has(d.aliased.get(urn) ?? urn)) continue;
      d.keptEarly.add(below);
      keep(below);
    }
    d.journal.add(resource, resource);
  };
  keep(old);
  d.emit({ kind: "step-done", step: describeStep("same", old.urn, { old, next: old }), seconds: 0 });
  count(d, "same", old.urn);
}

function copyIdentity(next: ResourceState, old: ResourceState): void {
  next.id = old.id;
  next.importID = old.importID;
}

/** Creates a resource. A component has no provider and is only recorded. */
export function createResource(
  d: Deployment,
  next: ResourceState,
  loaded: LoadedProvider | undefined,
): Promise<void> {
  return create(d, "create", next, loaded, {}, () => d.journal.add(next));
}

/** The old one is gone already (`oldGone`), or stays pending deletion until the end of the run. */
export function createReplacement(
  d: Deployment,
  next: ResourceState,
  old: ResourceState,
  loaded: LoadedProvider,
  diff: Diff,
  oldGone: boolean,
): Promise<void> {
  return create(d, "create-replacement", next, loaded, { old, diff }, () => {
    if (oldGone) return d.journal.add(next, old);
    old.delete = true;
    d.journal.touch(old);
    d.journal.add(next);
  });
}

function create(
  d: Deployment,
  operation: Operation,
  next: ResourceState,
  loaded: LoadedProvider | undefined,
  before: { old?: ResourceState; diff?: Diff },
  place: () => void,
): Promise<void> {
  return perform(d, describeStep(operation, next.urn, { next, ...before }), {
    pending: loaded && { resource: next, type: "creating" },
    call: async () =>
      loaded?.provider.create(
        resourceKeyOf(next),
        next.inputs ?? {},
        next.customTimeouts?.create ?? 0,
        d.dryRun,
      ),
    record(outcome) {
      if (loaded && !applyOutcome(next, outcome)) return;
      setTimestamps(next, undefined);
      place();
      // A creation that an earlier run did not finish is complete now.
      for (const earlier of d.journal.pending()) {
        if (earlier.type === "creating" && earlier.resource.urn === next.urn) d.journal.end(earlier);
      }
    },
  });
}

/** Updates a resource in place. Of a component only the state changes. */
export function updateResource(
  d: Deployment,
  next: ResourceState,
  old: ResourceState,
  loaded: LoadedProvider | undefined,
  diff: Diff,
): Promise<void> {
  copyIdentity(next, old);
  const options = {
    timeout: next.customTimeouts?.update ?? 0,
    ignoreChanges: next.ignoreChanges ?? [],
    preview: d.dryRun,
  };
  return perform(d, describeStep("update", next.urn, { old, next, diff }), {
    pending: loaded && { resource: old, type: "updating" },
    call: async () => {
      if (!loaded) return { id: "", outputs: old.outputs ?? {} };
      const outputs = await loaded.provider.update(
        resourceKeyOf(old, next.urn),
        oldStateOf(old),
        next.inputs ?? {},
        options,
      );
      return { id: old.id ?? "", outputs };
    },
    record(outcome) {
      if (!applyOutcome(next, outcome)) return;
      // As Pulumi does (OnResourceStepPost): an update that partly failed is not done, so the next run compares with the old inputs.
      if ("error" in outcome) next.inputs = old.inputs;
      setTimestamps(next, old);
      d.journal.add(next, old);
    },
  });
}

/** Copies the provider's answer into the state to record; false if the resource does not exist at all. */
function applyOutcome(
  next: ResourceState,
  outcome: Outcome<{ id: string; outputs: Properties } | undefined>,
): boolean {
  let { id, outputs } = "result" in outcome && outcome.result ? outcome.result : { id: "", outputs: {} };
  if ("error" in outcome) {
    const failure = outcome.error instanceof ProviderError ? outcome.error.initFailure : undefined;
    if (!failure) return false;
    const inputs = next.inputs ?? {};
    [id, outputs] = [failure.id || (next.id ?? ""), markSecrets(failure.properties, inputs)];
    if (failure.inputs) next.inputs = markSecrets(failure.inputs, inputs);
    next.initErrors = failure.reasons;
  }
  next.id = id || undefined;
  next.outputs = markAdditionalSecrets(outputs, next.additionalSecretOutputs);
  return true;
}

function setTimestamps(next: ResourceState, old: ResourceState | undefined): void {
  const now = new Date().toISOString();
  next.created = old?.created ?? now;
  next.modified = now;
}
