const { default: Sequencer } = require("@jest/test-sequencer");

/**
 * The test files that take longest, the longest first (measured). Jest knows only durations of its previous
 * run, which a new clone does not have. A long file that starts last would keep one worker busy while the
 * others have nothing to do.
 */
const longest = [
  "lifecycle/softDelete.long",
  "scripts/pipelineWalk.long",
  "lifecycle/rollout.long",
  "scripts/sweep.long",
  "lifecycle/revert.long",
  "lifecycle/promotion.long",
  "lifecycle/existing.long",
  "local/engine/crashSweep/crashSweep.long",
  "lifecycle/failures.long",
  "lifecycle/drift.long",
  "lifecycle/operated.long",
  "lifecycle/recovery.long",
  "lifecycle/gate.long",
  "operations/contract/local.long",
  "lifecycle/registryDown.long",
  "lifecycle/sideBySide.long",
  "judges/requestBodies.long",
  "operations/studio/studio.long",
  "lifecycle/lifecycle",
  "lifecycle/badInput",
  "lifecycle/budget",
  "local/engine/policies",
  "local/engine/cli",
  "operations/studio/page",
  "local/engine/crash",
  "local/engine/conformance/operations",
  "local/cloud/daemon",
  "lifecycle/policy",
  "lifecycle/reservedNames",
  "policy/stackFiles",
  "local/engine/conformance/values",
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
