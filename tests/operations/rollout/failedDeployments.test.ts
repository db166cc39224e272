import {
  exportedState,
  type ExportedState,
  resourcesOf,
  type StateResource,
} from "../../../operations/recovery/deployment";
import {
  failedDeployments,
  type LiveDeployment,
  lostDeployments,
  withoutDeployments,
} from "../../../operations/rollout/failedDeployments";

const tags = { "pulumi-project": "shop", "pulumi-stack": "dev" };
const urn = (type: string): string => `urn:pulumi:dev::shop::${type}::endpoint`;
const types = {
  endpoint: "azure-native:machinelearningservices:OnlineEndpoint",
  deployment: "azure-native:machinelearningservices:OnlineDeployment",
  score: "pulumi-nodejs:dynamic/azureml:Score",
  traffic: "pulumi-nodejs:dynamic/azureml:Traffic",
};
const item = (kind: keyof typeof types, more: Partial<StateResource> = {}): Partial<StateResource> => ({
  urn: urn(types[kind]),
  type: types[kind],
  custom: true,
  ...more,
});
const endpoint = item("endpoint", { id: "/e", inputs: { tags } }) as StateResource;
const deployment = (name: string, more: Partial<StateResource> = {}) =>
  item("deployment", { id: `/e/deployments/${name}`, ...more });
const stateOf = (...resources: Partial<StateResource>[]): ExportedState =>
  exportedState.parse({ version: 3, deployment: { resources: [endpoint, ...resources] } });
const live = (name: string, more: Partial<LiveDeployment> = {}): LiveDeployment => ({
  id: `/e/deployments/${name}`,
  name,
  provisioningState: "Succeeded",
  tags,
  traffic: 0,
  ...more,
});
const failedIn = (state: ExportedState, ...deployments: LiveDeployment[]): string[] =>
  failedDeployments(state, endpoint, deployments).map(({ name }) => name);
const broken = { initErrors: ["it failed"] };

describe("a new deployment that failed", () => {
  test("is one that Azure calls failed, whether the state records it or not", () => {
    expect(failedIn(stateOf(), live("b", { provisioningState: "Failed" }))).toEqual(["b"]);
    expect(failedIn(stateOf(), live("b", { provisioningState: "Canceled" }))).toEqual(["b"]);
  });

  test("is one whose score or roll-out failed", () => {
    const scored = stateOf(item("score", { inputs: { deploymentName: "b" }, ...broken }));
    expect(failedIn(scored, live("a", { traffic: 100 }), live("b"))).toEqual(["b"]);
    const rolled = stateOf(item("traffic", { inputs: { traffic: { b: 100 } }, ...broken }));
    expect(failedIn(rolled, live("a", { traffic: 100 }), live("b"), live("c"))).toEqual(["b"]);
  });

  test("is the one that the failed step names, where Pulumi has kept the inputs of the update before", () => {
    const tested = { outputs: { testedDeployment: "b" }, ...broken };
    const live2 = [live("a", { traffic: 100 }), live("b"), live("c")];
    expect(
      failedIn(stateOf(item("score", { inputs: { deploymentName: "a" }, ...tested })), ...live2),
    ).toEqual(["b"]);
    expect(
      failedIn(stateOf(item("traffic", { inputs: { traffic: { a: 100 } }, ...tested })), ...live2),
    ).toEqual(["b"]);
  });

  test("is none that receives live or mirrored traffic, whatever is recorded", () => {
    const state = stateOf(item("score", { inputs: { deploymentName: "b" }, ...broken }));
    expect(failedIn(state, live("b", { traffic: 1 }))).toEqual([]);
    expect(failedIn(state, live("b", { traffic: 100, provisioningState: "Failed" }))).toEqual([]);
  });

  test("is none of an update that failed for another reason, or that Azure still works on", () => {
    const healthy = stateOf(
      deployment("b", broken),
      item("score", { inputs: { deploymentName: "b" } }),
      item("traffic", { inputs: { traffic: { b: 100 } } }),
    );
    expect(failedIn(healthy, live("b"))).toEqual([]);
    const blamed = stateOf(item("score", { inputs: { deploymentName: "b" }, ...broken }));
    expect(failedIn(blamed, live("b", { provisioningState: "Updating" }))).toEqual([]);
  });

  test("is none of another owner", () => {
    const foreign = { ...tags, "pulumi-stack": "prod" };
    expect(failedIn(stateOf(), live("b", { provisioningState: "Failed", tags: foreign }))).toEqual([]);
    expect(failedIn(stateOf(), live("b", { provisioningState: "Failed", tags: {} }))).toEqual([]);
  });
});

describe("the state without a failed deployment", () => {
  const ids = (state: ExportedState) => resourcesOf(state).map(({ id, delete: gone }) => [id, gone ?? false]);

  test("has the deployment that still serves as the current one again, before what depends on it", () => {
    const score = item("score", { id: "s", dependencies: [urn(types.deployment)] });
    const state = stateOf(deployment("b"), score, deployment("a", { delete: true }));
    const after = withoutDeployments(state, ["/e/deployments/b"], [live("a", { traffic: 100 }), live("b")]);
    expect(ids(after)).toEqual([
      ["/e", false],
      ["/e/deployments/a", false],
      ["s", false],
    ]);
  });

  test("keeps pending a deletion of what does not serve, and drops references to what is gone", () => {
    const score = item("score", { id: "s", dependencies: [urn(types.deployment), endpoint.urn] });
    const state = stateOf(deployment("b"), score, deployment("a", { delete: true }));
    const after = withoutDeployments(state, ["/E/deployments/B"], [live("a")]);
    expect(ids(after)).toEqual([
      ["/e", false],
      ["s", false],
      ["/e/deployments/a", true],
    ]);
    expect(resourcesOf(after)[1]?.dependencies).toEqual([endpoint.urn]);
  });

  test("blames no deployment that the next update creates with the same name", () => {
    const state = stateOf(
      deployment("b"),
      item("score", { inputs: { deploymentName: "a" }, ...broken }),
      item("traffic", { inputs: { traffic: { b: 100 } }, ...broken }),
    );
    const after = withoutDeployments(state, ["/e/deployments/b"], []);
    expect(failedIn(after, live("b"))).toEqual([]);
    expect(failedIn(after, live("a"))).toEqual(["a"]);
    // The next update repeats the test even if its inputs are equal.
    expect(resourcesOf(after).at(-1)?.initErrors).toEqual([expect.stringMatching(/next update repeats it/)]);
  });

  test("names recorded deployments that Azure no longer has, and none that are pending deletion", () => {
    const state = stateOf(deployment("b"), deployment("a", { delete: true }));
    expect(lostDeployments(state, endpoint, [])).toEqual(["/e/deployments/b"]);
    expect(lostDeployments(state, endpoint, [live("B", { id: "/E/deployments/b" })])).toEqual([]);
  });
});
