import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { preparedQuality } from "../../scripts/lib/preparedQuality";

test("the quality of a data version is that of the prepared file whose hash begins with it", async () => {
  const root = mkdtempSync(join(tmpdir(), "azureml-quality-"));
  expect(await preparedQuality(root, "1eb5")).toBeUndefined();
  const quality = {
    splits: { train: { sha256: "1eb5680a", rows: 3 }, test: { sha256: "79738980", rows: 1 } },
  };
  for (const [name, manifest] of Object.entries({ old: {}, own: { quality } })) {
    mkdirSync(join(root, ".data", name), { recursive: true });
    writeFileSync(join(root, ".data", name, "manifest.json"), JSON.stringify(manifest));
  }
  expect(await preparedQuality(root, "1eb5")).toEqual({ sha256: "1eb5680a", rows: 3 });
  expect(await preparedQuality(root, "ffff")).toBeUndefined();
  rmSync(root, { recursive: true });
});
