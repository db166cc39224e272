/** Outputs of jobs: where they are stored, what they are registered as, and how a client finds them. */
import { ACCOUNT, CONTAINER, type MlCloud, pipelineJob, startMlCloud, stepsOf, WORKSPACE } from "./mlCloud";

type Json = Record<string, unknown>;
const NODE = "chat_completion_pipeline";
const RUNDATA = `/history/v1.0${WORKSPACE}/rundata`;
const CUSTOM = "azureml://datastores/${{default_datastore}}/paths/models/${{name}}/${{output_name}}/";

describe("outputs of jobs of the local cloud", () => {
  let cloud: MlCloud;
  beforeAll(async () => {
    cloud = await startMlCloud();
  });
  afterAll(() => cloud.dispose());

  /** The notebook's job with other settings of its output and of its node's outputs. */
  function job(output: Json, nodeOutputs?: Json): unknown {
    const built = pipelineJob() as { properties: Json };
    built.properties["outputs"] = { trained_model: { jobOutputType: "mlflow_model", ...output } };
    const node = (built.properties["jobs"] as Record<string, Json>)[NODE] as Json;
    if (nodeOutputs) node["outputs"] = nodeOutputs;
    return built;
  }
  async function ended(name: string, body: unknown): Promise<Json> {
    const answer = await cloud.call("PUT", `${WORKSPACE}/jobs/${name}`, body);
    expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
    return (await cloud.ended(name)).body.properties;
  }
  async function converterRun(name: string): Promise<string> {
    const { body } = await stepsOf(cloud, name);
    return body.value.find((step: { name: string }) => step.name === "ft_nlp_model_converter").runId;
  }
  const runOutputs = async (runId: string): Promise<Record<string, { assetId: string; type: string }>> =>
    (await cloud.call("POST", RUNDATA, { runId })).body.runMetadata.outputs;
  const files = (path: string): Promise<Array<{ name: string }>> =>
    cloud.cloud.blobs.list({ account: ACCOUNT, container: CONTAINER, path });

  it("are stored below the step that writes them, under the component's name of the output", async () => {
    const { status, outputs } = await ended("plain", pipelineJob());
    expect(status).toBe("Completed");
    expect((outputs as Json)["trained_model"]).toMatchObject({ jobOutputType: "mlflow_model", uri: null });
    const stored = await files(`azureml/${await converterRun("plain")}/mlflow_model_folder`);
    expect(stored.map(({ name }) => name)).toContain("MLmodel");
  });

  it("are found by a client in the way of the SDK: the run's asset, then the asset's address", async () => {
    const runId = await converterRun("plain");
    const { trained_model: output } = await runOutputs("plain");
    expect(output).toEqual({
      type: "MLFlowModel",
      assetId: expect.stringMatching(
        new RegExp(
          `^azureml://locations/westeurope/workspaces/[^/]+/models/azureml_${runId}_output_[^/]+/versions/1$`,
        ),
      ),
    });
    const values = [output?.assetId];
    const answer = await cloud.call("POST", `/modelregistry/v1.0${WORKSPACE}/models/batchGetResolvedUris`, {
      values,
    });
    expect(answer.body.values[String(output?.assetId)]).toEqual({
      type: "MLFlowModel",
      path: expect.stringMatching(
        new RegExp(`^azureml://subscriptions/.*/paths/azureml/${runId}/mlflow_model_folder$`),
      ),
    });
    expect(Object.keys(await runOutputs(runId))).toEqual(["mlflow_model_folder"]);
  });

  it("are stored where the job says, with its expressions replaced, and registered under the given name", async () => {
    const { status } = await ended("named", job({ uri: CUSTOM, assetName: "chat", assetVersion: "7" }));
    expect(status).toBe("Completed");
    const folder = `models/${await converterRun("named")}/mlflow_model_folder`;
    expect((await files(folder)).map(({ name }) => name)).toContain("MLmodel");
    const { body } = await cloud.call("GET", `${WORKSPACE}/models/chat/versions/7`);
    expect(body.properties).toMatchObject({
      jobName: "named",
      modelType: "mlflow_model",
      modelUri: expect.stringMatching(new RegExp(`/paths/${folder}$`)),
      flavors: { small_chat_lm: expect.anything() },
    });
    const { trained_model: output } = await runOutputs("named");
    expect(output?.assetId).toMatch(/\/models\/chat\/versions\/7$/);
  });

  it("are registered under the next version if the job gives none", async () => {
    await ended("next", job({ assetName: "chat" }));
    const { body } = await cloud.call("GET", `${WORKSPACE}/models/chat/versions/8`);
    expect(body.properties.jobName).toBe("next");
  });

  it("are registered by the settings of the node, too, as data where they are a folder", async () => {
    await ended(
      "node",
      job(
        {},
        {
          pytorch_model_folder: { type: "uri_folder", name: "weights", version: "1", mode: "ReadWriteMount" },
        },
      ),
    );
    const { body } = await cloud.call("GET", `${WORKSPACE}/data/weights/versions/1`);
    expect(body.properties).toMatchObject({ dataType: "uri_folder" });
    const { pytorch_model_folder: output } = await runOutputs(await converterRun("node"));
    expect(output).toMatchObject({ type: "UriFolder" });
    const resolved = await cloud.call("POST", `/data/v1.0${WORKSPACE}/dataversion/batchGetResolvedUris`, {
      values: [output?.assetId],
    });
    expect(Object.values(resolved.body.values)).toEqual([
      { type: "UriFolder", uri: body.properties.dataUri },
    ]);
  });

  it("let the job fail whose asset version exists with other files", async () => {
    const { status } = await ended("again", job({ assetName: "chat", assetVersion: "7" }));
    expect(status).toBe("Failed");
    const steps = await stepsOf(cloud, "again");
    expect(JSON.stringify(steps.body)).toContain("Model version 7 already exists");
  });

  it.each([
    [{ uri: "azureml://datastores/workspaceblobstore/paths/${{nmae}}" }, "${{nmae}}"],
    [{ uri: "azureml://datastores/nowhere/paths/x" }, "nowhere"],
    [{ assetName: "not a name" }, "not a name"],
    [{ assetVersion: "3" }, "assetName"],
  ])("are refused when the job is submitted: %j", async (output, named) => {
    const answer = await cloud.call("PUT", `${WORKSPACE}/jobs/wrong`, job(output));
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toContain(named);
  });

  it("come with the logs of the job and of its steps in the artifact store once they have ended", async () => {
    const store = { account: ACCOUNT, container: "azureml", path: "" };
    const properties = { datastoreType: "AzureBlob", accountName: ACCOUNT, containerName: store.container };
    const [id, name] = [`${WORKSPACE}/datastores/workspaceartifactstore`, "workspaceartifactstore"];
    cloud.cloud.resources.put({ id, name, type: "x/workspaces/datastores", properties });
    await cloud.cloud.blobs.ensureContainer(ACCOUNT, store.container);
    await ended("logged", pipelineJob());
    const logsOf = (run: string): Promise<Array<{ name: string }>> =>
      cloud.cloud.blobs.list({ ...store, path: `ExperimentRun/dcid.${run}` });
    expect((await logsOf("logged")).map((file) => file.name)).toEqual(["logs/azureml/executionlogs.txt"]);
    expect((await logsOf(await converterRun("logged"))).map((file) => file.name)).toEqual([
      "user_logs/std_log.txt",
    ]);
  });

  it("are refused by name for assets that nobody knows", async () => {
    const target = `/modelregistry/v1.0${WORKSPACE}/models/batchGetResolvedUris`;
    const asset = "azureml://locations/westeurope/workspaces/x/models/unknown/versions/1";
    const answer = await cloud.call("POST", target, { values: [asset] });
    expect(answer.status).toBe(404);
    expect(JSON.stringify(answer.body)).toContain("unknown");
  });
});
