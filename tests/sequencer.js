const { default: Sequencer } = require("@jest/test-sequencer");

/**
 * The test files that take longest, the longest first (measured; a file that is not here takes less than fifteen seconds). Jest
 * itself knows durations from the run before only, which a fresh clone has not: without this a long file that starts last
 * keeps one worker busy while the others have nothing left to do.
 */
const longest = [
  "lifecycle/failures",
  "lifecycle/lifecycle",
  "local/engine/crashSweep/crashSweep",
  "lifecycle/badInput",
  "local/engine/conformance/projectStack",
  "local/engine/properties/engine.properties",
  "local/engine/conformance/crossCheck",
  "local/engine/conformance/changes",
  "local/trainer/base",
  "local/cloud/golden/golden",
  "local/engine/crash",
  "local/engine/plugin",
  "local/engine/plugin/program",
  "local/engine/conformance/values",
  "local/plugins/localCloud",
];

/** Long files first, the others as Jest sorts them. */
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
