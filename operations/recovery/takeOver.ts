import { type ExportedState, referencesOf, resourcesOf, type StateResource } from "./deployment";
import { isUnknown } from "./nativeIds";

/** A resource of this stack that exists in Azure and is missing in the state. */
export interface FoundResource {
  /** As the interrupted run or a preview has registered it. */
  resource: StateResource;
  /** As Azure returns it. */
  id: string;
  /** Of a dynamic resource. A native one is read by the next update. */
  outputs?: Record<string, unknown>;
}

/** What the recovery has found out about a creation. */
export interface Examined {
  /** For people. */
  title: string;
  found?: FoundResource;
  /** Why it does not belong to this stack. */
  problem?: string;
}

/** Recorded with a resource that is taken over: both engines repeat the creation as an update because of it. */
const initError =
  "Its creation was interrupted. It was found in Azure and taken over; the next update completes it.";

/**
 * The state with the found resources, and without the creations that were examined. A resource of the same URN that
 * is still there is the one that the found one replaces.
 *
 * The found resource is recorded as one whose initialisation failed. Pulumi updates such a resource in the next
 * `up` even if its inputs are equal, which writes all its properties and reads its outputs.
 */
export function takeOver(
  state: ExportedState,
  found: readonly FoundResource[],
  examined: ReadonlySet<string>,
): ExportedState {
  const added: StateResource[] = found.map(({ resource, id, outputs = {} }) => ({
    ...resource,
    custom: true,
    id,
    inputs: knownInputs(resource.inputs),
    outputs,
    initErrors: [initError],
    delete: undefined,
    pendingReplacement: undefined,
  }));
  const addedUrns = new Set(added.map(({ urn }) => urn));
  const addedIds = new Set(found.map(({ id }) => id.toLowerCase()));
  const kept = resourcesOf(state).flatMap((resource) => {
    // A version that was replaced, is not deleted yet, and is wanted again.
    if (resource.delete && addedIds.has(resource.id?.toLowerCase() ?? "")) return [];
    if (!addedUrns.has(resource.urn) || resource.delete) return [resource];
    // Deleted before its replacement: nothing of it is left in Azure.
    return resource.pendingReplacement ? [] : [{ ...resource, delete: true }];
  });
  const operations = (state.deployment.pending_operations ?? []).filter(
    ({ type, resource }) => type !== "creating" || !examined.has(resource.urn),
  );
  const resources = inOrder([...kept, ...added]);
  return { ...state, deployment: { ...state.deployment, resources, pending_operations: operations } };
}

/** A preview marks inputs that it does not know, and hides secrets. The update that follows has both. */
function knownInputs(inputs: StateResource["inputs"]): Record<string, unknown> {
  const isKnown = (value: unknown): boolean => {
    if (isUnknown(value) || value === "[secret]") return false;
    return typeof value !== "object" || value === null || Object.values(value).every(isKnown);
  };
  return Object.fromEntries(Object.entries(inputs ?? {}).filter(([, value]) => isKnown(value)));
}

/** References point backwards only: a resource that refers to an added one moves behind it. Otherwise the order is kept. */
export function inOrder(resources: readonly StateResource[]): StateResource[] {
  const ordered: StateResource[] = [];
  const placed = new Set<StateResource>();
  const live = new Map(resources.filter((item) => !item.delete).map((item) => [item.urn, item]));
  const place = (item: StateResource): void => {
    if (placed.has(item)) return;
    placed.add(item);
    for (const urn of referencesOf(item)) {
      const other = live.get(urn);
      if (other) place(other);
    }
    ordered.push(item);
  };
  resources.forEach(place);
  // References to a resource that the state does not have would make it invalid.
  return ordered.map((item) => withoutLostReferences(item, live));
}

function withoutLostReferences(item: StateResource, live: ReadonlyMap<string, StateResource>): StateResource {
  const keep = (urns: string[] | null | undefined): string[] => (urns ?? []).filter((urn) => live.has(urn));
  const { dependencies, propertyDependencies } = item;
  return {
    ...item,
    ...(dependencies ? { dependencies: keep(dependencies) } : {}),
    ...(propertyDependencies
      ? {
          propertyDependencies: Object.fromEntries(
            Object.entries(propertyDependencies).map(([name, urns]) => [name, keep(urns)]),
          ),
        }
      : {}),
  };
}
