/**
 * Repairs errors before Pulumi's runner prints them. Call it once, at the start of the program.
 */
export function repairErrors(): void {
  process.prependListener("uncaughtException", repairError);
  process.prependListener("unhandledRejection", repairError);
  // The runner has reported the rejection by then. Without a listener Node prints a warning about each one.
  process.on("rejectionHandled", () => undefined);
}

function repairError(error: unknown): void {
  repairMessage(error);
  repairStack(error);
}

/**
 * Removes Pulumi's property names from the message of a `RunError`. An error inside `apply` fails every resource that
 * depends on it, and each adds `error serializing property "…": ` to the one error (@pulumi/pulumi/runtime/rpc.js 3.248.0,
 * `serializeFilteredProperties`). The messages of this program name the setting themselves. In other errors, which are
 * bugs, the names help.
 */
export function repairMessage(error: unknown): void {
  if (!(error instanceof Error) || !("__pulumiRunError" in error)) return;
  error.message = error.message.replace(/^(error serializing property "(?:[^"\\]|\\.)*": )+/, "");
}

/**
 * Inserts the missing folder into the stack of an error and of its causes. The runner prints an unhandled error with
 * `util.inspect(error, {colors: true})`. Its source maps contain paths such as `node_modules/@pulumi/resource.ts`. On a
 * scoped package without a further folder, Node 20's inspect needs half a minute and three gigabytes for one line (see
 * pulumi/pulumi issues 20567 and 21326).
 */
export function repairStack(error: unknown): void {
  for (let one = error, depth = 0; one instanceof Error && depth < 10; one = one.cause, depth += 1) {
    one.stack = one.stack?.replace(
      /([/\\]node_modules[/\\]@pulumi)([/\\])([^/\\\s]+\.ts:)/g,
      "$1$2pulumi$2$3",
    );
  }
}
