import { renderResource, renderCheckpoint } from "./checkpoint";
import { integrityProblems } from "./integrity";
import type { Crypter } from "./secrets";
import {
  renameReferences,
  type PendingKind,
  type PendingOperation,
  type ResourceState,
  type Snapshot,
} from "./state";

/**
 * The state while it changes. Resources finished in this run come first, in the order they finished; those not yet
 * touched follow in their old order. Every step of a run is a change here, followed by `save`.
 */
export type Journal = {
  /** All resources, in checkpoint order. */
  resources(): ResourceState[];
  pending(): PendingOperation[];
  /** The resources of the old state that nothing has taken the place of yet. */
  leftovers(): ResourceState[];
  /**
   * Records a finished resource; `old` is the one it takes the place of. If it was found by an alias, every mention of
   * that alias in other resources becomes its URN.
   */
  add(resource: ResourceState, old?: ResourceState): void;
  drop(resource: ResourceState): void;
  /** To be called after a change inside a resource. */
  touch(resource: ResourceState): void;
  begin(resource: ResourceState, type: PendingKind): PendingOperation;
  end(operation: PendingOperation): void;
  /** Settles when everything recorded so far is on disk. Saves that come while one is being written share the next. */
  save(): Promise<void>;
  /** Writes nothing any more; settles when the write under way, if any, has ended. */
  freeze(): Promise<void>;
  /** True if something was recorded that no save has written. */
  dirty(): boolean;
};

export type JournalTarget = {
  stackPath: string;
  version: string;
  crypter: Crypter;
  /** Writes the checkpoint's text; undefined in previews, where nothing is written. */
  write: ((text: string) => Promise<void>) | undefined;
};

/** Starts a journal on the state as it was loaded. */
export function openJournal(snapshot: Snapshot, target: JournalTarget): Journal {
  const finished = new Set<ResourceState>();
  const untouched = new Set(snapshot.resources);
  const pending = new Set(snapshot.pending);
  const rendered = new WeakMap<ResourceState, string>();
  const renamed = new Map<string, string>();
  let changed = false;
  let frozen = false;
  let last: Promise<void> | undefined;
  let queued: Promise<void> | undefined;

  const resources = (): ResourceState[] => [...finished, ...untouched];
  const render = (resource: ResourceState): string => {
    let text = rendered.get(resource);
    if (text === undefined) {
      text = renderResource(resource, target.crypter);
      rendered.set(resource, text);
    }
    return text;
  };
  const applyRenames = (): void => {
    if (renamed.size === 0) return;
    for (const resource of resources()) if (renameReferences(resource, renamed)) rendered.delete(resource);
    renamed.clear();
  };
  const writeNow = async (): Promise<void> => {
    if (!target.write || frozen) return;
    applyRenames();
    changed = false;
    const all = resources();
    const problems = integrityProblems(all);
    if (problems.length > 0) {
      throw new Error(
        `the engine was about to write a state that breaks its own rules (a bug):\n  ${problems.join("\n  ")}`,
      );
    }
    const text = renderCheckpoint({
      stackPath: target.stackPath,
      version: target.version,
      salt: target.crypter.salt,
      resources: all.map(render),
      pending: [...pending].map(
        ({ resource, type }) => `{"resource":${renderResource(resource, target.crypter)},"type":"${type}"}`,
      ),
    });
    await target.write(text);
  };

  return {
    resources: () => {
      applyRenames();
      return resources();
    },
    leftovers: () => [...untouched],
    pending: () => [...pending],
    add(resource, old) {
      if (old) untouched.delete(old);
      finished.add(resource);
      for (const alias of resource.aliases ?? []) renamed.set(alias, resource.urn);
      changed = true;
    },
    drop(resource) {
      changed = finished.delete(resource) || untouched.delete(resource) || changed;
    },
    touch(resource) {
      rendered.delete(resource);
      changed = true;
    },
    begin(resource, type) {
      // What an earlier run left pending is being tried again.
      for (const earlier of pending)
        if (earlier.resource.urn === resource.urn && earlier.type === type) pending.delete(earlier);
      const operation = { resource, type };
      pending.add(operation);
      changed = true;
      return operation;
    },
    end(operation) {
      changed = pending.delete(operation) || changed;
    },
    save() {
      if (!queued) {
        const mine: Promise<void> = (last ?? Promise.resolve())
          .catch(() => undefined)
          .then(() => {
            queued = undefined;
            return writeNow();
          });
        queued = mine;
        last = mine;
      }
      return queued;
    },
    freeze() {
      frozen = true;
      return (last ?? Promise.resolve()).catch(() => undefined);
    },
    dirty: () => changed,
  };
}
