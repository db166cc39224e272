import { existsSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { makeSandbox, type Sandbox } from "../../scripts/lib/sandbox";
import { expectSuccess } from "../expectExit";
import { call, exportedEnvironment, makeTestSandbox, outputs, project, stateOf } from "./support";

/** A stack deployed from one checkout, and an `up` from another that has no `.data/` (a CI runner). */
describe("an up from a fresh checkout", () => {
  let first: Sandbox;
  let fresh: Sandbox;

  beforeAll(async () => {
    first = await makeTestSandbox();
    const started = await first.run("start");
    expectSuccess(started);
  });
  beforeEach(async () => {
    fresh = await makeSandbox(project, first);
    expect(existsSync(path.join(fresh.root, ".data"))).toBe(false);
  });
  afterEach(() => fresh.dispose());
  afterAll(() => first.dispose());

  const succeed = async (...argv: string[]) => {
    const done = await fresh.run("stack", ...argv);
    expectSuccess(done);
    return done.all;
  };
  const uploads = () => stateOf(first).resources.filter(({ type }) => type.endsWith(":DataUpload"));
  const command = () => stateOf(first).resources.find(({ type }) => type.startsWith("command:"));

  test("does not prepare data when nothing changed", async () => {
    await succeed("up", "--expect-no-changes");
    expect(existsSync(path.join(fresh.root, ".data/ultrachat-200k"))).toBe(false);
  });

  test("can report the run, with answers of the base model", async () => {
    const done = await fresh.run("report");
    expectSuccess(done);
    const page = readFileSync(path.join(fresh.root, ".local/reports/local.html"), "utf8");
    expect(page).toMatch(/base model<\/th>[^]*tuned model<\/th>[^]*Curves of the training/);
    expect(page).not.toContain("No answers of the base model exist");
    expect(page).not.toContain('id="problems"');
  });

  test("uploads another split of the same data set", async () => {
    const before = command()?.modified;
    fresh.setConfig("azureml-finetune:dataset.heldOutSplit", "train_gen");
    expect(await succeed("up")).toContain("there is no local file: preparing the data");
    expect(uploads().map(({ outputs: of }) => of?.["file"])).toContain(
      ".data/ultrachat-200k/train_gen.jsonl",
    );
    expect(command()?.modified).toBe(before);
    first.setConfig("azureml-finetune:dataset.heldOutSplit", "train_gen");
  });

  test("uploads a blob that was deleted in Azure, from the same commit", async () => {
    const lost = uploads().find(({ outputs: of }) => String(of?.["file"]).includes("train_sft"));
    const env = await exportedEnvironment(first);
    const token = await call(
      first,
      "GET",
      `${env["IDENTITY_ENDPOINT"]}?api-version=2019-08-01&resource=https://storage.azure.com`,
      { headers: { "X-IDENTITY-HEADER": env["IDENTITY_HEADER"] ?? "" } },
    );
    const deleted = await call(first, "DELETE", String(lost?.outputs?.["blobUrl"]), {
      token: (JSON.parse(token.body) as { access_token: string }).access_token,
      headers: { "x-ms-version": "2023-11-03" },
    });
    expect(deleted.status).toBe(202);
    const job = outputs(first).jobName;
    await succeed("refresh");
    const again = await succeed("up");
    expect(again).toContain("there is no local file: preparing the data");
    expect(uploads().map(({ outputs: of }) => of?.["sha256"])).toContain(lost?.outputs?.["sha256"]);
    expect(outputs(first).jobName).toBe(job);
  });

  test("uploads everything into the workspace of a new generation", async () => {
    const before = outputs(first).workspaceName;
    fresh.setConfig("azureml-finetune:workspace.generation", 2);
    await succeed("up");
    expect(outputs(first).workspaceName).not.toBe(before);
    await succeed("destroy");
    expect(stateOf(first).resources).toEqual([]);
  });
});
