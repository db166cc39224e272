import { noDiff } from "../values/diff";
import { checkRunning, count, describeStep, fail, perform, type Deployment } from "./deployment";
import { ProviderError } from "../plugin/providerErrors";
import { providerFromState } from "../plugin/providers";
import { diffRefreshed } from "./resourceDiff";
import { forgetReferences, type ResourceState } from "../state/state";
import { isProviderType } from "../values/urn";
import { markAdditionalSecrets, sameValue, type Properties } from "../values/values";

/**
 * Asks the providers what became of every resource, and takes the answers into the state: changed outputs (and inputs,
 * where a provider returns them), new initialisation errors, and resources that are gone.
 */
export async function refreshAll(d: Deployment): Promise<void> {
  const gone = new Set<string>();
  const resources = d.journal
    .resources()
    .filter((r) => r.custom && !isProviderType(r.type) && !r.pendingReplacement);
  const results = await Promise.allSettled(resources.map((resource) => refreshOne(d, resource, gone)));
  if (gone.size > 0) {
    for (const resource of d.journal.resources())
      if (forgetReferences(resource, gone)) d.journal.touch(resource);
  }
  for (const resource of d.journal.resources()) if (!resource.custom) count(d, "same", resource.urn);
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
  checkRunning(d);
}

async function refreshOne(d: Deployment, resource: ResourceState, gone: Set<string>): Promise<void> {
  const step = describeStep("refresh", resource.urn, { old: resource });
  await perform(d, step, async () => {
    const { provider } = await providerFromState(d, resource.provider ?? "");
    const past = { inputs: resource.inputs ?? {}, outputs: resource.outputs ?? {} };
    const before = { ...resource };
    try {
      const target = { urn: resource.urn, id: resource.id ?? "" };
      const found = await provider.read(target, past, resource.customTimeouts?.read ?? 0);
      if (!found) {
        step.operation = "delete";
        d.journal.drop(resource);
        gone.add(resource.urn);
        return count(d, "delete", resource.urn);
      }
      resource.id = found.id;
      take(resource, found.outputs, found.inputs);
      delete resource.initErrors;
    } catch (error) {
      if (!(error instanceof ProviderError) || !error.initFailure) throw error;
      const { properties, inputs, reasons } = error.initFailure;
      take(resource, properties, inputs);
      resource.initErrors = reasons;
      const message = `the resource is there, but not well:\n${reasons.map((reason) => `* ${reason}`).join("\n")}`;
      d.emit({ kind: "diagnostic", severity: "warning", message, urn: resource.urn });
    }
    const known =
      sameValue(before.outputs ?? {}, resource.outputs ?? {}) &&
      sameValue(before.inputs ?? {}, resource.inputs ?? {});
    if (!known) resource.modified = new Date().toISOString();
    // An external resource has no desired state it could have drifted from.
    const diff = resource.external
      ? { ...noDiff, changed: !known }
      : await diffRefreshed(provider, before, resource);
    step.old = before;
    step.next = resource;
    step.diff = diff;
    step.operation = diff.changed ? "update" : "same";
    d.journal.touch(resource);
    count(d, step.operation, resource.urn);
  });
}

function take(resource: ResourceState, outputs: Properties, inputs: Properties | undefined): void {
  resource.outputs = markAdditionalSecrets(outputs, resource.additionalSecretOutputs);
  if (inputs) resource.inputs = inputs;
}

/**
 * Operations that were under way when an earlier run died. Whatever was being created may exist without being known:
 * that is said, and kept in the state until a refresh is told to forget it; the others are simply tried again.
 */
export function reviewPending(d: Deployment, forget: boolean): void {
  const pending = d.journal.pending();
  for (const operation of pending) if (operation.type !== "creating" || forget) d.journal.end(operation);
  if (pending.length === 0) return;
  const list = pending
    .map(({ resource, type }) => `  * ${resource.urn}, interrupted while ${type}`)
    .join("\n");
  d.emit({
    kind: "diagnostic",
    severity: "warning",
    message:
      `Attempting to deploy or update resources with ${pending.length} pending operations from previous deployment.\n${list}\n` +
      `These resources are in an unknown state because the previous run was interrupted while waiting for changes to them. ` +
      `What was being created may exist already; creations are tried again (providers that look for what is there adopt it).`,
  });
}

/** A pending creation is settled once the resource is in the state: then it was made (again, or adopted). */
export function settlePendingCreations(d: Deployment): void {
  const known = new Set(d.journal.resources().map((resource) => resource.urn));
  for (const operation of d.journal.pending()) {
    if (operation.type === "creating" && known.has(operation.resource.urn)) d.journal.end(operation);
  }
}

/** Reports an unexpected error of a whole phase. */
export async function phase(d: Deployment, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    fail(d, error);
  }
}
