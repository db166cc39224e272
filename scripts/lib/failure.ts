import { commandLineExitCode } from "./commandLine";

/**
 * Runs a script's main function and sets the exit code it returns. An expected failure is printed as its message alone,
 * which says what was seen, what is allowed and what to do next. `AZUREML_DEBUG=1` adds the stack trace.
 */
export function runMain(main: () => Promise<number>): void {
  main().then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      process.exitCode = commandLineExitCode(error) ?? reportFailure(error);
    },
  );
}

/** Prints the failure. Returns its exit code: the embedded engine's errors carry the Pulumi CLI's code, all others give 1. */
function reportFailure(error: unknown): number {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  if (process.env["AZUREML_DEBUG"] === "1" && error instanceof Error) {
    process.stderr.write(`${error.stack ?? ""}\n`);
  }
  const code: unknown = error instanceof Error && "exitCode" in error ? error.exitCode : undefined;
  return typeof code === "number" ? code : 1;
}
