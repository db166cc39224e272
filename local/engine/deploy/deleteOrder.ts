import { leansOn, type ResourceState } from "../state/state";

/**
 * Splits condemned resources into layers: everything in a layer may be deleted at once, and a layer is started only
 * when the one before it is gone. Within `all` (checkpoint order), a resource goes before everything it leans on.
 * A replaced resource that is still there (`delete: true`) does not hold back the deletion of its successor.
 */
export function deletionLayers(condemned: readonly ResourceState[]): ResourceState[][] {
  const remaining = new Set(condemned);
  const layers: ResourceState[][] = [];
  while (remaining.size > 0) {
    const needed = new Set<string>();
    for (const resource of remaining) for (const urn of leansOn(resource)) needed.add(urn);
    let layer = [...remaining].filter((resource) => !needed.has(resource.urn));
    // A circle cannot come from a sound state; deleting in reverse order of creation is then the best there is.
    if (layer.length === 0) layer = [...remaining].slice(-1);
    for (const resource of layer) remaining.delete(resource);
    layers.push(layer.reverse());
  }
  return layers;
}

/** Why a delete needs no call to the provider, or undefined if it does. */
export function deletedWithoutCall(
  resource: ResourceState,
  condemned: ReadonlySet<string>,
): "external" | "retained" | "deleted-with" | "component" | "provider" | "already-deleted" | undefined {
  if (resource.external) return "external";
  if (resource.pendingReplacement) return "already-deleted";
  if (!resource.custom) return "component";
  if (resource.type.startsWith("pulumi:providers:")) return "provider";
  if (resource.retainOnDelete) return "retained";
  if (resource.deletedWith && condemned.has(resource.deletedWith)) return "deleted-with";
  return undefined;
}

/**
 * The resources that lean, directly or through others, on `root`, in checkpoint order (every one after what it leans on).
 * `registered` are those seen in this run: whatever leans on the root cannot have been registered before it.
 */
export function dependantsOf(
  root: ResourceState,
  resources: readonly ResourceState[],
  registered: ReadonlySet<string>,
): ResourceState[] {
  const affected = new Set([root.urn]);
  const found: ResourceState[] = [];
  for (const resource of resources.slice(resources.indexOf(root) + 1)) {
    if (registered.has(resource.urn)) continue;
    if ([...leansOn(resource)].some((urn) => affected.has(urn))) {
      affected.add(resource.urn);
      found.push(resource);
    }
  }
  return found;
}
