const { default: Sequencer } = require("@jest/test-sequencer");

/**
 * The test files that take longest, the longest first (measured). Jest knows only durations of its previous
 * run, which a new clone does not have. A long file that starts last would keep one worker busy while the
 * others have nothing to do.
 */
const longest = [
  "lifecycle/failures.long",
  "lifecycle/lifecycle",
  "local/engine/crashSweep/crashSweep.long",
  "local/engine/properties/properties.long",
  "local/cloud/clients/pythonNotebook.long",
  "lifecycle/badInput",
  "local/engine/conformance/projectStack.long",
  "local/engine/cli",
  "local/engine/conformance/values",
  "local/cloud/golden/golden",
  "local/engine/crash",
  "local/engine/conformance/changes",
  "local/engine/plugin/program",
  "local/trainer/base",
  "local/plugins/localCloud",
];

/** Sorts long files to the front and leaves the rest to Jest. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const found = longest.findIndex((name) =>
        path.replaceAll("\\", "/").endsWith(`/tests/${name}.test.ts`),
      );
      return found < 0 ? longest.length : found;
    };
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
};
