/**
 * Azure's SDK for Python uploads code: it requests an address, uploads the files there, and registers the
 * asset.
 */
import type { TestCloud } from "../helpers/testCloud";
import { preparePython } from "./python/environment";
import { type Answers, failedRequests, HANG_LIMIT_MS, runPython } from "./python/run";
import { NAMES, startWorkspaceCloud, SUBSCRIPTION_ID } from "./workspaceCloud";

const python = preparePython();
const title = python.available
  ? `code uploaded by azure-ai-ml (virtual environment ${python.made})`
  : `code uploaded by azure-ai-ml (skipped: ${python.reason})`;

(python.available ? describe : describe.skip)(title, () => {
  let cloud: TestCloud;
  let output = "";
  let answers: Answers = {};

  beforeAll(async () => {
    cloud = await startWorkspaceCloud();
    const settings = { subscription: SUBSCRIPTION_ID, ...NAMES, folder: cloud.home };
    ({ output, answers } = await runPython(python, cloud, "assets.py", settings));
  }, HANG_LIMIT_MS);
  afterAll(() => cloud.dispose());

  const codeOf = (part: string): string => String(answers[part]?.["code"]);

  it("is registered with its component", () => {
    expect(answers["component"] ?? output.slice(-3000)).toMatchObject({ name: "trainer", version: "1" });
    expect(answers["read back"]).toEqual({ versions: ["1", "2", "3"], code: codeOf("component") });
  });

  it("is registered once while it stays the same, and again when it changes", () => {
    expect(codeOf("same code again")).toBe(codeOf("component"));
    expect(codeOf("changed code")).not.toBe(codeOf("component"));
  });

  it("is stored in the workspace's storage account, file by file", async () => {
    const id = codeOf("component").replace(/^azureml:/, "");
    const { codeUri } = (await cloud.call("GET", id)).body.properties;
    const [, account = "", container = "", ...folder] = new URL(codeUri).pathname.split("/");
    expect(account).toBe(NAMES.account);
    const files = await cloud.cloud.blobs.list({ account, container, path: folder.join("/") });
    expect(files.map(({ name }) => name).sort()).toEqual(["lib/tool.py", "train.py"]);
  });

  it("sends no request that the cloud does not support", () => {
    expect(failedRequests(cloud)).toEqual([]);
  });
});
