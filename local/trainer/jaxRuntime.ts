import type * as Jax from "@jax-js/jax";

/** The array library as a whole, handed to what builds on it. */
export type JaxLibrary = typeof Jax;

let loading: Promise<JaxLibrary> | undefined;

/**
 * Loads jax-js with its WebAssembly backend, once per thread.
 *
 * jax-js sizes its thread pool by `navigator.hardwareConcurrency` when it is first imported. Node 20 has no `navigator`, and on a small machine the
 * pool only adds memory and contention, so one thread is announced before the import.
 */
export function loadJax(): Promise<JaxLibrary> {
  loading ??= (async () => {
    Object.defineProperty(globalThis, "navigator", {
      value: { hardwareConcurrency: 1 },
      configurable: true,
      writable: true,
    });
    // The dynamic import is typed as the ES module build, everything else as the CommonJS one; they are the same library.
    const jax = (await import("@jax-js/jax")) as unknown as JaxLibrary;
    await jax.init("wasm");
    jax.defaultDevice("wasm");
    return jax;
  })();
  return loading;
}
