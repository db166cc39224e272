import {
  exportedState,
  type ExportedState,
  type StateResource,
} from "../../../operations/recovery/deployment";
import { isUnknown, nativeAddress, nativeTypes } from "../../../operations/recovery/nativeIds";
import { ownershipProblem } from "../../../operations/recovery/ownership";
import { takeOver } from "../../../operations/recovery/takeOver";
import resources from "../../../local/plugins/azureNative/resources.json";

const urn = (name: string): string => `urn:pulumi:dev::shop::azure-native:x:Y::${name}`;
const subscription = "00000000-0000-0000-0000-000000000001";
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

function stateWith(known: Partial<StateResource>[], pending: Partial<StateResource>[] = []): ExportedState {
  const complete = (item: Partial<StateResource>) => ({ type: "azure-native:x:Y", custom: true, ...item });
  return exportedState.parse({
    version: 3,
    deployment: {
      manifest: { time: "now" },
      resources: known.map(complete),
      pending_operations: pending.map((item) => ({ type: "creating", resource: complete(item) })),
    },
  });
}
const found = (name: string, more: Partial<StateResource> = {}) => ({
  id: `/found/${name}`,
  resource: { type: "azure-native:x:Y", custom: true, urn: urn(name), ...more },
});
const urns = (state: ExportedState) => state.deployment.resources?.map((item) => item.urn);

describe("the address of a resource in Azure", () => {
  it("is known for every native type that the program creates, as the provider forms it", () => {
    // The stand-in has none of these: their options are checked with Pulumi's mocks only.
    const mocked = /^azure-native:network:/;
    const created = Object.entries(nativeTypes).filter(([type]) => !mocked.test(type));
    const ours = created.map(([type, { path, apiVersion }]) => [type, path.toLowerCase(), apiVersion]);
    const theirs = Object.entries(resources).map(([type, { path, apiVersion }]) => [
      type,
      path.toLowerCase(),
      apiVersion,
    ]);
    expect(ours.sort()).toEqual(theirs.sort());
  });

  it("follows from the inputs", () => {
    const inputs = {
      resourceGroupName: "rg",
      workspaceName: "ws",
      computeName: "gpu",
      azureApiVersion: "2024-10-01",
    };
    expect(nativeAddress("azure-native:machinelearningservices:Compute", inputs, subscription)).toEqual({
      id: `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws/computes/gpu`,
      apiVersion: "2024-10-01",
      title: "cluster gpu",
    });
  });

  it("contains the scope of a role assignment as a path", () => {
    const inputs = { scope: "/subscriptions/s/resourceGroups/rg", roleAssignmentName: "guid" };
    expect(nativeAddress("azure-native:authorization:RoleAssignment", inputs, subscription)?.id).toBe(
      "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Authorization/roleAssignments/guid",
    );
  });

  it("is not known while a preview does not know a name, nor for other types", () => {
    expect(isUnknown(unknown)).toBe(true);
    const inputs = { resourceGroupName: unknown };
    expect(nativeAddress("azure-native:resources:ResourceGroup", inputs, subscription)).toBeUndefined();
    expect(nativeAddress("command:local:Command", {}, subscription)).toBeUndefined();
  });
});

describe("a resource that exists in Azure", () => {
  const tags = { "pulumi-project": "shop", "pulumi-stack": "dev", team: "a" };

  it("belongs to the stack if it has the stack's owner tags, whatever its other tags are", () => {
    const live = { tags: { "pulumi-project": "shop", "pulumi-stack": "dev", policy: "x" }, properties: {} };
    expect(ownershipProblem({ tags }, live)).toBeUndefined();
    expect(ownershipProblem({ properties: { tags } }, { properties: { tags } })).toBeUndefined();
  });

  it("does not belong to it without these tags or with another stack's", () => {
    expect(ownershipProblem({ tags }, { properties: {} })).toBe(
      "it has no tag pulumi-project, it has no tag pulumi-stack",
    );
    const other = { tags: { ...tags, "pulumi-stack": "prod" }, properties: {} };
    expect(ownershipProblem({ tags }, other)).toBe('its tag pulumi-stack is "prod", not "dev"');
  });

  it("belongs to it as a role assignment if principal and role are equal", () => {
    const inputs = { principalId: "p", roleDefinitionId: "/providers/…/roleDefinitions/R" };
    const live = { principalId: "p", roleDefinitionId: "/subscriptions/s/providers/…/roleDefinitions/r" };
    expect(ownershipProblem(inputs, { properties: live })).toBeUndefined();
    expect(ownershipProblem(inputs, { properties: { ...live, principalId: "q" } })).toBe(
      "its principalId is q, not p",
    );
    expect(ownershipProblem({}, { properties: {} })).toBe("it has no tags that name its owner");
  });
});

describe("a state with a resource that was taken over", () => {
  it("contains it as one whose initialisation failed, and no longer as pending", () => {
    const pending = { urn: urn("a"), inputs: { name: "a" }, outputs: { old: 1 } };
    const state = takeOver(stateWith([], [pending]), [found("a", pending)], new Set([urn("a")]));
    expect(state.deployment.pending_operations).toEqual([]);
    expect(state.deployment.resources).toEqual([
      expect.objectContaining({ urn: urn("a"), id: "/found/a", inputs: { name: "a" }, outputs: {} }),
    ]);
    expect(state.deployment.resources?.[0]?.initErrors).toHaveLength(1);
    expect(state.deployment.manifest).toEqual({ time: "now" });
  });

  it("keeps pending operations that were not examined", () => {
    const state = takeOver(stateWith([], [{ urn: urn("a") }, { urn: urn("b") }]), [], new Set([urn("a")]));
    expect(state.deployment.pending_operations?.map(({ resource }) => resource.urn)).toEqual([urn("b")]);
  });

  it("contains it behind what it refers to and before what refers to it", () => {
    const known = [{ urn: urn("user"), dependencies: [urn("new")] }, { urn: urn("base") }];
    const state = takeOver(
      stateWith(known),
      [found("new", { dependencies: [urn("base"), urn("lost")] })],
      new Set(),
    );
    expect(urns(state)).toEqual([urn("base"), urn("new"), urn("user")]);
    expect(state.deployment.resources?.[1]?.dependencies).toEqual([urn("base")]);
  });

  it("marks the resource that it replaces for deletion", () => {
    const state = takeOver(stateWith([{ urn: urn("a"), id: "/old" }]), [found("a")], new Set());
    expect(state.deployment.resources?.map(({ id, delete: isDeleted }) => [id, isDeleted])).toEqual([
      ["/old", true],
      ["/found/a", undefined],
    ]);
  });

  it("forgets a predecessor that was deleted before its replacement", () => {
    const old = { urn: urn("a"), id: "/old", pendingReplacement: true };
    const state = takeOver(stateWith([old]), [found("a")], new Set());
    expect(state.deployment.resources?.map(({ id }) => id)).toEqual(["/found/a"]);
  });

  it("keeps a resource that was to be deleted and is wanted again", () => {
    const known = [
      { urn: urn("a"), id: "/found/a", delete: true },
      { urn: urn("a"), id: "/newer" },
    ];
    const state = takeOver(stateWith(known), [found("a")], new Set());
    expect(state.deployment.resources?.map(({ id, delete: isDeleted }) => [id, isDeleted])).toEqual([
      ["/newer", true],
      ["/found/a", undefined],
    ]);
  });

  it("leaves out inputs that a preview did not know or show", () => {
    const inputs = { name: "a", key: "[secret]", properties: { deep: [unknown] }, ok: { deep: [1] } };
    const state = takeOver(stateWith([]), [found("a", { inputs })], new Set());
    expect(state.deployment.resources?.[0]?.inputs).toEqual({ name: "a", ok: { deep: [1] } });
  });
});
