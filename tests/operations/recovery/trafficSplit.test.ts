import { ownerTagNames } from "../../../azureml/names";
import { exportedState, type ExportedState, resourcesOf } from "../../../operations/recovery/deployment";
import { recoverStack } from "../../../operations/recovery/recover";
import { fakeCloud } from "../../azureml/support";

const tags = Object.fromEntries(Object.values(ownerTagNames).map((name) => [name, "mine"]));
const inputs = {
  __provider: "code",
  workspace: { subscriptionId: "s", resourceGroupName: "g", workspaceName: "w" },
  endpointName: "chat",
  traffic: { demo: 100 },
  settings: { tags },
};
const begun = {
  version: 3,
  deployment: {
    pending_operations: [
      {
        type: "creating",
        resource: {
          urn: "urn:pulumi:dev::shop::pulumi-nodejs:dynamic/azureml:Traffic::traffic",
          type: "pulumi-nodejs:dynamic/azureml:Traffic",
          inputs,
        },
      },
    ],
  },
};

/** Recovers a state with a split that was begun, from an endpoint with this traffic and these tags. */
async function recovered(traffic: Record<string, number>, liveTags: Record<string, string>) {
  const { session } = fakeCloud(() => ({
    status: 200,
    body: { id: "/e", tags: liveTags, properties: { provisioningState: "Succeeded", traffic } },
  }));
  let imported: ExportedState | undefined;
  const engine = {
    exportState: async () => exportedState.parse(begun),
    importState: async (state: ExportedState) => void (imported = state),
    plannedCreations: async () => [],
  };
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  await recoverStack({ session, subscriptionId: "s", engine, includePlanned: false, log });
  return { lines, resources: imported ? resourcesOf(imported) : [] };
}

test("traffic that a killed run has set is taken over with what its deletion needs", async () => {
  const { lines, resources } = await recovered({ demo: 100 }, tags);
  expect(resources).toMatchObject([{ id: "chat/traffic", outputs: inputs, custom: true }]);
  expect(lines).toEqual([
    "Taken over: traffic of endpoint chat. An earlier run created it and did not record it.",
  ]);
});

test("traffic that was not set is not taken over, and that of another owner is refused", async () => {
  expect((await recovered({}, tags)).resources).toEqual([]);
  await expect(recovered({ demo: 100 }, {})).rejects.toThrow("traffic of endpoint chat (it has no tag");
});
