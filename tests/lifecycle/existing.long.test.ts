import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../../scripts/lib/sandbox";
import { interruptionOf } from "./interruption";
import { makeTestSandbox, outputs, stateOf } from "./support";

const stateFile = ".local/state/.pulumi/stacks/azureml-finetune/local.json";

/** Versions are immutable and named after their content: one that exists is the one that is wanted. */
describe("versions that exist in Azure and not in the state", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await makeTestSandbox();
    sandbox.setConfig("azureml-finetune:endpoint.enabled", false);
    sandbox.setConfig("azureml-finetune:workspace.allowedIpRanges", ["203.0.113.7", "198.51.100.0/24"]);
    sandbox.setConfig("azureml-finetune:workspace.managedNetwork.isolationMode", "AllowInternetOutbound");
    await sandbox.run("stack", "up");
  });
  afterAll(() => sandbox.dispose());
  const { send, succeed, jobs } = interruptionOf(() => sandbox);

  /** The state as a backup from before these resources were created. */
  const forget = (...types: string[]): void => {
    const file = join(sandbox.root, stateFile);
    const state = JSON.parse(sandbox.read(stateFile)) as {
      checkpoint: { latest: { resources: Array<Record<string, unknown> & { type: string; urn: string }> } };
    };
    const { latest } = state.checkpoint;
    const lost = latest.resources.filter(({ type }) => types.some((end) => type.endsWith(end)));
    expect(lost.length).toBeGreaterThan(0);
    const urns = new Set(lost.map(({ urn }) => urn));
    const without = (list: unknown): unknown =>
      Array.isArray(list) ? list.filter((urn) => !urns.has(String(urn))) : list;
    latest.resources = latest.resources
      .filter(({ urn }) => !urns.has(urn))
      .map((resource) => ({
        ...resource,
        dependencies: without(resource["dependencies"]),
        propertyDependencies: Object.fromEntries(
          Object.entries((resource["propertyDependencies"] ?? {}) as object).map(([name, list]) => [
            name,
            without(list),
          ]),
        ),
      }));
    writeFileSync(file, JSON.stringify(state));
  };
  const splitPercent = (percent: number): void =>
    sandbox.setConfig("azureml-finetune:dataset.splitPercent", percent);

  test("belong to a stack whose storage and vault refuse all addresses but its own", async () => {
    const idOf = (type: string): string =>
      stateOf(sandbox).resources.find((one) => one.type === `azure-native:${type}`)?.id ?? "";
    type Rules = { properties: { networkAcls: { defaultAction: string; ipRules: { value: string }[] } } };
    const rules = async (type: string, version: string) =>
      (await send<Rules>("GET", `${idOf(type)}?api-version=${version}`)).properties.networkAcls;
    for (const acls of [
      await rules("storage:StorageAccount", "2024-01-01"),
      await rules("keyvault:Vault", "2024-11-01"),
    ]) {
      expect(acls.defaultAction).toBe("Deny");
      // Key Vault adds the length to a single address.
      expect(acls.ipRules.map(({ value }) => value.replace("/32", ""))).toEqual([
        "203.0.113.7",
        "198.51.100.0/24",
      ]);
    }
    await succeed("preview", "--expect-no-changes");
  });

  test("are taken over on the way back from a larger slice whose training failed", async () => {
    const first = outputs(sandbox).jobName;
    await send("POST", "/local/faults", {
      kind: "step-crash",
      path: "*/steps/chat_completion_finetune",
      times: 1,
    });
    splitPercent(2);
    expect((await sandbox.run("stack", "up")).code).not.toBe(0);
    splitPercent(1);
    await succeed("up");
    expect(outputs(sandbox).jobName).toBe(first);
    await succeed("preview", "--expect-no-changes");
    expect(stateOf(sandbox).resources.filter((resource) => resource.delete)).toEqual([]);
    expect(await jobs()).toBe(2);
  });

  test("are taken over by the same update if the last one succeeded", async () => {
    forget(":DataVersion", ":ModelVersion");
    const up = await succeed("up");
    expect(up.all).toMatch(/What exists already can belong to this stack/);
    expect(up.all).toMatch(/Taken over: data version /);
    expect(up.all).toMatch(/Taken over: model version /);
    await succeed("preview", "--expect-no-changes");
    expect(await jobs()).toBe(2);
  });

  test("are taken over with the cluster and the rest of a stack whose state is older", async () => {
    forget(":DataVersion", ":ModelVersion", ":Compute", ":PipelineJob");
    expect((await succeed("up")).all).toMatch(/Taken over: cluster /);
    await succeed("preview", "--expect-no-changes");
    expect(await jobs()).toBe(2);
  });

  test("are refused by name if they belong to another owner", async () => {
    const version = stateOf(sandbox).resources.find(({ type }) => type.endsWith(":ModelVersion"));
    const path = `${version?.id}?api-version=2025-12-01`;
    const live = await send<{ properties: { tags: Record<string, string> } }>("GET", path);
    await send("PUT", path, {
      properties: { ...live.properties, tags: { ...live.properties.tags, "pulumi-stack": "other" } },
    });
    forget(":ModelVersion");
    const up = await sandbox.run("stack", "up");
    expect(up.code).not.toBe(0);
    expect(up.all).toMatch(
      /not of this stack.*model version \d+ \(its tag pulumi-stack is "other", not "local"/s,
    );
  });
});
