import fc from "fast-check";
import { decisions, recovery } from "./story";

/**
 * The default seed keeps a run the same everywhere. Other programs: PROPERTY_SEED, and PROPERTY_RUNS for more of them.
 * A failure prints its seed and path: repeat it with PROPERTY_SEED and PROPERTY_PATH.
 */
const { PROPERTY_RUNS, PROPERTY_SEED, PROPERTY_PATH } = process.env;
const parameters = {
  numRuns: Number(PROPERTY_RUNS ?? 60),
  seed: Number(PROPERTY_SEED ?? 1897600067),
  ...(PROPERTY_PATH ? { path: PROPERTY_PATH } : {}),
};

test("random programs are created, changed and destroyed by the documented decisions", () =>
  fc.assert(decisions, parameters));

test("random programs survive failures and kills", () => fc.assert(recovery, parameters));
