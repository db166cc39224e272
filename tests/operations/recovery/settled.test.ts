import { exportedState, interruptedChanges } from "../../../operations/recovery/deployment";
import { recoverStack } from "../../../operations/recovery/recover";
import { settled } from "../../../operations/recovery/settled";
import { fakeCloud } from "../../azureml/support";
import { virtualClock } from "../../azureml/virtualClock";

const address = { id: "/subscriptions/s/d", apiVersion: "2024-10-01", title: "deployment d" };
const deployment = (provisioningState: string): object => ({ id: "/d", properties: { provisioningState } });

test("an operation that an earlier run began is followed to its end, through an outage", async () => {
  const lines: string[] = [];
  const { session, sent } = fakeCloud((_, index) => {
    if (index > 100 && index < 130) return { status: 503 };
    return { status: 200, body: deployment(index < 300 ? "Updating" : "Succeeded") };
  });
  const live = await settled(address, { session, log: (line) => lines.push(line), clock: virtualClock() });
  expect(live?.properties.provisioningState).toBe("Succeeded");
  expect(lines).toEqual(["Waiting: deployment d is Updating."]);
  expect(sent.length).toBeGreaterThan(300);
});

test("a deletion is followed until the resource is gone", async () => {
  const { session } = fakeCloud((_, index) =>
    index < 3 ? { status: 200, body: deployment("Deleting") } : { status: 404 },
  );
  expect(await settled(address, { session, log: () => undefined, clock: virtualClock() })).toBeUndefined();
});

test("after a run that failed, a recovery follows what Azure still does with any resource of the state", async () => {
  const lines: string[] = [];
  const { session, sent } = fakeCloud((_, index) => ({
    status: 200,
    body: deployment(index < 2 ? "Updating" : "Succeeded"),
  }));
  const resource = {
    urn: "urn:pulumi:dev::shop::x::demo",
    type: "azure-native:machinelearningservices:OnlineDeployment",
    id: "/d",
    inputs: { resourceGroupName: "g", workspaceName: "w", endpointName: "e", deploymentName: "demo" },
  };
  const state = exportedState.parse({ version: 3, deployment: { resources: [resource] } });
  const engine = {
    exportState: async () => state,
    importState: () => Promise.reject(new Error("nothing to record")),
    plannedCreations: async () => [],
  };
  const options = { session, subscriptionId: "s", engine, log: (line: string) => void lines.push(line) };
  expect(await recoverStack({ ...options, includePlanned: false })).toBe(0);
  expect(sent).toHaveLength(0);
  expect(await recoverStack({ ...options, includePlanned: true, clock: virtualClock() })).toBe(0);
  expect(lines).toEqual(["Waiting: deployment demo is Updating."]);
});

test("updates and deletions that a killed run left are awaited, creations are taken over", () => {
  const resource = (name: string): object => ({ urn: `urn:pulumi:dev::shop::x::${name}`, type: "x" });
  const pending = ["creating", "updating", "deleting", "reading"].map((type) => ({
    type,
    resource: resource(type),
  }));
  const state = exportedState.parse({ version: 3, deployment: { pending_operations: pending } });
  expect(interruptedChanges(state).map(({ urn }) => urn.split("::").at(-1))).toEqual([
    "updating",
    "deleting",
  ]);
});
