import type { Inventory } from "../../local/cloud/inventory";
import { billableResources } from "../../scripts/lib/billableResources";

const id = "/subscriptions/s/resourceGroups/rg/x";
const a100 = "Standard_NC24ads_A100_v4";
const inventory: Inventory = {
  ...{ empty: false, endpoints: [], jobs: [], workspaces: [{ id, name: "ws" }], standing: [] },
  clusters: [{ id, name: "gpu", vmSize: a100, vmPriority: "LowPriority", nodes: 1, maxNodes: 2 }],
  deployments: [{ id, name: "demo", instanceType: a100, instances: 2 }],
};

it("shows the price of all machines of a cluster and a deployment, and of all together", () => {
  const lines = billableResources(inventory);
  expect(lines).toContain(`  cluster gpu: 1 nodes of ${a100}, 0.73 USD per hour`);
  expect(lines).toContain(`  deployment demo: 2 × ${a100}, 7.35 USD per hour`);
  expect(lines.at(-1)).toMatch(/^machines at this moment: 8\.08 USD per hour \(list prices of .*, \d{4}-/);
});

it("does not show a size without a price as free, but machines that do not exist", () => {
  const sized = (vmSize: string, nodes: number) =>
    billableResources({
      ...inventory,
      ...{
        deployments: [],
        clusters: [{ id, name: "gpu", vmSize, vmPriority: "Dedicated", nodes, maxNodes: 1 }],
      },
    });
  expect(sized("Standard_X", 1).join("\n")).toMatch(
    /Standard_X, price unknown[^]*this moment: price unknown/,
  );
  expect(sized(a100, 0).at(-1)).toContain("0.00 USD per hour");
});

it("has one line for a cloud without billable resources", () => {
  expect(billableResources({ ...inventory, empty: true })).toEqual(["billable resources: none"]);
});
