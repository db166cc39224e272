import fc from "fast-check";
import { decisions, recovery } from "./story";

// A fixed sample of properties.long.test.ts.
const sample = { seed: 11, numRuns: 8, endOnFailure: true };

test("random programs are created, changed and destroyed by the documented decisions", () =>
  fc.assert(decisions, sample));

test("random programs survive failures and kills", () => fc.assert(recovery, sample));
