import { renderCheckpoint, renderResource } from "./checkpoint";
import { integrityProblems } from "./integrity";
import type { Crypter } from "./secrets";
import {
  renameReferences,
  type PendingKind,
  type PendingOperation,
  type ResourceState,
  type Snapshot,
} from "./state";

type JournalTarget = {
  stackPath: string;
  version: string;
  crypter: Crypter;
  /** Writes the checkpoint, given in pieces; undefined in previews, where nothing is written. */
  write: ((file: Buffer[]) => Promise<void>) | undefined;
};

export type Journal = ReturnType<typeof openJournal>;

/**
 * Resources finished in this run come first, in the order they finished; untouched ones follow in their old
 * order. A `save` costs what changed: the bytes of all other resources are cached.
 */
export function openJournal(snapshot: Snapshot, target: JournalTarget) {
  const finished = new Set<ResourceState>();
  const untouched = new Set(snapshot.resources);
  const pending = new Set(snapshot.pending);
  const rendered = new WeakMap<object, Buffer>();
  const renamed = new Map<string, string>();
  /** Undefined after any change but an addition, so that all resources are checked. */
  let added: Set<ResourceState> | undefined = new Set();
  let changed = false;
  let frozen = false;
  let last: Promise<void> = Promise.resolve();
  let queued: Promise<void> | undefined;

  const kept = (key: object, render: () => string): Buffer => {
    const bytes = rendered.get(key) ?? Buffer.from(render());
    rendered.set(key, bytes);
    return bytes;
  };
  const bytesOf = (resource: ResourceState): Buffer =>
    kept(resource, () => renderResource(resource, target.crypter));
  const bytesOfPending = (operation: PendingOperation): Buffer =>
    kept(operation, () => {
      return `{"resource":${renderResource(operation.resource, target.crypter)},"type":"${operation.type}"}`;
    });
  const touch = (resource: ResourceState): void => {
    rendered.delete(resource);
    added = undefined;
    changed = true;
  };
  const resources = (): ResourceState[] => {
    const all = [...finished, ...untouched];
    if (renamed.size > 0)
      for (const resource of all) if (renameReferences(resource, renamed)) touch(resource);
    renamed.clear();
    return all;
  };
  const writeNow = async (): Promise<void> => {
    // Changes that are made in this turn of the event loop are part of the write.
    await new Promise((resolve) => setImmediate(resolve));
    queued = undefined;
    if (!target.write || frozen) return;
    const all = resources();
    const problems = integrityProblems(all, added);
    if (problems.length > 0) {
      throw new Error(
        `the engine was about to write a state that breaks its own rules (a bug):\n  ${problems.join("\n  ")}`,
      );
    }
    added = new Set();
    changed = false;
    const { stackPath, version, crypter } = target;
    const file = renderCheckpoint({
      ...{ stackPath, version, salt: crypter.salt, rest: snapshot.rest },
      resources: all.map(bytesOf),
      pending: [...pending].map(bytesOfPending),
    });
    try {
      await target.write(file);
    } catch (error) {
      changed = true;
      throw error;
    }
  };

  return {
    /** All resources, in checkpoint order. */
    resources,
    /** The resources of the old state that nothing has replaced yet. */
    leftovers: (): ResourceState[] => [...untouched],
    pending: (): PendingOperation[] => [...pending],
    /** If it was found by an alias, every reference to that alias becomes its URN. */
    add(resource: ResourceState, old?: ResourceState): void {
      if (old) untouched.delete(old);
      finished.add(resource);
      rendered.delete(resource);
      if (old && old.urn !== resource.urn) added = undefined;
      added?.add(resource);
      for (const alias of resource.aliases ?? [])
        if (alias !== resource.urn) renamed.set(alias, resource.urn);
      changed = true;
    },
    drop(resource: ResourceState): void {
      if (finished.delete(resource) || untouched.delete(resource)) touch(resource);
    },
    /** To be called after a change inside a resource. */
    touch,
    begin(resource: ResourceState, type: PendingKind): PendingOperation {
      const operation = { resource, type };
      pending.add(operation);
      changed = true;
      return operation;
    },
    end(operation: PendingOperation): void {
      changed = pending.delete(operation) || changed;
    },
    /** Saves that arrive during a write share the next one. */
    save(): Promise<void> {
      queued ??= last = last.catch(() => undefined).then(writeNow);
      return queued;
    },
    /** Stops all writes; settles when the current write, if any, has ended. */
    freeze(): Promise<void> {
      frozen = true;
      return last.catch(() => undefined);
    },
    dirty: (): boolean => changed,
  };
}
