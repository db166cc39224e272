import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { workspace } from "./support/azureStub";
import { openStage, type Stage, changes, failureOf } from "./support/stage";

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

// Also checks that nothing private was ever sent or printed.
afterAll(() => stage.close());

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

  test("without its file names the file and how to make it", async () => {
    const { inputs } = await stage.host.check("dataUpload", {}, upload);
    const error = await failureOf(stage.host.create("dataUpload", inputs));
    expect(error.message).toContain("[LocalFileMissing] file: .data/train_sft.jsonl does not exist");
    expect(error.message).toContain("download-dataset");
  });

  test("goes up in blocks, is verified, and is not sent twice", async () => {
    fs.mkdirSync(path.join(stage.home, ".data"), { recursive: true });
    fs.writeFileSync(path.join(stage.home, upload.file), content);
    const { inputs } = await stage.host.check("dataUpload", {}, upload);
    expect(inputs.dataUri).toBe(
      `azureml://subscriptions/${workspace.subscriptionId}/resourcegroups/rg/workspaces/ws/datastores/workspaceblobstore/paths/${blob}`,
    );
    const { id, outs } = await stage.host.create("dataUpload", inputs);
    expect(outs).toMatchObject({
      bytes: content.length,
      blobUrl: `${stage.azure.baseUrl}/blob/data/${blob}`,
    });
    expect(stage.azure.blobs.get(blob)?.bytes.equals(content)).toBe(true);
    const puts = stage.azure.count("PUT", /^\/blob\//);
    expect(puts).toBe(4);
    await stage.host.create("dataUpload", inputs);
    expect(stage.azure.count("PUT", /^\/blob\//)).toBe(puts);
    expect((await stage.host.read("dataUpload", id, outs)).id).toBe(id);
    const moved = await stage.host.check("dataUpload", inputs, {
      ...upload,
      file: "elsewhere/train_sft.jsonl",
    });
    expect((await stage.host.diff("dataUpload", outs, moved.inputs)).changes).toBe(changes.none);
    await stage.host.delete("dataUpload", id, outs);
    expect(stage.azure.blobs.has(blob)).toBe(false);
    expect((await stage.host.read("dataUpload", id, outs)).id).toBe("");
  });

  test("of a file that changed meanwhile is refused", async () => {
    const other = { ...upload, sha256: "0".repeat(64) };
    const { inputs } = await stage.host.check("dataUpload", {}, other);
    const error = await failureOf(stage.host.create("dataUpload", inputs));
    expect(error.message).toContain(`[LocalFileChanged] sha256: .data/train_sft.jsonl has ${sha256}`);
  });
});
