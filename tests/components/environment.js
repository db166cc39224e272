const { TestEnvironment } = require("jest-environment-node");

const isRefusal = (error) => error?.__pulumiRunError === true;

/** Also after the tests of a file: some of the promises are rejected only then. */
process.on("unhandledRejection", (error) => {
  if (!isRefusal(error)) throw error;
});

/**
 * Pulumi rejects several promises of one failed output, and nobody waits for most of them. Its runner prints their error by a listener
 * of the process. Here `onRefusal` of the test's globals is that listener (harness.ts), and Jest must not count the rejections as failures.
 */
module.exports = class ProgramEnvironment extends TestEnvironment {
  handleTestEvent(event, state) {
    if (event.name !== "error" || !isRefusal(event.error)) return;
    state.unhandledRejectionErrorByPromiseTarget.get(event.promise)?.delete(event.promise);
    this.global.onRefusal?.(event.error);
  }
};
