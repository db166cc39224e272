const { default: Sequencer } = require("@jest/test-sequencer");

/**
 * The test files that take longest, the longest first (measured). Jest knows only durations of its previous
 * run, which a new clone does not have. A long file that starts last would keep one worker busy while the
 * others have nothing to do.
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
