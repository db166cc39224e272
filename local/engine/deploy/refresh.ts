import { ProviderError } from "../plugin/providerErrors";
import { providerFromState } from "./providers";
import { forgetReferences, renameReferences, type ResourceState } from "../state/state";
import { noDiff } from "../values/diff";
import { isProviderType, parseUrn } from "../values/urn";
import { markAdditionalSecrets, markSecrets, sameValue, type Properties } from "../values/values";
import { checkRunning, count, describeStep, perform, urnOf, type Deployment } from "./deployment";
import { oldStateOf, resourceKeyOf } from "./execute";
import { diffRefreshed } from "./resourceDiff";

/** Updates outputs (and inputs, where a provider returns them), and drops what no longer exists. */
export async function refreshAll(d: Deployment): Promise<void> {
  const selected = d.journal.resources().filter((resource) => d.targets.names(resource));
  const isReal = (r: ResourceState): boolean => r.custom && !isProviderType(r.type) && !r.pendingReplacement;
  const results = await Promise.allSettled(
    selected.filter(isReal).map((resource) => refreshOne(d, resource)),
  );
  removeDanglingReferences(d);
  for (const resource of selected) if (!resource.custom) count(d, "same", resource.urn);
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
  checkRunning(d);
}

type Found = { id: string; outputs: Properties; inputs: Properties | undefined } | undefined;

async function refreshOne(d: Deployment, resource: ResourceState): Promise<void> {
  const before = { ...resource };
  const step = describeStep("refresh", resource.urn, { old: before });
  await perform<Found>(d, step, {
    async call() {
      const { provider } = await providerFromState(d, resource.provider ?? "");
      const timeout = resource.customTimeouts?.read ?? 0;
      const found = await readWithInitErrors(d, resource, () =>
        provider.read(resourceKeyOf(resource), oldStateOf(resource), timeout),
      );
      if (!found) return undefined;
      resource.id = found.id;
      resource.outputs = markAdditionalSecrets(found.outputs, resource.additionalSecretOutputs);
      resource.inputs = found.inputs ?? resource.inputs;
      const isKnown =
        sameValue(before.outputs ?? {}, resource.outputs) &&
        sameValue(before.inputs ?? {}, resource.inputs ?? {});
      if (!isKnown) resource.modified = new Date().toISOString();
      // An external resource has no desired state to differ from.
      step.diff = resource.external
        ? { ...noDiff, changed: !isKnown }
        : await diffRefreshed(provider, before, resource);
      return found;
    },
    record(outcome) {
      if ("error" in outcome) return;
      if (outcome.result) {
        step.next = resource;
        step.operation = step.diff?.changed ? "update" : "same";
        return d.journal.touch(resource);
      }
      step.operation = "delete";
      d.journal.drop(resource);
    },
  });
}

/** A resource that exists but is not ready counts as found, with a warning. */
async function readWithInitErrors(
  d: Deployment,
  resource: ResourceState,
  read: () => Promise<Found>,
): Promise<Found> {
  try {
    const found = await read();
    resource.initErrors = undefined;
    return found;
  } catch (error) {
    if (!(error instanceof ProviderError) || !error.initFailure) throw error;
    const { id, properties, inputs, reasons } = error.initFailure;
    resource.initErrors = reasons;
    const message = `the resource exists, but is not ready:\n${reasons.map((reason) => `* ${reason}`).join("\n")}`;
    d.emit({ kind: "diagnostic", severity: "warning", message, urn: resource.urn });
    const known = { ...resource.outputs, ...resource.inputs };
    return {
      id: id || (resource.id ?? ""),
      outputs: markSecrets(properties, known),
      inputs: inputs && markSecrets(inputs, resource.inputs ?? {}),
    };
  }
}

/** Children of a missing parent move up to its parent, which changes their URN and all references to it. */
function removeDanglingReferences(d: Deployment): void {
  const renamed = new Map<string, string>();
  const parents = new Map([...d.olds.values()].map((resource) => [resource.urn, resource.parent]));
  const resources = d.journal.resources();
  const present = new Set(resources.map((resource) => resource.urn));
  const gone = new Set([...parents.keys()].filter((urn) => !present.has(urn)));
  if (gone.size === 0) return;
  for (const resource of resources) {
    let isChanged = renameReferences(resource, renamed);
    const urn = resource.urn;
    let parent = resource.parent;
    while (parent && gone.has(parent)) parent = parents.get(parent);
    if (parent !== resource.parent) {
      resource.parent = renamed.get(parent ?? "") ?? parent;
      const { type, name } = parseUrn(urn);
      resource.urn = urnOf(d, type, name, resource.parent);
      renamed.set(urn, resource.urn);
      isChanged = true;
    }
    if (forgetReferences(resource, gone) || isChanged) d.journal.touch(resource);
  }
}

/**
 * Reports operations that an earlier run left in progress. A resource that was being created may exist
 * unrecorded: its operation stays until a refresh is asked to forget it. The others are tried again.
 */
export function reportPending(d: Deployment, forget: boolean): void {
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
      `A resource that was being created may exist already; creations are tried again (providers that look up existing resources adopt it).`,
  });
}
