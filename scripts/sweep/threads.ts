import { createRequire } from "node:module";

let running = 0;

/** Whether DuckDB works. Its threads are not among the resources that Node reports. */
export const areThreadsWorking = (): boolean => running > 0;

/** From now on counts the queries of DuckDB in this process. Its module must not be loaded yet. */
export function watchDuckdb(): void {
  const load = createRequire(__filename);
  const name = load.resolve("@duckdb/node-bindings");
  const native = load(name) as Record<string, unknown>;
  const counted = Object.entries(Object.getOwnPropertyDescriptors(native)).map(([key, { value }]) => [
    key,
    typeof value === "function" && !isClass(value) ? count(native, value as Native) : (value as unknown),
  ]);
  const module = load.cache[name];
  // The functions of a native module cannot be replaced: the module is.
  if (module) module.exports = Object.fromEntries(counted);
}

type Native = (...args: unknown[]) => unknown;

const isClass = (value: object): boolean => Object.hasOwn(value, "prototype");

function count(native: object, call: Native): Native {
  return (...args) => {
    const result = call.apply(native, args);
    if (!(result instanceof Promise)) return result;
    running += 1;
    return result.finally(() => (running -= 1));
  };
}
