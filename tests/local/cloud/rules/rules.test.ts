import { RULES } from "../../../../local/cloud/rules/catalog";
import { type MlCloud, startMlCloud } from "../ml/mlCloud";
import { CAPACITY_CASES } from "./capacity";
import { IDENTITY_CASES } from "./identities";
import { IMMUTABILITY_CASES } from "./immutability";
import { LIFECYCLE_CASES, TRAFFIC_CASES } from "./lifecycle";
import { MONITORING_CASES } from "./monitoring";
import { NAME_CASES } from "./names";
import { createPrerequisites, type RuleCase } from "./support";
import { VERSION_CASES } from "./versions";

const CASES: Record<string, RuleCase> = {
  ...NAME_CASES,
  ...CAPACITY_CASES,
  ...IMMUTABILITY_CASES,
  ...TRAFFIC_CASES,
  ...LIFECYCLE_CASES,
  ...VERSION_CASES,
  ...IDENTITY_CASES,
  ...MONITORING_CASES,
};
const facts = Object.values(RULES).flat();

describe("the rules of the real service", () => {
  let cloud: MlCloud;
  beforeAll(async () => {
    cloud = await startMlCloud();
    await createPrerequisites(cloud);
  });
  afterAll(() => cloud.dispose());

  it.each(facts.map(({ statement }) => statement))("%s", async (statement) => {
    const ruleCase = CASES[statement];
    if (!ruleCase) throw new Error("This rule has no case. Add one under its name.");
    await ruleCase(cloud);
  });

  it("each have a unique statement, a confidence and a source, and every case has a rule", () => {
    expect(new Set(facts.map(({ statement }) => statement)).size).toBe(facts.length);
    expect(Object.keys(CASES).sort()).toEqual(facts.map(({ statement }) => statement).sort());
    for (const { confidence, source } of facts) {
      expect(["documented", "observed", "inferred"]).toContain(confidence);
      expect(source.length).toBeGreaterThan(5);
    }
  });
});
