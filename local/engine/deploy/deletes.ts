import type { Operation } from "../display/events";
import { EngineError } from "../errors";
import { providerFromState } from "./providers";
import { dependenciesOf, type ResourceState } from "../state/state";
import { compareInputs, isReplacement } from "../values/diff";
import { isProviderType, parseReference } from "../values/urn";
import { unknownValue, type Properties } from "../values/values";
import { checkRunning, describeStep, fail, perform, Stopped, type Deployment } from "./deployment";
import { oldStateOf, resourceKeyOf } from "./execute";

/**
 * Layers that may be deleted at once, one after the other: dependants before what they depend on. As in Pulumi (`ScheduleDeletes`) a
 * resource is in the last layer that its dependencies allow, so one without any is deleted last.
 */
export function deletionLayers(pendingDeletion: readonly ResourceState[]): ResourceState[][] {
  // By URN. In a valid state, dependencies come first.
  const depths = new Map<string, number>();
  const layers: ResourceState[][] = [];
  for (const resource of pendingDeletion) {
    const below = [...dependenciesOf(resource)].map((urn) => depths.get(urn) ?? -1);
    const depth = Math.max(-1, ...below) + 1;
    depths.set(resource.urn, Math.max(depths.get(resource.urn) ?? -1, depth));
    (layers[depth] ??= []).unshift(resource);
  }
  return layers.reverse();
}

/** Nothing real is behind such a resource, or it is retained. */
export function isDeletedWithoutCall(resource: ResourceState, pendingDeletion: ReadonlySet<string>): boolean {
  return (
    !resource.custom ||
    isProviderType(resource.type) ||
    resource.external === true ||
    resource.pendingReplacement === true ||
    resource.retainOnDelete === true ||
    (resource.deletedWith !== undefined && pendingDeletion.has(resource.deletedWith))
  );
}

function deleteResource(
  d: Deployment,
  operation: Operation,
  old: ResourceState,
  pendingDeletion: ReadonlySet<string>,
  after: () => void = () => d.journal.drop(old),
): Promise<void> {
  const isSkipped = isDeletedWithoutCall(old, pendingDeletion);
  return perform(d, describeStep(operation, old.urn, { old }), {
    pending: isSkipped ? undefined : { resource: old, type: "deleting" },
    call: async () => {
      if (isSkipped || d.dryRun) return;
      const { provider } = await providerFromState(d, old.provider ?? "");
      await provider.remove(resourceKeyOf(old), oldStateOf(old), old.customTimeouts?.delete ?? 0);
    },
    record(outcome) {
      if ("result" in outcome) after();
    },
  });
}

/**
 * Deletes layer by layer. A failure keeps the layers after it or, in a run that continues on errors, what the
 * failed resource depends on. Protected resources are named before anything is deleted. Throws Stopped.
 */
export async function deleteResources(d: Deployment, resources: readonly ResourceState[]): Promise<void> {
  const pendingDeletion = d.targets.all ? resources : targetedDeletes(d, resources);
  refuseProtected(d, pendingDeletion);
  const urns = new Set(pendingDeletion.map((resource) => resource.urn));
  const stillNeeded = new Set<string>();
  let failed: unknown;
  for (const layer of deletionLayers(pendingDeletion)) {
    checkRunning(d);
    const remove = async (resource: ResourceState): Promise<void> => {
      try {
        if (stillNeeded.has(resource.urn)) throw new Stopped("a resource that depends on it still exists");
        await deleteResource(d, deleteOperation(resource), resource, urns);
      } catch (error) {
        for (const urn of dependenciesOf(resource)) stillNeeded.add(urn);
        failed = error;
      }
    };
    await Promise.all(layer.map(remove));
    if (failed && !d.continueOnError) break;
  }
  if (failed) throw failed;
}

/** Errors: resource, if a resource that is not a target depends on one. */
function targetedDeletes(d: Deployment, resources: readonly ResourceState[]): ResourceState[] {
  const targets = resources.filter((resource) => d.targets.names(resource));
  const gone = new Set(targets.filter((resource) => !resource.delete).map((resource) => resource.urn));
  const kept = d.journal.resources().filter((resource) => !targets.includes(resource));
  const dependants = kept.filter((resource) => [...dependenciesOf(resource)].some((urn) => gone.has(urn)));
  if (dependants.length === 0) return targets;
  throw new EngineError(
    "resource",
    `these resources depend on what is to be deleted, but are not targets themselves:\n` +
      dependants.map(({ urn }) => `  ${urn}\n`).join("") +
      `name them with --target too, or add --target-dependents`,
  );
}

function deleteOperation(resource: ResourceState): Operation {
  if (resource.pendingReplacement) return "remove-pending-replace";
  if (resource.external) return "discard";
  return resource.delete ? "delete-replaced" : "delete";
}

function refuseProtected(d: Deployment, pendingDeletion: readonly ResourceState[]): void {
  let stopped: Stopped | undefined;
  for (const { urn, protect, delete: isReplaced } of pendingDeletion) {
    if (!protect || isReplaced) continue;
    const message =
      `resource "${urn}" cannot be deleted\nbecause it is protected. To unprotect the resource, remove the \`protect\` flag ` +
      `from the resource in your Pulumi program and run \`up\` before deleting it`;
    stopped = fail(d, new EngineError("resource", message), urn);
  }
  if (stopped) throw stopped;
}

/**
 * Deletes a resource that is about to be replaced, after all that have to be replaced with it. Each stays in
 * the state with a pending replacement until it is created again, so that a crash in between loses nothing.
 */
export async function deleteBeforeReplace(d: Deployment, root: ResourceState): Promise<void> {
  const chain = await replacedAlong(d, root);
  const pendingDeletion = new Set(chain.map((resource) => resource.urn));
  for (const resource of chain.reverse()) {
    if (resource !== root) {
      if (resource.protect) {
        throw new EngineError(
          "resource",
          `unable to replace resource "${resource.urn}" as part of replacing "${root.urn}" as it is currently marked for protection. ` +
            `To unprotect it, remove the \`protect\` flag from it in your Pulumi program and run \`up\``,
        );
      }
      if (d.deletedFirst.has(resource)) continue;
      d.deletedFirst.add(resource);
      d.replaced.add(resource.urn);
    }
    if (resource.pendingReplacement) continue;
    await deleteResource(d, "delete-replaced", resource, pendingDeletion, () => {
      resource.pendingReplacement = true;
      d.journal.touch(resource);
    });
  }
}

async function replacedAlong(d: Deployment, root: ResourceState): Promise<ResourceState[]> {
  const affected = new Set([root.urn]);
  const replaced = new Set([root.urn]);
  const chain = [root];
  const live = d.journal.resources().filter((resource) => !resource.delete);
  for (const resource of live.slice(live.indexOf(root) + 1)) {
    // A resource that depends on the root cannot have been registered before it.
    if (d.registered.has(resource.urn) || ![...dependenciesOf(resource)].some((urn) => affected.has(urn)))
      continue;
    affected.add(resource.urn);
    if (!(await replacedWith(d, resource, replaced))) continue;
    replaced.add(resource.urn);
    chain.push(resource);
  }
  return chain;
}

/** The provider decides, with the changed inputs unknown. */
async function replacedWith(
  d: Deployment,
  resource: ResourceState,
  replaced: ReadonlySet<string>,
): Promise<boolean> {
  if (!resource.custom || resource.external || isProviderType(resource.type)) return false;
  if (replaced.has(parseReference(resource.provider ?? "").urn)) return true;
  if (resource.deletedWith && replaced.has(resource.deletedWith)) return true;
  const past = oldStateOf(resource);
  const touched = Object.keys(past.inputs).filter((key) =>
    (resource.propertyDependencies?.[key] ?? []).some((urn) => replaced.has(urn)),
  );
  if (touched.length === 0) return false;
  const changed: Properties = {
    ...past.inputs,
    ...Object.fromEntries(touched.map((key) => [key, unknownValue])),
  };
  const { provider } = await providerFromState(d, resource.provider ?? "");
  const diff = await provider.diff(resourceKeyOf(resource), past, changed, []);
  return isReplacement(diff ?? compareInputs(past.inputs, changed));
}
