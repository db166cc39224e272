/** Caches the results of asynchronous functions by key. A failed call is not cached: the next call tries again. */
export class PromiseCache<T> {
  private readonly values = new Map<string, Promise<T>>();

  get(key: string, load: () => Promise<T>): Promise<T> {
    const cached = this.values.get(key);
    if (cached) return cached;
    const value = load();
    this.values.set(key, value);
    value.catch(() => this.values.delete(key));
    return value;
  }
}

/** A cache for each owner (an Azure session), released with it. */
export function cachePerOwner<T>(): (owner: object) => PromiseCache<T> {
  const caches = new WeakMap<object, PromiseCache<T>>();
  return (owner) => {
    const cache = caches.get(owner) ?? new PromiseCache<T>();
    caches.set(owner, cache);
    return cache;
  };
}
