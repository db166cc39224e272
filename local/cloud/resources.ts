/** ARM resources in the store, keyed by lower-case id. */
import type { ArmResource, ArmResources, Store } from "./cloud";

const COLLECTION = "resources";

/** The type a resource id names: `Microsoft.X/y/z`; resource groups are `Microsoft.Resources/resourceGroups`. */
export function typeOfId(id: string): string {
  const providers = id.split(/\/providers\//i);
  if (providers.length === 1) {
    return /\/resourcegroups\/[^/]+$/i.test(id)
      ? "Microsoft.Resources/resourceGroups"
      : "Microsoft.Resources/subscriptions";
  }
  const [namespace = "", ...segments] = (providers.at(-1) ?? "").split("/");
  return [namespace, ...segments.filter((_, index) => index % 2 === 0)].join("/");
}

export function createResources(store: Store): ArmResources {
  const key = (id: string): string => id.toLowerCase().replace(/\/+$/, "");
  /** Keys by lower-case type, in the order they were made. */
  const byType = new Map<string, Set<string>>();
  const index = (id: string): Set<string> => {
    const type = typeOfId(id).toLowerCase();
    const keys = byType.get(type) ?? new Set<string>();
    byType.set(type, keys);
    return keys;
  };
  for (const [id] of store.list<ArmResource>(COLLECTION)) index(id).add(id);
  const hooks = new Map<string, Array<(resource: ArmResource) => Promise<void> | void>>();

  const resources: ArmResources = {
    get: (id) => store.get<ArmResource>(COLLECTION, key(id)),
    put: (resource) => {
      const before = store.get<ArmResource>(COLLECTION, key(resource.id));
      // The first PUT decides how an id is written.
      store.put(
        COLLECTION,
        key(resource.id),
        before ? { ...resource, id: before.id, name: before.name } : resource,
      );
      index(key(resource.id)).add(key(resource.id));
    },
    delete: (id) => {
      store.delete(COLLECTION, key(id));
      index(key(id)).delete(key(id));
    },
    children: (id) => store.list<ArmResource>(COLLECTION, `${key(id)}/`).map(([, resource]) => resource),
    ofType: (type) =>
      [...(byType.get(type.toLowerCase()) ?? [])].flatMap(
        (id) => store.get<ArmResource>(COLLECTION, id) ?? [],
      ),
    onRemove: (type, hook) => {
      const name = type.toLowerCase();
      hooks.set(name, [...(hooks.get(name) ?? []), hook]);
    },
    removeTree: async (id) => {
      const root = resources.get(id);
      const tree = [...(root ? [root] : []), ...resources.children(id)];
      const depth = (resource: ArmResource): number => resource.id.split("/").length;
      for (const resource of tree.sort((a, b) => depth(b) - depth(a))) {
        for (const hook of hooks.get(typeOfId(resource.id).toLowerCase()) ?? []) await hook(resource);
        resources.delete(resource.id);
      }
    },
  };
  return resources;
}
