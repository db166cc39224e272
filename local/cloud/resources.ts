import type { ArmResource, ArmResources, Store } from "./cloud";

const COLLECTION = "resources";

/** The type in a resource id: `Microsoft.X/y/z`; resource groups are `Microsoft.Resources/resourceGroups`. */
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
  /** Keys by lower-case type, in order of creation. */
  const byType = new Map<string, Set<string>>();
  const index = (id: string): Set<string> => {
    const type = typeOfId(id).toLowerCase();
    const keys = byType.get(type) ?? new Set<string>();
    byType.set(type, keys);
    return keys;
  };
  const tree = createTree();
  for (const [id] of store.list<ArmResource>(COLLECTION)) {
    index(id).add(id);
    tree.add(id);
  }
  const hooks = new Map<string, Array<(resource: ArmResource) => Promise<void> | void>>();

  /** Every read parses documents: skip those whose id does not match. */
  const read = (keys: Iterable<string>, matches: (id: string) => boolean = () => true): ArmResource[] =>
    [...keys].flatMap((id) => (matches(id) ? (store.get<ArmResource>(COLLECTION, id) ?? []) : []));

  const resources: ArmResources = {
    get: (id) => store.get<ArmResource>(COLLECTION, key(id)),
    put: (resource) => {
      const before = store.get<ArmResource>(COLLECTION, key(resource.id));
      // The first PUT decides the casing of an id.
      store.put(
        COLLECTION,
        key(resource.id),
        before ? { ...resource, id: before.id, name: before.name } : resource,
      );
      index(key(resource.id)).add(key(resource.id));
      tree.add(key(resource.id));
    },
    delete: (id) => {
      store.delete(COLLECTION, key(id));
      index(key(id)).delete(key(id));
      tree.remove(key(id));
    },
    idsBelow: (id) => tree.below(key(id)),
    children: (id, matches) => read(tree.below(key(id)), matches),
    ofType: (type, matches) => read(byType.get(type.toLowerCase()) ?? [], matches),
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

interface Branch {
  key?: string;
  below: Map<string, Branch>;
}

/** To find what is below an id without visiting all keys. */
function createTree(): { add(key: string): void; remove(key: string): void; below(key: string): string[] } {
  const root: Branch = { below: new Map() };
  const path = (key: string): Branch[] => {
    const branches = [root];
    for (const segment of key.split("/")) {
      const next = branches.at(-1)?.below.get(segment);
      if (!next) return [];
      branches.push(next);
    }
    return branches;
  };
  return {
    add: (key) => {
      let branch = root;
      for (const segment of key.split("/")) {
        const next = branch.below.get(segment) ?? { below: new Map<string, Branch>() };
        branch.below.set(segment, next);
        branch = next;
      }
      branch.key = key;
    },
    remove: (key) => {
      const branches = path(key);
      const segments = key.split("/");
      const last = branches.at(-1);
      if (!last || branches.length === 0) return;
      delete last.key;
      for (let depth = branches.length - 1; depth > 0; depth--) {
        const branch = branches[depth];
        if (branch?.key !== undefined || (branch?.below.size ?? 0) > 0) return;
        branches[depth - 1]?.below.delete(segments[depth - 1] ?? "");
      }
    },
    below: (key) => {
      const found: string[] = [];
      const collect = (branch: Branch): void => {
        for (const next of branch.below.values()) {
          if (next.key !== undefined) found.push(next.key);
          collect(next);
        }
      };
      const top = path(key).at(-1);
      if (top) collect(top);
      return found;
    },
  };
}
