import { literalProblem } from "../../../../local/cloud/registry/componentInputs";
import { BUILT_IN_COMPONENTS } from "../../../../local/cloud/registry/componentVersions";
import { registerRegistry } from "../../../../local/cloud/registry/routes";
import { type Answer, startTestCloud, type TestCloud } from "../helpers/testCloud";

const LATEST = "?$orderBy=createdtime%20desc&$top=1";

describe("the registry azureml", () => {
  let cloud: TestCloud;
  let base: string;
  const get = (path: string): Promise<Answer> => cloud.call("GET", `${base}${path}`);
  beforeAll(async () => {
    cloud = await startTestCloud({
      parts: [(app, part) => registerRegistry(app, part, () => Promise.reject(new Error("no files")))],
    });
    const { body } = await cloud.call("GET", "/registrymanagement/v1.0/registries/azureml/discovery");
    const { primaryRegionResourceProviderUri: uri, subscriptionId, resourceGroup } = body;
    base = `${uri}mferp/managementfrontend/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/registries/azureml`;
  });
  afterAll(() => cloud.dispose());

  it("answers 404 for other registries", async () => {
    const answer = await cloud.call("GET", "/registrymanagement/v1.0/registries/other/discovery");
    expect(answer.status).toBe(404);
    expect(answer.body.error.message).toContain('"other"');
  });

  it("has the model's latest version by creation, with that version's tags", async () => {
    const latest = await get(`/models/Phi-3-mini-4k-instruct/versions${LATEST}`);
    expect(latest.body.value).toHaveLength(1);
    const [model] = latest.body.value;
    expect(model.id).toBe("azureml://registries/azureml/models/Phi-3-mini-4k-instruct/versions/15");
    expect(model.properties.tags.finetune_compute_allow_list).toMatch(/^\['Standard_NC24ads_A100_v4', /);
    expect(JSON.parse(model.properties.tags.model_specific_defaults)).toMatchObject({
      learning_rate: 5e-6,
      learning_rate_max: 5e-5,
    });
    expect(model.properties.flavors).not.toBeNull();
  });

  it("returns one version, and 404 for what does not exist", async () => {
    const old = await get("/models/Phi-3-mini-4k-instruct/versions/5");
    expect(old.body.properties.tags.finetune_compute_allow_list).toContain("Standard_ND40rs_v2");
    expect(JSON.parse(old.body.properties.tags.model_specific_defaults)).not.toHaveProperty(
      "num_train_epochs",
    );
    expect((await get("/models/Phi-3-mini-4k-instruct/versions/99")).status).toBe(404);
    expect((await get("/models/nobody/versions")).body.value).toEqual([]);
    expect((await get("/components/nobody/versions/1")).status).toBe(404);
  });

  it("pages through versions, newest first", async () => {
    const seen: string[] = [];
    let next: string | null = `${base}/models/Phi-3-mini-4k-instruct/versions?$top=2`;
    while (next !== null) {
      const answer: Answer = await cloud.call("GET", next);
      seen.push(...answer.body.value.map((model: { name: string }) => model.name));
      next = answer.body.nextLink;
    }
    expect(seen).toEqual(["15", "14", "7", "6", "5"]);
  });

  it("describes the component's inputs with every scalar as text", async () => {
    const latest = await get(`/components/chat_completion_pipeline/versions${LATEST}`);
    const [component] = latest.body.value;
    expect(component.name).toBe("0.0.82");
    const { inputs, outputs, type } = component.properties.componentSpec;
    expect(type).toBe("pipeline");
    expect(Object.keys(inputs)).toHaveLength(69);
    expect(inputs.num_nodes_finetune).toEqual({ type: "integer", optional: "True", default: "1", min: "1" });
    expect(inputs.task_name.optional).toBe("False");
    expect(Object.keys(outputs)).toEqual(["pytorch_model_folder", "mlflow_model_folder"]);
    const early = await get("/components/chat_completion_pipeline/versions/0.0.53");
    expect(early.body.properties.componentSpec.inputs).not.toHaveProperty("trust_remote_code");
    expect(early.body.properties.componentSpec.inputs.optim.default).toBe("adamw_hf");
  });

  it("allows a test to publish a newer version and to archive it", async () => {
    const publish = (body: unknown): Promise<Answer> => cloud.call("POST", "/local/registry/models", body);
    expect((await publish({ name: "Phi-3-mini-4k-instruct", version: "16" })).status).toBe(201);
    const names = async (): Promise<string[]> =>
      (await get(`/models/Phi-3-mini-4k-instruct/versions${LATEST}`)).body.value.map(
        (m: { name: string }) => m.name,
      );
    expect(await names()).toEqual(["16"]);
    await publish({ name: "Phi-3-mini-4k-instruct", version: "16", isArchived: true });
    expect(await names()).toEqual(["15"]);
    const archived = await get("/models/Phi-3-mini-4k-instruct/versions?listViewType=ArchivedOnly");
    expect(archived.body.value[0].properties.isArchived).toBe(true);
    expect((await publish({ name: "x", version: "1", colour: "red" })).body.error.message).toContain(
      "colour",
    );
    expect((await publish({ name: "Another-model", version: "1", tags: {} })).status).toBe(201);
    expect((await get("/models/another-model/versions/1")).body.properties.tags).toEqual({});
    const stranger = await cloud.call("POST", "/local/registry/models", {}, { authorization: "" });
    expect(stranger.status).toBe(401);
  });

  it("validates literal inputs against the table", () => {
    const { inputs } = BUILT_IN_COMPONENTS.at(-1) as (typeof BUILT_IN_COMPONENTS)[number];
    const problem = (name: string, value: string): string | undefined => {
      const input = inputs[name];
      return input && literalProblem(input, value);
    };
    expect(problem("precision", "16")).toBeUndefined();
    expect(problem("learning_rate", "5e-06")).toBeUndefined();
    expect(problem("learning_rate", "fast")).toBe('is "fast", not a number');
    expect(problem("num_train_epochs", "0")).toBe("is 0, must be at least 1");
    expect(problem("num_train_epochs", "1.5")).toBe("is 1.5, not an integer");
    expect(problem("apply_lora", "yes")).toBe('is "yes", allowed: true, false');
  });
});
