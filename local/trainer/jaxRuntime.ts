import type * as Jax from "@jax-js/jax";

/** The array library, passed to the functions that use it. */
export type JaxLibrary = typeof Jax;

let loading: Promise<JaxLibrary> | undefined;

/**
 * Loads jax-js with its WebAssembly backend, once per thread.
 *
 * jax-js sizes its thread pool by `navigator.hardwareConcurrency` when it is first imported. Node 20 has no
 * `navigator`. One thread is announced before the import, because on a small machine the pool only costs
 * memory and contention.
 */
export function loadJax(): Promise<JaxLibrary> {
  loading ??= (async () => {
    Object.defineProperty(globalThis, "navigator", {
      value: { hardwareConcurrency: 1 },
      configurable: true,
      writable: true,
    });
    // The dynamic import has the types of the ES module build, the rest those of the CommonJS build; the
    // library is the same.
    const jax = (await import("@jax-js/jax")) as unknown as JaxLibrary;
    await jax.init("wasm");
    jax.defaultDevice("wasm");
    return jax;
  })();
  return loading;
}
