import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { workspace } from "./support/azureStub";
import { openFixture, type Fixture, changes, failureOf } from "./support/fixture";

let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
});

// Also checks that no secret and no machine path was sent or printed.
afterAll(() => fixture.close());

describe("a data upload", () => {
  const content = Buffer.from(`${"x".repeat(9 * 1024 * 1024)}\n`);
  const sha256 = createHash("sha256").update(content).digest("hex");
  const upload = {
    workspace,
    datastoreName: "workspaceblobstore",
    file: ".data/train_sft.jsonl",
    sha256,
    folder: "azureml-finetune/test",
    onDestroy: "delete",
  };
  const blob = `azureml-finetune/test/${sha256}/train_sft.jsonl`;

  test("fails without its file and names the command that prepares it", async () => {
    const { inputs } = await fixture.host.check("dataUpload", {}, upload);
    const error = await failureOf(fixture.host.create("dataUpload", inputs));
    expect(error.message).toContain("[LocalFileMissing] file: .data/train_sft.jsonl does not exist");
    expect(error.message).toContain("download-dataset");
  });

  test("uploads in blocks, verifies the result and uploads once", async () => {
    fs.mkdirSync(path.join(fixture.home, ".data"), { recursive: true });
    fs.writeFileSync(path.join(fixture.home, upload.file), content);
    const { inputs } = await fixture.host.check("dataUpload", {}, upload);
    expect(inputs.dataUri).toBe(
      `azureml://subscriptions/${workspace.subscriptionId}/resourcegroups/rg/workspaces/ws/datastores/workspaceblobstore/paths/${blob}`,
    );
    const { id, outs } = await fixture.host.create("dataUpload", inputs);
    expect(outs).toMatchObject({
      bytes: content.length,
      blobUrl: `${fixture.azure.baseUrl}/blob/data/${blob}`,
    });
    expect(fixture.azure.blobs.get(blob)?.bytes.equals(content)).toBe(true);
    const puts = fixture.azure.count("PUT", /^\/blob\//);
    expect(puts).toBe(4);
    await fixture.host.create("dataUpload", inputs);
    expect(fixture.azure.count("PUT", /^\/blob\//)).toBe(puts);
    expect((await fixture.host.read("dataUpload", id, outs)).id).toBe(id);
    const moved = await fixture.host.check("dataUpload", inputs, {
      ...upload,
      file: "elsewhere/train_sft.jsonl",
    });
    expect((await fixture.host.diff("dataUpload", outs, moved.inputs)).changes).toBe(changes.none);
    await fixture.host.delete("dataUpload", id, outs);
    expect(fixture.azure.blobs.has(blob)).toBe(false);
    expect((await fixture.host.read("dataUpload", id, outs)).id).toBe("");
  });

  test("refuses a file that changed after it was hashed", async () => {
    const other = { ...upload, sha256: "0".repeat(64) };
    const { inputs } = await fixture.host.check("dataUpload", {}, other);
    const error = await failureOf(fixture.host.create("dataUpload", inputs));
    expect(error.message).toContain(`[LocalFileChanged] sha256: .data/train_sft.jsonl has ${sha256}`);
  });
});
