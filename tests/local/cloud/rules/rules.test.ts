import { RULES } from "../../../../local/cloud/rules/catalog";
import { type MlCloud, startMlCloud } from "../ml/mlCloud";
import { CAPACITY_TRIALS } from "./capacity";
import { IMMUTABILITY_TRIALS } from "./immutability";
import { LIFECYCLE_TRIALS, TRAFFIC_TRIALS } from "./lifecycle";
import { NAME_TRIALS } from "./names";
import { layGround, type Trial } from "./support";

const TRIALS: Record<string, Trial> = {
  ...NAME_TRIALS,
  ...CAPACITY_TRIALS,
  ...IMMUTABILITY_TRIALS,
  ...TRAFFIC_TRIALS,
  ...LIFECYCLE_TRIALS,
};
const facts = Object.values(RULES).flat();

describe("the rules of the real service", () => {
  let cloud: MlCloud;
  beforeAll(async () => {
    cloud = await startMlCloud();
    await layGround(cloud);
  });
  afterAll(() => cloud.dispose());

  it.each(facts.map(({ says }) => says))("%s", async (says) => {
    const trial = TRIALS[says];
    if (!trial) throw new Error("This rule has no trial: add one under its name.");
    await trial(cloud);
  });

  it("each have a sentence of their own, a mark and a source, and no trial is left over", () => {
    expect(new Set(facts.map(({ says }) => says)).size).toBe(facts.length);
    expect(Object.keys(TRIALS).sort()).toEqual(facts.map(({ says }) => says).sort());
    for (const { mark, source } of facts) {
      expect(["documented", "observed", "inferred"]).toContain(mark);
      expect(source.length).toBeGreaterThan(5);
    }
  });
});
