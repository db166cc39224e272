import { workspaceNames } from "../../azureml/names";
import { ProblemCollector } from "../../preflight/checks/context";
import { checkNames } from "../../preflight/checks/names";
import type { PreflightCloud } from "../../preflight/cloud";
import { config } from "./support";

const subscriptionId = "00000000-0000-0000-0000-000000000001";
const identity = { project: "azureml-finetune", stack: "dev", subscriptionId };
const ref = { subscriptionId, resourceGroupName: "rg", workspaceName: "mlw-x" };
const ML = "Microsoft.MachineLearningServices";
const workspaceId = `/subscriptions/${subscriptionId}/resourcegroups/rg/providers/${ML.toLowerCase()}/workspaces/mlw-x`;
const ownTags = { "pulumi-project": "azureml-finetune", "pulumi-stack": "dev" };

async function check(
  cloud: Partial<PreflightCloud> = {},
  settings: Record<string, unknown> = {},
  named = ref,
) {
  const report = new ProblemCollector(identity.project);
  const notes: string[] = [];
  const asked: string[] = [];
  const all: Partial<PreflightCloud> = {
    workspace: async () => undefined,
    nameUse: async (kind) => {
      asked.push(kind);
      return { state: "free" };
    },
    deletedVaults: async () => [],
    deletedWorkspaces: async () => {
      asked.push("deletedWorkspaces");
      return [];
    },
    endpointsNamed: async () => [],
    endpointAddress: async () => false,
    ...cloud,
  };
  const facts = {
    config: config({ endpoint: { name: "chat" }, ...settings }),
    identity,
    cloud: all as PreflightCloud,
    report,
    notes,
  };
  const context = { ...facts, sizes: [], endpointName: "chat" };
  const reuse = await checkNames(context, named, "westeurope");
  return {
    reuse,
    problems: report.problems.map(({ property, seen, remedy }) => [property, seen, remedy ?? ""].join(" | ")),
    notes,
    asked,
  };
}

const vault =
  (more: object = {}) =>
  async () => [
    {
      name: workspaceNames(identity).keyVault,
      location: "westeurope",
      scheduledPurgeDate: "2027-01-01T00:00:00Z",
      purgeProtected: false,
      vaultId: `/subscriptions/${subscriptionId}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/x`,
      tags: ownTags as Record<string, string>,
      ...more,
    },
  ];

test("says nothing if every name is free", async () => {
  const { problems, notes, asked } = await check();
  expect({ problems, notes }).toEqual({ problems: [], notes: [] });
  expect(asked.sort()).toEqual(["deletedWorkspaces", "keyVault", "storageAccount"]);
});

test("asks for no name of a workspace that exists", async () => {
  const { asked } = await check({ workspace: async () => ({ location: "westeurope" }) });
  expect(asked).toEqual([]);
});

test("refuses the name of a soft-deleted workspace and says how to purge it", async () => {
  const { problems } = await check({ deletedWorkspaces: async () => [workspaceId] });
  expect(problems).toEqual([
    expect.stringMatching(
      /^azureml-finetune:workspace \| workspace "mlw-x" in resource group "rg" is soft-deleted .*\| Purge it: az rest --method delete --url "\/subscriptions\/.*forceToPurge=true"\. Or set workspace\.generation: 2 for new names\.$/,
    ),
  ]);
});

test("accepts a deleted workspace of the same name in another group", async () => {
  const other = workspaceId.replace("/rg/", "/other/");
  expect((await check({ deletedWorkspaces: async () => [other] })).problems).toEqual([]);
});

test("continues where Azure lists no deleted workspaces", async () => {
  expect(await check({ deletedWorkspaces: async () => undefined })).toMatchObject({
    problems: [],
    notes: [],
  });
});

test("refuses the name of a soft-deleted key vault, with the command that purges it", async () => {
  const { problems } = await check({ deletedVaults: vault({ location: "northeurope" }) });
  expect(problems).toEqual([
    expect.stringMatching(
      /key vault "kv-.*" is soft-deleted in northeurope and keeps its name until 2027-01-01.* \| Purge it: az keyvault purge --name kv-\S+ --location northeurope\./,
    ),
  ]);
});

test("suggests new names only if a key vault of another region has purge protection", async () => {
  const { problems } = await check({
    deletedVaults: vault({ purgeProtected: true, location: "northeurope" }),
  });
  expect(problems).toEqual([
    expect.stringMatching(/\| It has purge protection: set workspace\.generation: 2/),
  ]);
});

test.each([
  ["purge protection", { purgeProtected: true }],
  ["no tags in the list", { tags: {} }],
  ["a region written as a name", { location: "West Europe" }],
])("recovers the stack's own soft-deleted key vault: %s", async (_case, more) => {
  const { problems, notes, reuse } = await check({ deletedVaults: vault(more) });
  expect(problems).toEqual([]);
  expect(notes).toEqual([expect.stringMatching(/is soft-deleted in .*: an update recovers it\./)]);
  expect(reuse.recoverVault).toBe(true);
});

test("refuses a soft-deleted key vault without the protection that the stack asks for", async () => {
  const settings = { workspace: { purgeProtection: true } };
  const { problems } = await check({ deletedVaults: vault() }, settings);
  expect(problems).toEqual([expect.stringMatching(/Purge it: az keyvault purge/)]);
});

test("refuses a soft-deleted key vault of another stack", async () => {
  const tags = { ...ownTags, "pulumi-stack": "other" };
  const { problems, reuse } = await check({ deletedVaults: vault({ tags }) });
  expect(problems).toEqual([expect.stringMatching(/belongs to another stack and keeps its name/)]);
  expect(reuse.recoverVault).toBe(false);
});

describe("a soft-deleted workspace of the stack's own name", () => {
  const { workspace } = workspaceNames(identity);
  const own = { ...ref, workspaceName: workspace };
  const deletedWorkspaces = async () => [workspaceId.replace("mlw-x", workspace)];

  test("is purged by an update if its storage account is gone", async () => {
    const { problems, notes, reuse } = await check({ deletedWorkspaces }, {}, own);
    expect(problems).toEqual([]);
    expect(notes).toEqual([expect.stringMatching(/storage account is gone: an update purges it/)]);
    expect(reuse.purgeWorkspace).toBe(true);
  });

  test("is purged although Azure does not list it, and not purged if the list does not name it", async () => {
    const unlisted = await check({ deletedWorkspaces: async () => undefined }, {}, own);
    expect(unlisted.reuse.purgeWorkspace).toBe(true);
    expect((await check({}, {}, own)).reuse.purgeWorkspace).toBe(false);
  });

  test.each([
    ["its storage account exists", { nameUse: async () => ({ state: "own" }) as const }, {}],
    ["the stack must not purge", {}, { workspace: { purgeOnDestroy: false } }],
    ["the account's name cannot be read", { nameUse: async () => Promise.reject(new Error("403")) }, {}],
  ])("is left to a person if %s", async (_case, cloud, settings) => {
    const { problems, reuse } = await check({ deletedWorkspaces, ...cloud }, settings, own);
    expect(problems).toEqual([expect.stringMatching(/urge it: az rest --method delete/)]);
    expect(reuse.purgeWorkspace).toBe(false);
  });
});

test("refuses names that somebody else has, in one message", async () => {
  const { problems } = await check({
    nameUse: async (kind) => ({ state: "taken", message: `The ${kind} is already taken.` }),
  });
  expect(problems).toEqual([
    expect.stringMatching(
      /name "st\w+" of the storage account is taken: The storageAccount is already taken\. \|/,
    ),
    expect.stringMatching(/name "kv-\S+" of the key vault is taken: The keyVault is already taken\. \|/),
  ]);
});

test("only notes a name of the stack's own resource in another group", async () => {
  const { problems, notes } = await check({
    nameUse: async (kind) =>
      kind === "keyVault"
        ? { state: "own" }
        : { state: "taken", message: "taken", owner: { id: "/subscriptions/x/old", tags: ownTags } },
  });
  expect(problems).toEqual([]);
  expect(notes).toEqual([
    expect.stringMatching(/moves to another resource group\. It is \/subscriptions\/x\/old/),
  ]);
});

test("refuses an endpoint name that another workspace of the subscription has in the region", async () => {
  const other = `/subscriptions/${subscriptionId}/resourceGroups/b/providers/${ML}/workspaces/w/onlineEndpoints/chat`;
  const found = (location: string, tags = {}) => ({
    endpointsNamed: async () => [{ id: other, location, tags }],
  });
  expect((await check(found("West Europe"))).problems).toEqual([
    expect.stringMatching(
      /^azureml-finetune:endpoint\.name \| endpoint "chat" exists in westeurope in another workspace: .*\| Endpoint names are unique/,
    ),
  ]);
  expect((await check(found("eastus"))).problems).toEqual([]);
  expect((await check(found("westeurope", ownTags))).problems).toEqual([]);
});

test("accepts its own endpoint without asking for its address", async () => {
  const own = `/subscriptions/${subscriptionId}/resourceGroups/rg/providers/${ML}/workspaces/mlw-x/onlineEndpoints/chat`;
  const { problems, notes } = await check({
    endpointsNamed: async () => [{ id: own, location: "westeurope", tags: {} }],
    endpointAddress: () => Promise.reject(new Error("asked")),
  });
  expect({ problems, notes }).toEqual({ problems: [], notes: [] });
});

test("notes an endpoint address that exists already, because that is inferred", async () => {
  const { problems, notes } = await check({ endpointAddress: async () => true });
  expect(problems).toEqual([]);
  expect(notes).toEqual([expect.stringMatching(/address of endpoint "chat" exists in westeurope already/)]);
  expect((await check({ endpointAddress: async () => undefined })).notes).toEqual([]);
});

test("a refused request makes a note", async () => {
  const { problems, notes } = await check({
    deletedVaults: () => Promise.reject(new Error("403")),
    nameUse: () => Promise.reject(new Error("403")),
    endpointsNamed: () => Promise.reject(new Error("403")),
  });
  expect(problems).toEqual([]);
  expect(notes.map((note) => /name of the (.*) is free is not checked: 403/.exec(note)?.[1]).sort()).toEqual([
    "endpoint",
    "key vault",
    "key vault",
    "storage account",
  ]);
});

test("recovers the vault that somebody deleted of a workspace that exists", async () => {
  const existing = { workspace: () => Promise.resolve({} as never) };
  const { problems, reuse, asked } = await check({ ...existing, deletedVaults: vault() });
  expect([problems, asked]).toEqual([[], []]);
  expect(reuse).toEqual({ purgeWorkspace: false, recoverVault: true });
  const refused = await check({ ...existing, deletedVaults: () => Promise.reject(new Error("403")) });
  expect(refused).toMatchObject({ problems: [], notes: [], reuse: { recoverVault: false } });
});
