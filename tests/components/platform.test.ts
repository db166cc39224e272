/** @jest-environment ./tests/components/environment.js */
import * as pulumi from "@pulumi/pulumi";
import type { PreflightCloud } from "../../preflight/cloud";
import { run } from "./harness";
import { fakeCloud } from "../preflight/fakeCloud";

let cloud: PreflightCloud = fakeCloud();
jest.mock("../../preflight/cloud", () => ({ azureCloud: () => cloud }));

// eslint-disable-next-line @typescript-eslint/no-require-imports
const program = require("../../index") as () => Promise<object>;

const lines: string[] = [];
beforeAll(() => {
  jest.spyOn(pulumi.log, "info").mockImplementation(async (text: string) => void lines.push(text));
});
beforeEach(() => {
  cloud = fakeCloud();
});

const registry = { name: "our-models" };
const type = "azure-native:machinelearningservices:Registry";

test("a platform stack creates a registry in its own group with owner tags, and nothing else", async () => {
  const result = await run(program, { platform: { registry }, tags: { owner: "us" } });
  expect(result.resources.map((one) => one.type).filter((one) => one.startsWith("azure-native"))).toEqual([
    "azure-native:resources:ResourceGroup",
    type,
  ]);
  const { inputs, protect } = result.one(type);
  expect(protect).toBe(false);
  expect(inputs).toMatchObject({
    registryName: "our-models",
    location: "westeurope",
    identity: { type: "SystemAssigned" },
    publicNetworkAccess: "Enabled",
    tags: {
      owner: "us",
      "pulumi-project": expect.any(String) as string,
      "pulumi-stack": expect.any(String) as string,
    },
  });
  expect(inputs.regionDetails).toEqual([
    {
      location: "westeurope",
      storageAccountDetails: [
        {
          systemCreatedStorageAccount: {
            storageAccountType: "Standard_LRS",
            storageAccountHnsEnabled: false,
            allowBlobPublicAccess: false,
          },
        },
      ],
      acrDetails: [{ systemCreatedAcrAccount: { acrAccountSku: "Premium" } }],
    },
  ]);
  expect(result.outputs).toMatchObject({ registryName: "our-models", locations: ["westeurope"] });
  expect(lines.join("\n")).toMatch(/bills a Premium container registry/);
});

test("protect applies to the registry and its group, and further regions follow the primary one", async () => {
  const settings = { ...registry, protect: true, locations: ["eastus2", "westeurope"] };
  const result = await run(program, { platform: { registry: settings } });
  expect(result.one(type).protect).toBe(true);
  expect(result.one("azure-native:resources:ResourceGroup").protect).toBe(true);
  const regions = result.one(type).inputs.regionDetails as Array<{ location: string }>;
  expect(regions.map(({ location }) => location)).toEqual(["westeurope", "eastus2"]);
});

test("sections of stacks that train are refused by name", async () => {
  await expect(
    run(program, { platform: { registry }, compute: { maxNodes: 2 }, model: { shareTo: "x-y" } }),
  ).rejects.toThrow(
    /2 mistakes[^]*compute[^]*creates the registry "our-models" and nothing else[^]*model[^]*platform, tags in a platform stack/,
  );
});

test.each([
  ["a", /platform.registry.name[^]*3-32 letters/],
  ["-abc", /platform.registry.name/],
  ["a".repeat(33), /platform.registry.name/],
])("the name %s is refused before any request", async (name, says) => {
  await expect(run(program, { platform: { registry: { name } } })).rejects.toThrow(says);
});

test("a name that another registry of the tenant has is refused, the stack's own is not", async () => {
  cloud = fakeCloud({ registryPlace: async () => ({ subscriptionId: "other", resourceGroup: "theirs" }) });
  await expect(run(program, { platform: { registry } })).rejects.toThrow(
    /"our-models" exists in resource group theirs of subscription other[^]*Choose another name/,
  );
  const own = { ...registry, resourceGroup: "mine" };
  const subscriptionId = "00000000-0000-0000-0000-000000000001";
  cloud = fakeCloud({ registryPlace: async () => ({ subscriptionId, resourceGroup: "MINE" }) });
  await expect(run(program, { platform: { registry: own } })).resolves.toBeDefined();
});

test("a region without registries is refused with those that have them", async () => {
  cloud = fakeCloud({ registryLocations: async () => ["eastus", "westus"] });
  await expect(
    run(program, { platform: { registry: { ...registry, locations: ["eastus", "westindia"] } } }),
  ).rejects.toThrow(
    /azure-native:location[^]*offers no registries in "westeurope"[^]*platform.registry.locations[^]*"westindia"/,
  );
});
