import { changing, count, describeStep, perform, type Deployment } from "./deployment";
import type { Diff } from "../values/diff";
import type { Operation } from "../display/events";
import { ProviderError, type InitFailure } from "../plugin/providerErrors";
import type { LoadedProvider } from "../plugin/providers";
import type { ResourceState } from "../state/state";
import { markAdditionalSecrets, markSecrets, type Properties } from "../values/values";

/** Takes over an unchanged resource: its outputs are the old ones, everything else is what the program says now. */
export async function keepSame(d: Deployment, next: ResourceState, old: ResourceState): Promise<void> {
  takeOver(next, old);
  next.outputs = markAdditionalSecrets(old.outputs ?? {}, next.additionalSecretOutputs);
  const step = describeStep("same", next.urn, { old, next });
  d.emit({ kind: "step-done", step, seconds: 0 });
  d.journal.add(next, old);
  count(d, "same", next.urn);
}

function takeOver(next: ResourceState, old: ResourceState): void {
  if (old.id) next.id = old.id;
  if (old.importID) next.importID = old.importID;
}

/** Makes a resource that was not there. */
export function createResource(
  d: Deployment,
  next: ResourceState,
  loaded: LoadedProvider | undefined,
): Promise<void> {
  return create(d, "create", next, loaded, undefined, () => d.journal.add(next));
}

/**
 * Makes the replacement of a resource. The old one is gone already (`oldGone`), or stays in the state marked for
 * deletion at the end of the run.
 */
export async function createReplacement(
  d: Deployment,
  next: ResourceState,
  old: ResourceState,
  loaded: LoadedProvider,
  diff: Diff,
  oldGone: boolean,
): Promise<void> {
  await create(d, "create-replacement", next, loaded, { old, diff }, () => {
    if (oldGone) return d.journal.add(next, old);
    old.delete = true;
    d.journal.touch(old);
    d.journal.add(next);
  });
  count(d, "replace", next.urn);
}

async function create(
  d: Deployment,
  operation: Operation,
  next: ResourceState,
  loaded: LoadedProvider | undefined,
  before: { old: ResourceState; diff: Diff } | undefined,
  place: () => void,
): Promise<void> {
  const step = describeStep(operation, next.urn, { next, ...before });
  await perform(d, step, async () => {
    const inputs = next.inputs ?? {};
    if (!loaded) {
      stamp(next, undefined);
      return place();
    }
    await changing(
      d,
      next,
      "creating",
      () => loaded.provider.create({ urn: next.urn }, inputs, next.customTimeouts?.create ?? 0, d.dryRun),
      (outcome) => {
        if ("result" in outcome) finish(next, outcome.result.id, outcome.result.outputs);
        else if (!keepInitFailure(next, outcome.error)) return;
        stamp(next, undefined);
        place();
      },
    );
  });
  if (operation === "create") count(d, "create", next.urn);
}

/** Changes a resource in place; without a provider (components) only the state changes. */
export async function updateResource(
  d: Deployment,
  next: ResourceState,
  old: ResourceState,
  loaded: LoadedProvider | undefined,
  diff: Diff,
): Promise<void> {
  takeOver(next, old);
  const step = describeStep("update", next.urn, { old, next, diff });
  await perform(d, step, async () => {
    if (!loaded) {
      next.outputs = old.outputs ?? {};
      stamp(next, old);
      return d.journal.add(next, old);
    }
    const options = {
      timeout: next.customTimeouts?.update ?? 0,
      ignoreChanges: next.ignoreChanges ?? [],
      preview: d.dryRun,
    };
    const past = { inputs: old.inputs ?? {}, outputs: old.outputs ?? {} };
    await changing(
      d,
      old,
      "updating",
      () => loaded.provider.update({ urn: next.urn, id: old.id ?? "" }, past, next.inputs ?? {}, options),
      (outcome) => {
        if ("result" in outcome) finish(next, old.id ?? "", outcome.result);
        else if (!keepInitFailure(next, outcome.error)) return;
        stamp(next, old);
        d.journal.add(next, old);
      },
    );
  });
  count(d, "update", next.urn);
}

function finish(next: ResourceState, id: string, outputs: Properties): void {
  next.id = id;
  next.outputs = markAdditionalSecrets(outputs, next.additionalSecretOutputs);
}

/** Puts a partial failure into the state to be recorded; false if the resource does not exist at all. */
function keepInitFailure(next: ResourceState, error: unknown): boolean {
  const failure: InitFailure | undefined = error instanceof ProviderError ? error.initFailure : undefined;
  if (!failure) return false;
  const inputs = next.inputs ?? {};
  finish(next, failure.id || next.id || "", markSecrets(failure.properties, inputs));
  if (failure.inputs) next.inputs = markSecrets(failure.inputs, inputs);
  next.initErrors = failure.reasons;
  return true;
}

function stamp(next: ResourceState, old: ResourceState | undefined): void {
  const now = new Date().toISOString();
  next.created = old?.created ?? next.created ?? now;
  next.modified = now;
}
