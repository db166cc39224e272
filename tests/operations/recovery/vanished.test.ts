import type { AzureSession } from "../../../azureml/clients/session";
import { ABSENCE_CODES } from "../../../local/plugins/azureNative/crud";
import { exportedState } from "../../../operations/recovery/deployment";
import { absenceCodes, forgetVanished } from "../../../operations/recovery/vanished";

const subscription = "00000000-0000-0000-0000-000000000001";
const base = `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws`;
const inputs = { resourceGroupName: "rg", workspaceName: "ws" };
const native = (type: string, name: string, id: string, more: object) => ({
  urn: `urn:pulumi:dev::shop::azure-native:machinelearningservices:${type}::${name}`,
  type: `azure-native:machinelearningservices:${type}`,
  custom: true,
  id: `${base}/${id}`,
  ...more,
});
const data = native("DataVersion", "train", "data/train/versions/1", {
  inputs: { ...inputs, name: "train", version: "1" },
});
const cluster = native("Compute", "gpu", "computes/gpu", {
  inputs: { ...inputs, computeName: "gpu" },
  dependencies: [data.urn],
});

/** Forgets what is answered with these 404 codes (`undefined`: exists); returns the names left and the lines. */
async function forgetWith(codes: Record<string, string | undefined>) {
  let state = exportedState.parse({ version: 3, deployment: { resources: [data, cluster] } });
  const lines: string[] = [];
  const http = ({ url }: { url: string }) => {
    const found = Object.entries(codes).find(([part]) => url.includes(part));
    const code = found?.[1];
    return Promise.resolve(
      code === undefined ? { status: 200, body: {} } : { status: 404, body: code && { error: { code } } },
    );
  };
  const session = {
    cloud: { resourceManager: "https://arm", armScope: "s" },
    http,
  } as unknown as AzureSession;
  const engine = {
    exportState: () => Promise.resolve(state),
    importState: (next: typeof state) => Promise.resolve(void (state = next)),
  };
  const count = await forgetVanished({
    session,
    subscriptionId: subscription,
    engine,
    log: (l) => lines.push(l),
  });
  const resources = state.deployment.resources ?? [];
  return { count, lines, left: resources.map(({ urn }) => urn.split("::").at(-1)), resources };
}

describe("resources that were deleted outside the stack", () => {
  it("are removed from the state when the provider's refresh would fail on Azure's answer", async () => {
    const { left, lines, resources } = await forgetWith({ "data/train": "UserError" });
    expect(left).toEqual(["gpu"]);
    expect(resources[0]?.dependencies).toEqual([]);
    expect(lines).toEqual([
      "Deleted outside the stack: data version 1. It is removed from the state; the next up creates it again.",
    ]);
  });

  it("are left to the refresh when the provider understands the answer", async () => {
    expect((await forgetWith({ computes: "ResourceNotFound" })).left).toEqual(["train", "gpu"]);
  });

  it("do not include those for which a proxy answers 404 without an error code", async () => {
    expect((await forgetWith({ computes: "" })).count).toBe(0);
  });
});

test("the recovery expects of the provider what its stand-in does", () => {
  expect([...ABSENCE_CODES].sort()).toEqual([...absenceCodes].sort());
});
