import type { ComputeUsage, VmSize } from "../../azureml/clients/sizes";
import { azureMlError } from "../../azureml/errors";
import { ProblemCollector } from "../../preflight/checks/context";
import { checkQuota } from "../../preflight/checks/quota";
import type { PreflightCloud } from "../../preflight/cloud";
import { config } from "./support";

const subscriptionId = "00000000-0000-0000-0000-000000000001";
const identity = { project: "azureml-finetune", stack: "dev", subscriptionId };
const ref = { subscriptionId, resourceGroupName: "rg", workspaceName: "ws" };
const workspace = `/subscriptions/${subscriptionId}/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws`;
const FAMILY = "standardNCADSA100v4Family";

const size = (name: string, vCpus: number, family: string): VmSize => ({
  name,
  vCpus,
  family,
  gpus: 1,
  memoryGb: 1,
  lowPriorityCapable: true,
  supportedComputeTypes: [],
});
const sizes = [
  size("Standard_NC24ads_A100_v4", 24, FAMILY),
  size("Standard_NC4as_T4_v3", 4, "standard NCASv3_T4 Family"),
];

/** Rows as the service returns them today: the same name for both priorities. */
const row = (type: string, name: string, current: number, limit: number, id = "usages"): ComputeUsage => ({
  id: `/subscriptions/${subscriptionId}/${id}`,
  type: `Microsoft.MachineLearningServices/${type}/usages`,
  name,
  displayName: name,
  current,
  limit,
  unit: "Count",
});
const a100 = (current: number, limit: number): ComputeUsage =>
  row("vmFamily/dedicatedCores", FAMILY, current, limit);
const lowA100 = row("vmFamily/lowPriorityCores", FAMILY, 0, -1);
const t4 = (current: number, limit: number): ComputeUsage =>
  row("vmFamily/dedicatedCores", "standard NCASv3_T4 Family", current, limit);
const ample = [row("dedicatedCores", "TotalDedicatedCores", 0, 1000), lowA100];

interface Case {
  settings?: Record<string, unknown>;
  usages: ComputeUsage[];
  cloud?: Partial<PreflightCloud>;
  tier?: "dedicated" | "lowPriority";
}

async function check({ settings = {}, usages, cloud = {}, tier = "dedicated" }: Case) {
  const report = new ProblemCollector(identity.project);
  const notes: string[] = [];
  const asked = {
    sizes: async () => sizes,
    usages: async () => usages,
    cluster: async () => undefined,
    deployments: async () => [],
    ...cloud,
  } as unknown as PreflightCloud;
  const context = {
    config: config({ endpoint: { instanceType: "Standard_NC24ads_A100_v4" }, ...settings }),
    identity,
    cloud: asked,
    report,
    notes,
    sizes: [],
    endpointName: "e",
  };
  const cluster = { name: "gpus", size: "Standard_NC24ads_A100_v4", gpusPerNode: 1, tier };
  await checkQuota(context, ref, "westeurope", cluster);
  return {
    problems: report.problems.map(({ property, seen, remedy }) => [property, seen, remedy ?? ""].join(" | ")),
    notes,
  };
}

const running = (nodes: number) => async () => ({
  size: "Standard_NC24ads_A100_v4",
  provisioningState: "Succeeded",
  maxNodes: 1,
  currentNodes: nodes,
  lowPriority: false,
});
const serving = async () => [{ name: "v1", instanceType: "Standard_NC24ads_A100_v4", instances: 1 }];

test("says nothing if cluster and endpoint fit", async () => {
  expect(await check({ usages: [...ample, a100(0, 48)] })).toEqual({ problems: [], notes: [] });
});

test("refuses a family without quota, with limit, use, need and where to request more", async () => {
  const { problems } = await check({
    usages: [...ample, a100(0, 0)],
    settings: { endpoint: { enabled: false } },
  });
  expect(problems).toEqual([
    `azureml-finetune:compute.size | 1 node of Standard_NC24ads_A100_v4 needs 24 dedicated vCPUs. The quota for ${FAMILY} in westeurope is 0, in use 0. | Request more quota at https://ml.azure.com/quota for westeurope and subscription ${subscriptionId}. Or set a smaller compute.size, another region, or compute.tier: lowPriority.`,
  ]);
});

test("does not take the unlimited low-priority row of a family for its dedicated quota", async () => {
  const usages = [row("vmFamily/lowPriorityCores", FAMILY, 0, -1), ...ample, a100(0, 0)];
  expect((await check({ usages })).problems.map((line) => line.split(" | ")[0])).toEqual([
    "azureml-finetune:compute.size",
    "azureml-finetune:endpoint.instanceType",
  ]);
});

test("counts low priority in total", async () => {
  const usages = [...ample, a100(0, 24), row("lowPriorityCores", "TotalLowPriorityCores", 0, 10)];
  const { problems } = await check({ usages, tier: "lowPriority" });
  expect(problems).toEqual([
    expect.stringMatching(
      /24 low-priority vCPUs\. The quota for all low-priority vCPUs of the region in westeurope is 10/,
    ),
  ]);
});

test("reads the names of the published example as well", async () => {
  const named = (name: string, current: number, limit: number): ComputeUsage =>
    row("vmFamily", name, current, limit);
  const usages = [
    named("Standard NCADSA100v4 Family Cluster LowPriority vCPUs", 0, -1),
    named("Standard NCADSA100v4 Family Cluster Dedicated vCPUs", 0, 12),
    row("dedicatedCores", "Total Cluster Dedicated Regional vCPUs", 0, 24),
  ];
  const { problems } = await check({ usages, settings: { endpoint: { enabled: false } } });
  expect(problems).toEqual([expect.stringMatching(/is 12, in use 0/)]);
});

test("refuses an endpoint whose instances do not fit with the reserve of 20 %", async () => {
  const settings = { endpoint: { instanceType: "Standard_NC4as_T4_v3", instanceCount: 5 } };
  const usages = [...ample, a100(0, 24), t4(0, 23)];
  expect((await check({ usages, settings })).problems).toEqual([
    expect.stringMatching(
      /^azureml-finetune:endpoint\.instanceType \| 5 instances of Standard_NC4as_T4_v3 need 24 vCPUs, including the 20 % that Azure ML reserves\. The quota for standard NCASv3_T4 Family in westeurope is 23/,
    ),
  ]);
  expect((await check({ usages: [...ample, a100(0, 24), t4(0, 24)], settings })).problems).toEqual([]);
});

test("reserves nothing for an exempt size", async () => {
  const usages = [...ample, a100(0, 24)];
  const { problems, notes } = await check({ usages, tier: "lowPriority" });
  expect(problems).toEqual([]);
  expect(notes).toEqual([]);
});

test("refuses an endpoint if other endpoints hold the quota", async () => {
  const { problems } = await check({ usages: [...ample, a100(24, 47)] });
  expect(problems).toEqual([expect.stringMatching(/endpoint\.instanceType .* is 47, in use 24/)]);
});

test("only notes it if clusters of others hold the quota, because they scale down", async () => {
  const other = `subscriptions/x/workspaces/other/computes/c/usages/f`;
  const usages = [...ample, a100(24, 47), row("workspaces/computes", FAMILY, 24, 47, other)];
  const { problems, notes } = await check({ usages });
  expect(problems).toEqual([]);
  expect(notes).toEqual([
    expect.stringMatching(/^A training would wait: .* Queued/),
    expect.stringMatching(/^The deployment would be refused while clusters hold so much/),
  ]);
});

test("does not count the nodes of its own cluster as taken", async () => {
  const usages = [...ample, a100(24, 48)];
  expect(await check({ usages, cloud: { cluster: running(1) } })).toEqual({ problems: [], notes: [] });
});

test("notes a quota that cluster and endpoint fit into only one after the other", async () => {
  const { problems, notes } = await check({ usages: [...ample, a100(0, 24)] });
  expect(problems).toEqual([]);
  expect(notes).toEqual([
    expect.stringMatching(/do not fit into their quota together: .* 24 vCPUs, the training 24\./),
  ]);
});

test("notes that a roll-out needs quota for the old and the new deployment", async () => {
  const cloud = { cluster: running(0), deployments: serving };
  const { problems, notes } = await check({ usages: [...ample, a100(24, 47)], cloud });
  expect(problems).toEqual([]);
  expect(notes).toEqual([
    expect.stringMatching(/^A training would wait/),
    expect.stringMatching(
      /^A new model version cannot be deployed beside the present one: 1 instance .* 24 vCPUs more/,
    ),
  ]);
  expect((await check({ usages: [...ample, a100(24, 48)], cloud })).notes).toEqual([]);
});

test("never refuses a stack that serves already because its quota was lowered", async () => {
  const cloud = { cluster: running(0), deployments: serving };
  expect((await check({ usages: [...ample, a100(24, 0)], cloud })).problems).toEqual([]);
});

test("notes nodes beyond the quota, and a family that is not listed", async () => {
  const settings = { compute: { maxNodes: 4 }, endpoint: { enabled: false } };
  expect((await check({ usages: [...ample, a100(0, 48)], settings })).notes).toEqual([
    expect.stringMatching(/cannot grow to compute\.maxNodes 4, which needs 96 vCPUs\. .* is 48/),
  ]);
  expect((await check({ usages: ample, settings: { endpoint: { enabled: false } } })).notes).toEqual([
    expect.stringMatching(/do not list standardNCADSA100v4Family/),
  ]);
});

test("respects the share of the stack's workspace and ignores that of others", async () => {
  const share = (limit: number, name: string): ComputeUsage => ({
    ...row("workspaces", FAMILY, 0, limit),
    id: `${workspace.replace("/ws", `/${name}`)}/usages/f`,
  });
  const settings = { endpoint: { enabled: false } };
  const usages = [...ample, a100(0, 48), share(0, "other"), share(12, "WS")];
  expect((await check({ usages, settings })).problems).toEqual([
    expect.stringMatching(/The quota for standardNCADSA100v4Family of the workspace in westeurope is 12/),
  ]);
});

test("continues without the permission to read quotas", async () => {
  const refused = async () => {
    throw azureMlError("NoCredential", { method: "az", scope: "arm", detail: "403", next: "" });
  };
  const { problems, notes } = await check({ usages: [], cloud: { usages: refused } });
  expect(problems).toEqual([]);
  expect(notes).toEqual([
    expect.stringMatching(/quotas of westeurope could not be read and are not checked/),
  ]);
});

describe("endpoint.autoscale.max", () => {
  const settings = {
    endpoint: {
      instanceType: "Standard_NC24ads_A100_v4",
      autoscale: { min: 1, max: 4, target: 60 },
    },
  };

  test("is refused for a new endpoint if the quota can never hold it", async () => {
    expect((await check({ usages: [...ample, a100(0, 96)], settings })).problems).toEqual([]);
    expect((await check({ usages: [...ample, a100(0, 72)], settings })).problems).toEqual([
      expect.stringMatching(
        /^azureml-finetune:endpoint\.autoscale\.max \| 4 instances of \S+ need 96 vCPUs.* is 72.*lower endpoint\.autoscale\.max/,
      ),
    ]);
  });

  test("is a note for an endpoint that serves already", async () => {
    const { problems, notes } = await check({
      usages: [...ample, a100(24, 72)],
      settings,
      cloud: { deployments: serving },
    });
    expect(problems).toEqual([]);
    expect(notes).toContainEqual(expect.stringContaining("Autoscale cannot reach endpoint.autoscale.max"));
  });
});
