import { budgetProblems, costLines, costPlan } from "../../preflight/checks/budget";
import { size as vmSize } from "./fakeCloud";
import { config, prerequisites } from "./support";

const size = "Standard_NC24ads_A100_v4";
const facts = {
  cluster: { size, gpusPerNode: 1, tier: "dedicated" as const },
  parameters: [],
  location: "westeurope",
  sizes: [],
  deployments: [],
};
const deployed = [{ name: "demo-1", instanceType: size, instances: 1 }];

function lines(
  settings: Record<string, unknown>,
  changes: Partial<Parameters<typeof costPlan>[1]> = {},
): string[] {
  const stack = config(settings);
  return costLines(stack, costPlan(stack, { ...facts, ...changes }));
}

function refusals(
  settings: Record<string, unknown>,
  changes: Partial<Parameters<typeof costPlan>[1]> = {},
): string[] {
  const stack = config(settings);
  return budgetProblems("p", stack, costPlan(stack, { ...facts, ...changes })).map((problem) =>
    Object.values(problem).join(" | "),
  );
}

describe("the log of preview and up", () => {
  test("shows what cluster and endpoint cost, with the origin of the prices", () => {
    expect(lines({})).toEqual([
      "Cost of machines (list price of eastus, 2026-11-30; a month is 730 h):",
      `  cluster: 3.67 USD per node-hour of ${size}, no node while idle`,
      `  endpoint: 1 × ${size}, 3.67 USD per hour, 2,681 USD per month`,
      "  roll-out: 2 deployments at the same time, 7.35 USD per hour",
    ]);
  });

  test("shows nodes that are billed while idle, and what a disabled endpoint saves", () => {
    expect(lines({ compute: { minNodes: 2, maxNodes: 2 }, endpoint: { enabled: false } })).toEqual([
      expect.stringContaining("Cost of machines"),
      `  cluster: 2 × ${size} while idle, 7.35 USD per hour, 5,363 USD per month`,
      `  endpoint: none (endpoint.enabled: false), saves 3.67 USD per hour, 2,681 USD per month`,
    ]);
  });

  test("uses the region's prices and the configured ones, and names both", () => {
    const sizes = [{ name: size, prices: { dedicated: 4.2, lowPriority: 1 } }];
    const settings = { endpoint: { instanceType: "Standard_X" }, budget: { prices: { Standard_X: 1.5 } } };
    const cluster = { ...facts.cluster, tier: "lowPriority" as const };
    expect(lines(settings, { sizes, cluster })).toEqual([
      "Cost of machines (Azure ML's estimate for westeurope; budget.prices; a month is 730 h):",
      `  cluster: 1.00 USD per node-hour of low-priority ${size}, no node while idle`,
      "  endpoint: 1 × Standard_X, 1.50 USD per hour, 1,095 USD per month",
      "  roll-out: 2 deployments at the same time, 3.00 USD per hour",
    ]);
  });

  test("says which setting gives an unknown price", () => {
    expect(lines({ endpoint: { instanceType: "Standard_X" } }).join("\n")).toContain(
      "1 × Standard_X, price unknown, set budget.prices.Standard_X",
    );
  });

  test("does not speak of idle nodes of an adopted cluster", () => {
    expect(
      lines({
        compute: { mode: "adopt" },
        workspace: { mode: "adopt", resourceGroup: "rg", name: "mlw" },
      }).join("\n"),
    ).not.toContain("idle");
  });

  test("counts the instances that something else has added", () => {
    const settings = { endpoint: { scaledExternally: true } };
    const deployments = [{ name: "demo-1", instanceType: size, instances: 3 }];
    expect(lines(settings, { deployments })).toContainEqual(expect.stringContaining(`endpoint: 3 × ${size}`));
  });

  test("shows the range of an endpoint with autoscale, and counts the most instances of both deployments", () => {
    const settings = { endpoint: { autoscale: { min: 1, max: 4, target: 60 } } };
    const budget = { prices: { [size]: 2 } };
    expect(lines({ ...settings, budget }).join("\n")).toContain(
      `endpoint: 1 to 4 × ${size} by load, 2.00 USD per hour, 1,460 USD per month up to 8.00 USD per hour`,
    );
    const deployments = [{ name: "demo-1", instanceType: size, instances: 1 }];
    const limited = { ...settings, budget: { ...budget, maxHourlyCost: 17 } };
    // A node of the training, and twice four instances.
    expect(refusals(limited, { deployments })[0]).toContain("an hour could cost 18.00 USD");
  });
});

describe("budget.maxHourlyCost", () => {
  test("is off by default", () => {
    expect(refusals({})).toEqual([]);
  });

  test("allows what costs exactly as much", () => {
    const prices = { [size]: 2 };
    expect(refusals({ budget: { maxHourlyCost: 6, prices } })).toEqual([]);
    expect(refusals({ budget: { maxHourlyCost: 5.99, prices } })).toHaveLength(1);
  });

  test("refuses training and roll-out together with the figures", () => {
    const [text] = refusals({ budget: { maxHourlyCost: 10 } }, { deployments: deployed });
    expect(text).toContain("p:budget.maxHourlyCost | an hour could cost 11.02 USD");
    expect(text).toContain(`cluster 1 × ${size} (3.67 USD)`);
    expect(text).toContain(`new deployment 1 × ${size} (3.67 USD)`);
    expect(text).toContain(`present deployment 1 × ${size} (3.67 USD)`);
    expect(text).toContain("at most 10.00 USD per hour");
    expect(text).toContain("endpoint.instanceCount");
  });

  test("counts idle nodes, nodes of the training, and every deployment in Azure", () => {
    const budget = { maxHourlyCost: 1, prices: { [size]: 1 } };
    const parameters = [{ name: "num_nodes_finetune", value: "3", origin: "config" as const, overrides: [] }];
    expect(refusals({ budget, endpoint: { enabled: false } })).toEqual([]);
    expect(refusals({ budget, endpoint: { enabled: false } }, { parameters })[0]).toContain("3.00 USD");
    const idle = { compute: { minNodes: 4, maxNodes: 4 }, endpoint: { enabled: false } };
    expect(refusals({ budget, ...idle }, { parameters })[0]).toContain("4.00 USD");
    const three = [...deployed, { name: "demo-2", instanceType: size, instances: 2 }];
    expect(refusals({ budget }, { deployments: three })[0]).toContain("5.00 USD");
  });

  test("refuses an unknown price and names the setting", () => {
    const settings = { endpoint: { instanceType: "Standard_X" }, budget: { maxHourlyCost: 100 } };
    expect(refusals(settings)).toEqual([
      "p:budget.maxHourlyCost | 100, but no price in USD is known for Standard_X | Set budget.prices.Standard_X, or remove the limit.",
    ]);
  });
});

test("preflight hands on the region's prices", async () => {
  const priced = { ...vmSize(size, 1), prices: { dedicated: 4.2 } };
  const found = await prerequisites({}, { sizes: async () => [priced, vmSize("Standard_ND96asr_v4", 8)] });
  expect(found.prices).toEqual([{ name: size, prices: { dedicated: 4.2 } }]);
});
