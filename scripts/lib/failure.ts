/**
 * Runs a script's main function: an expected failure is printed as its message alone (these messages are complete: what was
 * seen, what is allowed, what to do next); the stack of anything else only with `AZUREML_DEBUG=1`.
 */
export function runMain(main: () => Promise<number>): void {
  main().then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      const text = error instanceof Error ? error.message : String(error);
      process.stderr.write(`error: ${text}\n`);
      if (process.env["AZUREML_DEBUG"] === "1" && error instanceof Error) {
        process.stderr.write(`${error.stack ?? ""}\n`);
      }
      process.exitCode = exitCodeOf(error);
    },
  );
}

/** An error may name its own exit code (those of the embedded engine do, as the Pulumi CLI's); otherwise 1. */
function exitCodeOf(error: unknown): number {
  const code: unknown = error instanceof Error && "exitCode" in error ? error.exitCode : undefined;
  return typeof code === "number" ? code : 1;
}
