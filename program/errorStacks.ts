/**
 * Pulumi's runner prints an unhandled error with `util.inspect(error, {colors: true})`. Its source maps
 * contain paths such as `node_modules/@pulumi/resource.ts`. On a scoped package without a further folder,
 * Node 20's inspect needs half a minute and three gigabytes for one line (see pulumi/pulumi issues 20567 and
 * 21326). This inserts the missing folder before the runner gets the error. Call it once, at the start of the
 * program.
 */
export function repairErrorStacks(): void {
  process.prependListener("uncaughtException", repairStack);
  process.prependListener("unhandledRejection", repairStack);
}

/** Inserts the missing folder into the stack of an error and of its causes. */
export function repairStack(error: unknown): void {
  for (let one = error, depth = 0; one instanceof Error && depth < 10; one = one.cause, depth += 1) {
    one.stack = one.stack?.replace(
      /([/\\]node_modules[/\\]@pulumi)([/\\])([^/\\\s]+\.ts:)/g,
      "$1$2pulumi$2$3",
    );
  }
}
