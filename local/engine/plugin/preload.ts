/**
 * Loaded with --require before Pulumi's own code (program runner, dynamic provider host). It removes code
 * that is slow or breaks a run, and does not change how a program behaves.
 */
import Module, { createRequire } from "node:module";
import util from "node:util";

// Node 22.1 and newer keep compiled code between runs.
(Module as { enableCompileCache?: () => void }).enableCompileCache?.();

/**
 * The runner prints an uncaught error with `util.inspect(error, { colors: true })`. On Node 20 that never
 * returns when a stack frame names a file directly under `node_modules/@scope/`, as the source maps of
 * @pulumi/pulumi do. Without colours the faulty code is not reached.
 */
const { inspect } = util;
const plain = (value: unknown, options?: unknown, ...rest: unknown[]): string => {
  const isObject = typeof options === "object" && options !== null;
  const given = isObject ? { ...options, colors: false } : options;
  return (inspect as (...all: unknown[]) => string)(value, given, ...rest);
};
util.inspect = Object.assign(plain, inspect) as typeof inspect;

/**
 * The SDK sends debugging messages one after the other, which this engine drops, and records the mapped stack of every
 * promise, which only PULUMI_DEBUG_PROMISE_LEAKS prints: two thirds of its time with many resources. An SDK of another
 * version is left as it is.
 */
try {
  const sdk = createRequire(process.argv[1] ?? "");
  const log = sdk("../../log") as { debug: unknown };
  log.debug = async () => undefined;
  type Promises = { debugPromiseLeaks?: boolean; debuggablePromise: (...given: unknown[]) => unknown };
  const promises = sdk("../../runtime/debuggable") as Promises;
  const { debuggablePromise } = promises;
  if (!promises.debugPromiseLeaks)
    promises.debuggablePromise = (...given) => {
      const limit = Error.stackTraceLimit;
      Error.stackTraceLimit = 0;
      try {
        return debuggablePromise(...given);
      } finally {
        Error.stackTraceLimit = limit;
      }
    };
} catch {
  // Another SDK: nothing to speed up.
}
