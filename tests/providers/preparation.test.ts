import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { workspace } from "./support/azureStubTypes";
import { changes, failureOf, type Fixture, openFixture, unknown } from "./support/fixture";

let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
  fixture.azure.models = [
    { version: "15", tags: { finetune_compute_allow_list: "['Standard_NC24ads_A100_v4']" } },
    { version: "5", tags: {} },
  ];
});

// Also checks that no secret and no machine path was sent or printed.
afterAll(() => fixture.close());

describe("a model look-up", () => {
  const question = { registry: "azureml", name: "Phi-3-mini-4k-instruct", version: "latest" };

  test("is resolved in check, so a preview shows the result", async () => {
    const { inputs } = await fixture.host.check("modelLookup", {}, question);
    expect(inputs).toMatchObject({
      resolvedVersion: "15",
      modelId: "azureml://registries/azureml/models/Phi-3-mini-4k-instruct/versions/15",
      tags: { finetune_compute_allow_list: "['Standard_NC24ads_A100_v4']" },
      modelProperties: { "finetuning-tasks": "chat-completion" },
    });
  });

  test("keeps its version when a newer one appears, and reports the newer one", async () => {
    const first = await fixture.host.check("modelLookup", {}, question);
    fixture.azure.models.unshift({ version: "16", tags: {} });
    const second = await fixture.host.check("modelLookup", first.inputs, question);
    fixture.azure.models.shift();
    expect(second.inputs.resolvedVersion).toBe("15");
    expect(fixture.host.output()).toContain("version 16 is available; this stack stays on 15");
    const diff = await fixture.host.diff("modelLookup", first.inputs, second.inputs);
    expect(diff.changes).toBe(changes.none);
  });

  test("keeps the pinned model when the configuration names its version, without a request", async () => {
    const first = await fixture.host.check("modelLookup", {}, question);
    const before = fixture.azure.count("GET", /registries/);
    const second = await fixture.host.check("modelLookup", first.inputs, { ...question, version: "15" });
    expect(second.inputs).toEqual({ ...first.inputs, version: "15" });
    expect(fixture.azure.count("GET", /registries/)).toBe(before);
  });

  test("lists the newest versions when the version does not exist, without a stack trace", async () => {
    const { failures } = await fixture.host.check("modelLookup", {}, { ...question, version: "99" });
    expect(failures).toEqual([
      '[AssetNotFound] foundationModel: "Phi-3-mini-4k-instruct" has no version 99 in registry azureml; newest versions: 15, 5. Set one of these versions, or "latest".',
    ]);
  });

  test("returns unknown outputs for unknown inputs", async () => {
    const { inputs, failures } = await fixture.host.check("modelLookup", {}, { ...question, name: unknown });
    expect(failures).toEqual([]);
    expect(inputs.modelId).toBe(unknown);
  });
});

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

  test("fails without its file and names the command to run", async () => {
    const { inputs } = await fixture.host.check("dataUpload", {}, upload);
    const error = await failureOf(fixture.host.create("dataUpload", inputs));
    expect(error.message).toContain("[LocalFileMissing] file: .data/train_sft.jsonl does not exist");
    expect(error.message).toContain("Then run `up` again");
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
    expect(error.message).toContain(
      `[LocalFileChanged] sha256: .data/train_sft.jsonl has ${sha256}, expected 000`,
    );
  });

  describe("with a command that prepares its file", () => {
    const splits = ["train", "test", "held"].map((split) => {
      const text = `${split}\n`;
      const file = `.data/prepared/${split}.jsonl`;
      return { text, file, sha256: createHash("sha256").update(text).digest("hex") };
    });
    const writing = (entries: Array<{ file: string; text: string }>) =>
      `const fs = require("node:fs"); fs.mkdirSync(".data/prepared", { recursive: true });` +
      `fs.appendFileSync("runs", "run "); console.error("preparing");` +
      `for (const { file, text } of ${JSON.stringify(entries)}) fs.writeFileSync(file, text);`;
    const script = (text: string) => fs.writeFileSync(path.join(fixture.home, "prepare.js"), text);
    const create = async (split: { file: string; sha256: string }) => {
      const news = { ...upload, ...split, text: undefined, prepareCommand: "node prepare.js" };
      const { inputs, failures } = await fixture.host.check(
        "dataUpload",
        {},
        JSON.parse(JSON.stringify(news)),
      );
      expect(failures).toEqual([]);
      return fixture.host.create("dataUpload", inputs);
    };
    const runs = () => fs.readFileSync(path.join(fixture.home, "runs"), "utf8").trim().split(" ").length;

    beforeEach(() => fs.rmSync(path.join(fixture.home, ".data"), { recursive: true, force: true }));

    test("prepares the files of three uploads with one run, and none when the blob or the file exists", async () => {
      script(writing(splits));
      const created = await Promise.all(splits.map(create));
      expect(created.map(({ outs }) => outs.bytes)).toEqual([6, 5, 5]);
      expect(runs()).toBe(1);
      fs.rmSync(path.join(fixture.home, ".data"), { recursive: true });
      await create(splits[0]!);
      expect(runs()).toBe(1);
    });

    test("prepares again over a file with other content", async () => {
      const [first] = splits;
      fixture.azure.blobs.clear();
      fs.mkdirSync(path.join(fixture.home, ".data/prepared"), { recursive: true });
      fs.writeFileSync(path.join(fixture.home, first!.file), "of other settings\n");
      expect((await create(first!)).outs.bytes).toBe(6);
    });

    test("refuses by name when the content at the source has changed", async () => {
      const [first] = splits;
      fixture.azure.blobs.clear();
      script(writing([{ file: first!.file, text: "newer content\n" }]));
      const error = await failureOf(create(first!));
      expect(error.message).toContain(
        `[SourceChanged] sha256: this stack is pinned to ${first!.file} with ${first!.sha256}`,
      );
      expect(error.message).toContain("change dataset.revision");
      expect(fixture.azure.blobs.size).toBe(0);
    });

    test("reports the last lines of a data step that fails", async () => {
      script(`console.error("error [HubUnreachable]: cannot reach the hub"); process.exit(1);`);
      const error = await failureOf(create(splits[0]!));
      expect(error.message).toContain("the data step failed (error [HubUnreachable]: cannot reach the hub)");
      expect(error.message).toContain("The command was: node prepare.js");
    });

    test("is no change for a state without the command", async () => {
      const { inputs } = await fixture.host.check("dataUpload", {}, upload);
      const diff = await fixture.host.diff("dataUpload", inputs, {
        ...inputs,
        prepareCommand: "node prepare.js",
      });
      expect(diff.changes).toBe(changes.none);
    });
  });
});
