/**
 * Azure's SDK for Python uploads code: it requests an address, uploads the files there, and registers the
 * asset. It shares a model with a registry.
 */
import { registryBody } from "../../../../operations/contract/registry";
import { SUBSCRIPTION, type TestCloud } from "../helpers/testCloud";
import { preparePython } from "./python/environment";
import { type Answers, failedRequests, HANG_LIMIT_MS, runPython } from "./python/run";
import { NAMES, startWorkspaceCloud, SUBSCRIPTION_ID } from "./workspaceCloud";

const ML = `${SUBSCRIPTION}/resourceGroups/${NAMES.group}/providers/Microsoft.MachineLearningServices`;
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
    await cloud.finish(await cloud.call("PUT", `${ML}/registries/judged`, registryBody("westeurope")));
    const store = `${ML}/workspaces/${NAMES.workspace}/datastores/workspaceblobstore`;
    const { containerName } = (await cloud.call("GET", store)).body.properties;
    const weights = { account: NAMES.account, container: containerName, path: "judged/model/weights" };
    await cloud.cloud.blobs.putText(weights, "weights");
    const settings = {
      subscription: SUBSCRIPTION_ID,
      ...NAMES,
      folder: cloud.home,
      registry: "judged",
      model: "azureml://datastores/workspaceblobstore/paths/judged/model",
    };
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

  it("shares a model of the workspace with a registry, once, and reads, lists and archives the copy", async () => {
    const id = "azureml://registries/judged/models/judged/versions/1";
    expect(answers["shared model"] ?? output.slice(-3000)).toMatchObject({
      ...{ id, tags: { job: "trained" }, type: "custom_model" },
      ...{ listed: ["judged"], active: ["1"], archived: [] },
    });
    const { path, again } = answers["shared model"] ?? {};
    expect(again).toContain("already exists in registry");
    const { hostname, pathname } = new URL(String(path));
    const [account = ""] = hostname.split(".");
    const [, container = "", ...folder] = pathname.split("/");
    expect(await cloud.cloud.blobs.list({ account, container, path: folder.join("/") })).toEqual([
      { name: "weights", bytes: 7 },
    ]);
  });

  it("downloads models of the built-in registry, of the workspace and of a created registry", () => {
    const { base, workspace, registry } = answers["downloaded models"] ?? {};
    const folder = "Phi-3-mini-4k-instruct/mlflow_model_folder";
    expect(base ?? output.slice(-3000)).toEqual(expect.arrayContaining([`${folder}/MLmodel`]));
    expect(workspace).toEqual(["judged/model/weights"]);
    expect(registry).toEqual([expect.stringMatching(/^judged\/(.*\/)?weights$/)]);
  });

  it("deploys and scores a registry's model", () => {
    const { model, base, answer } = answers["deployed base model"] ?? {};
    expect(answer ?? output.slice(-3000)).toEqual(["output"]);
    expect(model).toBe(base);
  });

  it("creates a workspace with its account, vault and insights, and changes it", () => {
    expect(answers["created workspace"] ?? output.slice(-3000)).toEqual({
      name: "made-ws",
      team: "red",
      needs: [true, true, true],
      access: "Enabled",
      stores: [
        "workspaceartifactstore",
        "workspaceblobstore",
        "workspacefilestore",
        "workspaceworkingdirectory",
      ],
      again: "again",
    });
  });

  it("sends no request that the cloud does not support", () => {
    expect(failedRequests(cloud)).toEqual([]);
  });
});
