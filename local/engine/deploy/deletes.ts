import { changing, count, describeStep, perform, checkRunning, fail, type Deployment } from "./deployment";
import { deletedWithoutCall, deletionLayers } from "./deleteOrder";
import { EngineError } from "../errors";
import type { Operation } from "../display/events";
import { providerFromState } from "../plugin/providers";
import type { ResourceState } from "../state/state";

/** Deletes one resource (or lets go of it, where nothing is to be called) and takes it out of the state. */
export async function deleteResource(
  d: Deployment,
  operation: Operation,
  old: ResourceState,
  condemned: ReadonlySet<string>,
  after: () => void = () => d.journal.drop(old),
): Promise<void> {
  const quiet = deletedWithoutCall(old, condemned);
  await perform(d, describeStep(operation, old.urn, { old }), async () => {
    if (quiet) {
      after();
      if (quiet !== "component" && quiet !== "provider") d.journal.touch(old);
      return;
    }
    const { provider } = await providerFromState(d, old.provider ?? "");
    const past = { inputs: old.inputs ?? {}, outputs: old.outputs ?? {} };
    if (d.dryRun) return after();
    await changing(
      d,
      old,
      "deleting",
      () => provider.remove({ urn: old.urn, id: old.id ?? "" }, past, old.customTimeouts?.delete ?? 0),
      (outcome) => {
        if ("result" in outcome) after();
      },
    );
  });
  count(d, operation, old.urn);
}

/**
 * Deletes what the program no longer has, and what was replaced: layer by layer, everything a resource leans on after
 * it, the members of a layer in parallel. A failure in a layer keeps the ones after it.
 * Errors: Stopped, reported; protected resources are named before anything is deleted.
 */
export async function deleteCondemned(d: Deployment, condemned: readonly ResourceState[]): Promise<void> {
  refuseProtected(d, condemned);
  const urns = new Set(condemned.filter((resource) => !resource.delete).map((resource) => resource.urn));
  for (const layer of deletionLayers(condemned)) {
    checkRunning(d);
    const results = await Promise.allSettled(
      layer.map((resource) => deleteResource(d, deleteOperation(d, resource), resource, urns)),
    );
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
  }
}

function deleteOperation(d: Deployment, resource: ResourceState): Operation {
  if (resource.pendingReplacement) return "remove-pending-replace";
  return resource.delete && d.replaced.has(d.aliased.get(resource.urn) ?? resource.urn)
    ? "delete-replaced"
    : "delete";
}

function refuseProtected(d: Deployment, condemned: readonly ResourceState[]): void {
  const kept = condemned.filter((resource) => resource.protect && !resource.delete);
  for (const { urn } of kept) {
    const message =
      `resource "${urn}" cannot be deleted\nbecause it is protected. To unprotect the resource, remove the \`protect\` flag ` +
      `from the resource in your Pulumi program and run \`up\` before deleting it`;
    const stopped = fail(d, new EngineError("resource", message), urn);
    if (urn === kept.at(-1)?.urn) throw stopped;
  }
}
