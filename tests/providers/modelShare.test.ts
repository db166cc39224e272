import { azureOptions } from "../../azureml/clients/clouds";
import {
  findRegistryModel,
  changeRegistryModel,
  importRegistryModel,
} from "../../azureml/clients/registryModels";
import { registryModelSource, readContent } from "../../azureml/clients/modelContent";
import { type AzureSession, openSession } from "../../azureml/clients/session";
import { getWorkspace } from "../../azureml/clients/workspaces";
import { LOCAL_SUBSCRIPTION_ID } from "../../local/cloud/constants";
import { registryBody } from "../../operations/contract/registry";
import { Handler } from "../../providers/modelShare/handler";
import { shareModel } from "../../providers/modelShare/share";
import { NAMES, startWorkspaceCloud, useEnvironment } from "../local/cloud/clients/workspaceCloud";
import type { TestCloud } from "../local/cloud/helpers/testCloud";

const workspace = {
  subscriptionId: LOCAL_SUBSCRIPTION_ID,
  resourceGroupName: NAMES.group,
  workspaceName: NAMES.workspace,
};
const GROUP = `/subscriptions/${LOCAL_SUBSCRIPTION_ID}/resourceGroups/${NAMES.group}/providers/Microsoft.MachineLearningServices`;
const sharing = { workspace, name: "chat", version: "7", registry: "shared" };
const tags = { job: "trained", trainData: "data", owner: "me" };

describe("sharing a model version with a registry", () => {
  let cloud: TestCloud;
  let leave: () => void;
  let session: AzureSession;
  let container: string;
  const lines: string[] = [];
  const blob = (path: string) => ({ account: NAMES.account, container, path });

  /** Registers a version whose files are these. */
  async function register(version: string, files: Record<string, string>): Promise<void> {
    for (const [name, text] of Object.entries(files))
      await cloud.cloud.blobs.putText(blob(`models/${version}/${name}`), text);
    const modelUri = `azureml://datastores/workspaceblobstore/paths/models/${version}`;
    const properties = { modelType: "mlflow_model", modelUri, tags };
    const answer = await cloud.call(
      "PUT",
      `${GROUP}/workspaces/${NAMES.workspace}/models/chat/versions/${version}`,
      { properties },
    );
    expect(answer.status).toBe(201);
  }

  const model = (text: string) => ({ MLmodel: "flavors:\n  chat:\n    task: chat\n", "data/weights": text });

  beforeAll(async () => {
    cloud = await startWorkspaceCloud();
    leave = useEnvironment(cloud);
    await cloud.finish(await cloud.call("PUT", `${GROUP}/registries/shared`, registryBody("westeurope")));
    const store = `${GROUP}/workspaces/${NAMES.workspace}/datastores/workspaceblobstore`;
    container = (await cloud.call("GET", store)).body.properties.containerName;
    await register("7", model("weights of seven"));
    session = await openSession(
      azureOptions(() => undefined, {
        ...process.env,
        ARM_SUBSCRIPTION_ID: LOCAL_SUBSCRIPTION_ID,
        ARM_USE_MSI: "true",
      }),
    );
    jest.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    leave();
    await cloud.dispose();
  });

  test("copies it with its files and lineage, and tags the copy with its content hash", async () => {
    const { modelId, content } = await shareModel(session, sharing);
    expect(modelId).toBe("azureml://registries/shared/models/chat/versions/7");
    const shared = await findRegistryModel(session, sharing);
    expect(shared?.tags).toEqual({
      ...tags,
      contentHash: content.hash,
      contentFiles: "2",
      contentBytes: String(content.bytes),
    });
    if (!shared) throw new Error("not shared");
    expect(await readContent(await registryModelSource(session, shared))).toEqual(content);
  });

  test("takes over a version with the same content without copying it again", async () => {
    // An import puts the files into a new container.
    const place = async () => (await findRegistryModel(session, sharing))?.modelUri;
    const before = await place();
    await shareModel(session, sharing);
    expect(await place()).toBe(before);
    expect(lines.join("\n")).toContain("registry shared has this version already, with the same content");
  });

  test("completes the tags of a copy that an interrupted run left without them", async () => {
    await register("8", model("weights of eight"));
    const { location, workspaceId } = await getWorkspace(session, workspace);
    const source = `azureml://locations/${location}/workspaces/${workspaceId}/models/chat/versions/8`;
    await importRegistryModel(session, { ...sharing, version: "8" }, source);
    expect((await findRegistryModel(session, { ...sharing, version: "8" }))?.tags).toEqual(tags);
    const { content } = await shareModel(session, { ...sharing, version: "8" });
    expect((await findRegistryModel(session, { ...sharing, version: "8" }))?.tags.contentHash).toBe(
      content.hash,
    );
  });

  test("refuses a version of the registry with other content, with and without a content tag, and keeps it", async () => {
    const [seven, eight] = [{ ...sharing }, { ...sharing, version: "8" }];
    await cloud.cloud.blobs.putText(blob("models/8/data/weights"), "other weights!!!");
    await expect(shareModel(session, eight)).rejects.toThrow(
      /SharedModelDiffers.*versions\/8 has other content.*its content is sha256:/,
    );
    await changeRegistryModel(session, seven, { tags });
    await cloud.cloud.blobs.putText(blob("models/7/data/weights"), "weights of nine!");
    await expect(shareModel(session, seven)).rejects.toThrow(/SharedModelDiffers.*\(data\/weights\)/);
    await cloud.cloud.blobs.putText(blob("models/7/data/weights"), "weights of seven");
  });

  test("leaves an archived version archived", async () => {
    await changeRegistryModel(session, sharing, { isArchived: true });
    await shareModel(session, sharing);
    expect(await findRegistryModel(session, sharing)).toMatchObject({ isArchived: true });
    expect(lines.at(-2)).toContain("it is archived in registry shared, and stays so");
  });

  test("is found by a refresh, and stays in the registry when the stack is destroyed", async () => {
    Object.assign(process.env, { ARM_SUBSCRIPTION_ID: LOCAL_SUBSCRIPTION_ID, ARM_USE_MSI: "true" });
    const handler = new Handler();
    const { id, outs } = await handler.create(sharing);
    expect(outs.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await handler.read(id, outs)).toMatchObject({ id });
    await handler.delete(id, outs);
    expect(await findRegistryModel(session, sharing)).toBeDefined();
    expect((await handler.read(id, { ...outs, version: "9" })).id).toBe("");
    expect(await handler.diff(id, outs, { ...sharing, version: "9" })).toMatchObject({
      replaces: ["version"],
    });
  });

  test("names the registry that does not exist, and the version that the workspace lacks", async () => {
    await expect(shareModel(session, { ...sharing, registry: "nowhere" })).rejects.toThrow(
      /RegistryNotFound.*"nowhere"/,
    );
    await expect(shareModel(session, { ...sharing, version: "99" })).rejects.toThrow(/version 99/);
  });
});
