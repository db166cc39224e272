import type * as Jax from "@jax-js/jax";

export type JaxLibrary = typeof Jax;

let loading: Promise<JaxLibrary> | undefined;

/**
 * jax-js sizes its thread pool by `navigator.hardwareConcurrency`, which Node 20 lacks. One thread is
 * announced before the import: on a small machine the pool only costs memory and contention.
 */
export function loadJax(): Promise<JaxLibrary> {
  loading ??= (async () => {
    Object.defineProperty(globalThis, "navigator", {
      value: { hardwareConcurrency: 1 },
      configurable: true,
      writable: true,
    });
    // The import has the types of the ES module build, the rest those of the CommonJS build.
    const jax = (await import("@jax-js/jax")) as unknown as JaxLibrary;
    await jax.init("wasm");
    jax.defaultDevice("wasm");
    return jax;
  })();
  return loading;
}
