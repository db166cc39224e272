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
      process.exitCode = 1;
    },
  );
}
