import { clusterName, endpointName } from "../../azureml/names";
import { type CheckContext, ProblemCollector } from "../../preflight/checks/context";
import { checkSizes, sizeVerdict } from "../../preflight/checks/sizes";
import type { PreflightCloud } from "../../preflight/cloud";
import { config as configOf } from "./support";

const identity = { project: "azureml-finetune", stack: "dev", subscriptionId: "s" };
const ref = { subscriptionId: "s", resourceGroupName: "rg", workspaceName: "ws" };
const A100 = "Standard_NC24ads_A100_v4";
const V100 = "Standard_NC6s_v3";

function size(name: string) {
  const facts = { family: "f", vCpus: 24, gpus: 1, memoryGb: 220, lowPriorityCapable: true };
  return { name, ...facts, supportedComputeTypes: [] };
}

/** The findings for these settings in a region that offers the A100 size. Azure has what `azure` says. */
async function check(
  settings: Record<string, unknown>,
  azure: { clusters?: Record<string, string>; endpoints?: Record<string, string[]> } = {},
) {
  const config = configOf(settings);
  const cloud = {
    cluster: async (_ref: unknown, name: string) => {
      const found = azure.clusters?.[name];
      return found ? { size: found, provisioningState: "Succeeded", maxNodes: 1 } : undefined;
    },
    deployments: async (_ref: unknown, name: string) =>
      (azure.endpoints?.[name] ?? []).map((instanceType) => ({ name: "blue", instanceType, instances: 1 })),
  } as unknown as PreflightCloud;
  const report = new ProblemCollector(identity.project);
  const context: CheckContext = {
    config,
    identity,
    cloud,
    report,
    notes: [],
    sizes: [],
    endpointName: endpoint,
  };
  const sizes = { cluster: config.compute.size, offered: [size(A100)] };
  return {
    ...context,
    warnings: report.warnings,
    findings: await checkSizes(context, ref, "westeurope", sizes),
  };
}

const endpoint = endpointName(identity, "key", "HuggingFaceH4/ultrachat_200k");

test("finds nothing when the sizes are offered", async () => {
  const { findings, warnings, notes } = await check({});
  expect([findings, warnings, notes]).toEqual([[], [], []]);
});

test("refuses a retired size for cluster and endpoint alike, with the date and the successor", async () => {
  const { findings } = await check({
    compute: { size: "Standard_NC24s_v3" },
    endpoint: { instanceType: V100 },
  });
  expect(sizeVerdict(findings, "2026-11-30").problems).toEqual([
    {
      property: "azureml-finetune:compute.size",
      seen: 'Azure retired "Standard_NC24s_v3" (NCv3) on 2025-09-30',
      remedy: "Set Standard_NC24ads_A100_v4 (NC A100 v4) or another size.",
    },
    {
      property: "azureml-finetune:endpoint.instanceType",
      seen: 'Azure retired "Standard_NC6s_v3" (NCv3) on 2025-09-30',
      remedy:
        "Set Standard_NC24ads_A100_v4 (NC A100 v4) or another size, or endpoint.allowUnlistedInstanceType: true if you know that it works.",
    },
  ]);
});

test("refuses an endpoint size that Azure ML does not list in the region", async () => {
  const { findings } = await check({ endpoint: { instanceType: "Standard_ND96asr_v4" } });
  expect(sizeVerdict(findings, undefined).problems).toEqual([
    {
      property: "azureml-finetune:endpoint.instanceType",
      seen: '"Standard_ND96asr_v4" is not among the sizes Azure ML lists for westeurope',
      remedy:
        "Set a size of the region, or endpoint.allowUnlistedInstanceType: true if you know that it works.",
    },
  ]);
});

test("warns instead when the setting accepts the size", async () => {
  const settings = { endpoint: { instanceType: V100, allowUnlistedInstanceType: true } };
  const { findings, warnings } = await check(settings);
  expect(findings).toEqual([]);
  expect(warnings).toEqual([expect.stringMatching(/retired "Standard_NC6s_v3".*may fail/)]);
});

test("warns instead when Azure already has the cluster and the deployment", async () => {
  const settings = { compute: { size: "Standard_NC24s_v3" }, endpoint: { instanceType: V100 } };
  const cluster = clusterName(identity, "gpu-cluster", "Standard_NC24s_v3", "dedicated");
  const { findings, warnings } = await check(settings, {
    clusters: { [cluster]: "Standard_NC24s_v3" },
    endpoints: { [endpoint]: ["STANDARD_NC6S_V3"] },
  });
  expect(findings).toEqual([]);
  expect(warnings).toHaveLength(2);
  expect(warnings.join()).toMatch(/it cannot be created again/);
});

test("accepts a retired size in a stack that is older than the retirement", async () => {
  const { findings } = await check({ endpoint: { instanceType: V100 } });
  for (const pinnedOn of [undefined, "2025-09-29"]) {
    const { problems, warnings } = sizeVerdict(findings, pinnedOn);
    expect(problems).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/instanceType: Azure retired "Standard_NC6s_v3"/)]);
  }
});

test("refuses the change of an older stack to a retired size", async () => {
  const { findings } = await check(
    { endpoint: { instanceType: V100 } },
    { endpoints: { [endpoint]: [A100] } },
  );
  expect(sizeVerdict(findings, undefined).problems).toHaveLength(1);
});

test("ignores the size of a disabled endpoint", async () => {
  expect((await check({ endpoint: { enabled: false, instanceType: V100 } })).findings).toEqual([]);
});
