/**
 * Pulumi's runner prints an unhandled error with `util.inspect(error, {colors: true})`. Its source maps name files such as
 * `node_modules/@pulumi/resource.ts`, and Node 20's inspect never ends on a scoped package without a further folder: half a
 * minute and three gigabytes for one line of text (pulumi/pulumi issues 20567 and 21326 show the same). So the folder is
 * put back before the runner sees the error. Called once, first thing in the program.
 */
export function repairErrorStacks(): void {
  process.prependListener("uncaughtException", repairStack);
  process.prependListener("unhandledRejection", repairStack);
}

/** Puts the package's folder back into the paths of an error's stack, and of what caused it. */
export function repairStack(error: unknown): void {
  for (let one = error, depth = 0; one instanceof Error && depth < 10; one = one.cause, depth += 1) {
    one.stack = one.stack?.replace(
      /([/\\]node_modules[/\\]@pulumi)([/\\])([^/\\\s]+\.ts:)/g,
      "$1$2pulumi$2$3",
    );
  }
}
