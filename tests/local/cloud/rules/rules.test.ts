import type { Core } from "../../../../local/cloud/core";
import { RULES } from "../../../../local/cloud/rules/catalog";
import { SUBSCRIPTION } from "../helpers/testCloud";
import { type MlCloud, startMlCloud, WORKSPACE } from "../ml/mlCloud";
import { CAPACITY_TRIALS } from "./capacity";
import { IMMUTABILITY_TRIALS } from "./immutability";
import { LIFECYCLE_TRIALS, TRAFFIC_TRIALS } from "./lifecycle";
import { NAME_TRIALS } from "./names";
import {
  BLUE,
  deploymentBody,
  ENDPOINT,
  endpointBody,
  LOCATION,
  MODEL,
  modelBody,
  STORAGE,
  storageBody,
  type Trial,
  vaultBody,
  VAULTS,
} from "./support";

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
    const { resources } = cloud.cloud as Core;
    const workspace = resources.get(WORKSPACE);
    if (workspace) resources.put({ ...workspace, id: WORKSPACE.replace(/ws$/, "other"), name: "other" });
    await cloud.call("PUT", `${SUBSCRIPTION}/resourceGroups/second`, LOCATION);
    await cloud.done("PUT", `${STORAGE}/rulestore`, storageBody);
    await cloud.done("PUT", `${VAULTS}/rulevault`, vaultBody);
    await cloud.trained("done");
    await cloud.call("PUT", MODEL, modelBody);
    await cloud.done("PUT", ENDPOINT, endpointBody({ traffic: {} }));
    await cloud.done("PUT", BLUE, deploymentBody());
    await cloud.done("PUT", ENDPOINT, endpointBody());
    expect((await cloud.call("GET", BLUE)).body.properties.provisioningState).toBe("Succeeded");
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
