/** What a run created, in order. A path enters before its PUT is sent, so an interrupted PUT is undone too. */
export interface Ledger {
  /** Notes a resource. False if it was noted before. */
  add(path: string): boolean;
  /** Its PUT was refused: there is nothing to delete. */
  remove(path: string): void;
  has(path: string): boolean;
  /** Newest first. */
  entries(): readonly string[];
}

export function createLedger(): Ledger {
  const paths = new Map<string, string>();
  return {
    add: (path) => {
      if (paths.has(path.toLowerCase())) return false;
      paths.set(path.toLowerCase(), path);
      return true;
    },
    remove: (path) => void paths.delete(path.toLowerCase()),
    has: (path) => paths.has(path.toLowerCase()),
    entries: () => [...paths.values()].reverse(),
  };
}
