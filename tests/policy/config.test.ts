import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { types } from "../../policy/types";
import { messagesOf, startPack, thing, type OpenedPack } from "./support";

const folder = mkdtempSync(join(tmpdir(), "policy-config-"));
const opened: OpenedPack[] = [];
afterAll(async () => {
  for (const one of opened) await one.close();
  rmSync(folder, { recursive: true, force: true });
});

async function configured(config: object): Promise<OpenedPack["pack"]> {
  const file = join(folder, `${opened.length}.json`);
  writeFileSync(file, JSON.stringify(config));
  const one = await startPack({ name: "dev", config: file });
  opened.push(one);
  return one.pack;
}

test("a configuration file changes limits, levels, and the rules that are off by default", async () => {
  const pack = await configured({
    "cluster-nodes": { most: { dev: 5 } },
    "gpu-sizes": "disabled",
    "cluster-scales-to-zero": { enforcementLevel: "advisory" },
    "customer-managed-key": { environments: ["dev"] },
  });
  const cluster = (scaleSettings: object) =>
    thing(types.cluster, { properties: { properties: { vmSize: "Standard_ND96asr_v4", scaleSettings } } });
  const found = await pack.analyze(cluster({ maxNodeCount: 5, minNodeCount: 1 }));
  expect(messagesOf(found, "cluster-nodes")).toEqual([]);
  expect(messagesOf(found, "gpu-sizes")).toEqual([]);
  expect(found.find(({ policy }) => policy === "cluster-scales-to-zero")?.level).toBe("advisory");
  expect(messagesOf(await pack.analyze(cluster({ maxNodeCount: 6 })), "cluster-nodes").join()).toMatch(
    /is 6; allowed: at most 5/,
  );
  const workspace = (encryption?: object) => thing(types.workspace, { ...(encryption && { encryption }) });
  expect(messagesOf(await pack.analyze(workspace()), "customer-managed-key").join()).toMatch(
    /encryption\.status is not set; allowed: Enabled/,
  );
  expect(messagesOf(await pack.analyze(workspace({ status: "Enabled" })), "customer-managed-key")).toEqual(
    [],
  );
});

test.each([
  [
    "a value of another type",
    { "cluster-nodes": { most: { dev: "many" } } },
    /validating policy config for "azureml-finetune": cluster-nodes\.most\.dev: .*expected number/,
  ],
  [
    "an unknown policy",
    { "cluster-node": "disabled" },
    /has no policy "cluster-node"; it has: .*cluster-nodes/,
  ],
  ["an unknown level", { "cluster-nodes": "warning" }, /--policy-pack-config .*one of advisory, mandatory/s],
  [
    "remediation",
    { "cluster-nodes": "remediate" },
    /policy "cluster-nodes" of pack azureml-finetune has the level remediate, which the embedded engine does not support/,
  ],
])("refuses %s", async (_what, config, message) => {
  await expect(configured(config)).rejects.toThrow(message);
});
