import * as pulumi from "@pulumi/pulumi";
import type { PreflightCloud } from "../../preflight/cloud";
import { run, type Run } from "./harness";
import { fakeCloud } from "../preflight/fakeCloud";

let cloud: PreflightCloud = fakeCloud();
jest.mock("../../preflight/cloud", () => ({ azureCloud: () => cloud }));

// eslint-disable-next-line @typescript-eslint/no-require-imports
const program = require("../../index") as () => Promise<object>;

const native = (type: string): string => `azure-native:machinelearningservices:${type}`;
const dynamic = (type: string): string => `pulumi-nodejs:dynamic/azureml:${type}`;

beforeAll(() => {
  jest.spyOn(pulumi.log, "info").mockResolvedValue();
});

beforeEach(() => {
  cloud = fakeCloud();
});

describe("the program with the default configuration", () => {
  let result: Run;
  beforeAll(async () => {
    result = await run(program);
  });

  test("registers these resources, each as a child of its component", () => {
    const tree = result.resources.map(({ type, name, parent }) => `${parent || "(stack)"} > ${type} ${name}`);
    expect(tree.sort()).toMatchInlineSnapshot(`
      [
        "(stack) > azureml-finetune:components:ChatDataset chat-dataset",
        "(stack) > azureml-finetune:components:EndpointScore endpoint-score",
        "(stack) > azureml-finetune:components:FineTuneJob fine-tuning",
        "(stack) > azureml-finetune:components:FoundationModel foundation-model",
        "(stack) > azureml-finetune:components:GpuCluster gpu-cluster",
        "(stack) > azureml-finetune:components:OnlineEndpoint endpoint",
        "(stack) > azureml-finetune:components:RegisteredModel registered-model",
        "(stack) > azureml-finetune:components:TrafficSplit traffic",
        "(stack) > azureml-finetune:components:Workspace workspace",
        "azureml-finetune:components:ChatDataset chat-dataset > azure-native:machinelearningservices:DataVersion chat-dataset-test_sft",
        "azureml-finetune:components:ChatDataset chat-dataset > azure-native:machinelearningservices:DataVersion chat-dataset-train_sft",
        "azureml-finetune:components:ChatDataset chat-dataset > command:local:Command chat-dataset",
        "azureml-finetune:components:ChatDataset chat-dataset > pulumi-nodejs:dynamic/azureml:DataUpload chat-dataset-test_gen",
        "azureml-finetune:components:ChatDataset chat-dataset > pulumi-nodejs:dynamic/azureml:DataUpload chat-dataset-test_sft",
        "azureml-finetune:components:ChatDataset chat-dataset > pulumi-nodejs:dynamic/azureml:DataUpload chat-dataset-train_sft",
        "azureml-finetune:components:EndpointScore endpoint-score > pulumi-nodejs:dynamic/azureml:Score endpoint-score",
        "azureml-finetune:components:FineTuneJob fine-tuning > pulumi-nodejs:dynamic/azureml:PipelineJob fine-tuning",
        "azureml-finetune:components:FoundationModel foundation-model > pulumi-nodejs:dynamic/azureml:ModelLookup foundation-model",
        "azureml-finetune:components:GpuCluster gpu-cluster > azure-native:machinelearningservices:Compute gpu-cluster",
        "azureml-finetune:components:OnlineEndpoint endpoint > azure-native:machinelearningservices:OnlineDeployment endpoint",
        "azureml-finetune:components:OnlineEndpoint endpoint > azure-native:machinelearningservices:OnlineEndpoint endpoint",
        "azureml-finetune:components:RegisteredModel registered-model > azure-native:machinelearningservices:ModelVersion registered-model",
        "azureml-finetune:components:TrafficSplit traffic > pulumi-nodejs:dynamic/azureml:Traffic traffic",
        "azureml-finetune:components:Workspace workspace > azure-native:authorization:RoleAssignment workspace-caller-data-access",
        "azureml-finetune:components:Workspace workspace > azure-native:machinelearningservices:Workspace workspace",
        "azureml-finetune:components:Workspace workspace > azure-native:resources:ResourceGroup workspace-group",
        "azureml-finetune:components:Workspace workspace > azureml-finetune:components:WorkspaceParts workspace-parts",
        "azureml-finetune:components:Workspace workspace > pulumi-nodejs:dynamic/azureml:PurgeOnDestroy workspace-purge",
        "azureml-finetune:components:WorkspaceParts workspace-parts > azure-native:applicationinsights:Component workspace-parts-insights",
        "azureml-finetune:components:WorkspaceParts workspace-parts > azure-native:keyvault:Vault workspace-parts-vault",
        "azureml-finetune:components:WorkspaceParts workspace-parts > azure-native:operationalinsights:Workspace workspace-parts-logs",
        "azureml-finetune:components:WorkspaceParts workspace-parts > azure-native:storage:StorageAccount workspace-parts-storage",
      ]
    `);
  });

  test("registers no Azure resource before the model look-up", () => {
    const order = result.resources.map(({ type }) => type);
    const model = order.indexOf(dynamic("ModelLookup"));
    const azure = order.findIndex((type) => type.startsWith("azure-native:"));
    expect(model).toBeGreaterThanOrEqual(0);
    expect(azure).toBeGreaterThan(model);
  });

  test("rolls out in the order endpoint, deployment, score, traffic", () => {
    expect(result.one(native("OnlineDeployment")).dependencies).toContain(
      `${native("OnlineEndpoint")} endpoint`,
    );
    expect(result.one(dynamic("Score")).dependencies).toContain(`${native("OnlineDeployment")} endpoint`);
    expect(result.one(dynamic("Traffic")).dependencies).toEqual(
      expect.arrayContaining([
        `${dynamic("Score")} endpoint-score`,
        `${native("OnlineDeployment")} endpoint`,
      ]),
    );
  });

  test("creates nothing in the workspace before the workspace and its role assignments exist", () => {
    for (const type of [native("Compute"), native("OnlineEndpoint"), dynamic("PipelineJob")]) {
      expect(result.one(type).dependencies).toContain(`${native("Workspace")} workspace`);
    }
    expect(result.one(dynamic("DataUpload"), "chat-dataset-train_sft").dependencies).toContain(
      "azure-native:authorization:RoleAssignment workspace-caller-data-access",
    );
  });

  test("creates replacements before it deletes the old resources", () => {
    const types = [
      native("Compute"),
      native("ModelVersion"),
      native("OnlineDeployment"),
      native("OnlineEndpoint"),
    ];
    for (const type of types) expect(result.one(type).deleteBeforeReplace).toBe(false);
    expect(result.one(native("DataVersion"), "chat-dataset-train_sft").deleteBeforeReplace).toBe(false);
  });

  test("creates a cluster without nodes while idle and without remote login", () => {
    expect(result.one(native("Compute")).inputs).toMatchObject({
      computeName: expect.stringMatching(/^gpu-cluster-s[0-9a-f]{6}$/) as string,
      properties: {
        computeType: "AmlCompute",
        disableLocalAuth: true,
        properties: {
          vmSize: "Standard_NC24ads_A100_v4",
          vmPriority: "Dedicated",
          remoteLoginPortPublicAccess: "Disabled",
          scaleSettings: { minNodeCount: 0, maxNodeCount: 1, nodeIdleTimeBeforeScaleDown: "PT120S" },
        },
      },
    });
  });

  test("prepares the data with the notebook's command and versions it by content hash", () => {
    expect(result.one("command:local:Command").inputs.create).toBe(
      "node dist/scripts/download-dataset.js --dataset HuggingFaceH4/ultrachat_200k --download_dir .data/ultrachat-200k --dataset_split_pc 5 --json",
    );
    const uploads = result.resources.filter(({ type }) => type === dynamic("DataUpload"));
    expect(uploads.map(({ name }) => name).sort()).toEqual([
      "chat-dataset-test_gen",
      "chat-dataset-test_sft",
      "chat-dataset-train_sft",
    ]);
    expect(result.one(native("DataVersion"), "chat-dataset-train_sft").inputs).toMatchObject({
      name: "ultrachat-200k-train-sft",
      version: "a".repeat(16),
      properties: { dataType: "uri_file", dataUri: `azureml://data/ultrachat-200k/${"a".repeat(64)}` },
    });
  });

  test("submits the notebook's job: model, data assets, parameters by precedence, display name", () => {
    expect(result.one(dynamic("PipelineJob")).inputs).toMatchObject({
      experimentName: "chat_completion_Phi-4-mini-instruct",
      displayName: "Phi-4-mini-instruct-ultrachat-bs1-cosine-ds2-lora-save_limit1-seqlen-1",
      component: { registry: "azureml", name: "chat_completion_pipeline", version: "latest" },
      modelId: "azureml://registries/azureml/models/Phi-4-mini-instruct/versions/15",
      trainData: `${native("DataVersion")}/chat-dataset-train_sft/id`,
      testData: `${native("DataVersion")}/chat-dataset-test_sft/id`,
      validationData: `${native("DataVersion")}/chat-dataset-test_sft/id`,
      compute: expect.stringMatching(/^gpu-cluster-s/) as string,
      gpusPerNode: 1,
      parameters: {
        num_train_epochs: "1",
        save_total_limit: "1",
        learning_rate: "5e-06",
        lr_scheduler_type: "cosine",
        apply_lora: "true",
        apply_deepspeed: "true",
        deepspeed_stage: "2",
        per_device_train_batch_size: "1",
        per_device_eval_batch_size: "1",
      },
    });
  });

  test("registers the model with its lineage in the tags", () => {
    expect(result.one(native("ModelVersion")).inputs).toMatchObject({
      name: "Phi-4-mini-instruct-ultrachat-200k",
      version: expect.stringMatching(/^\d{1,10}$/) as string,
      properties: {
        modelType: "mlflow_model",
        modelUri: "azureml://jobs/finetune-x-1/outputs/trained_model",
        description: "Phi-4-mini-instruct fine tuned model for ultrachat 200k chat-completion",
        tags: {
          job: "finetune-x-1",
          baseModel: "azureml://registries/azureml/models/Phi-4-mini-instruct/versions/15",
          component: expect.stringContaining("chat_completion_pipeline/versions/0.0.82") as string,
          trainData: expect.stringContaining("train_sft") as string,
        },
      },
    });
  });

  test("deploys the model version with the notebook's settings", () => {
    const { version } = result.one(native("ModelVersion")).inputs;
    expect(result.one(native("OnlineDeployment")).inputs).toMatchObject({
      deploymentName: `demo-${String(version)}`,
      sku: { name: "Default", capacity: 1 },
      properties: {
        endpointComputeType: "Managed",
        instanceType: "Standard_NC24ads_A100_v4",
        livenessProbe: { initialDelay: "PT600S" },
        requestSettings: { requestTimeout: "PT90S", maxConcurrentRequestsPerInstance: 1 },
      },
    });
    const endpoint = result.one(native("OnlineEndpoint"));
    expect(endpoint.inputs).toMatchObject({ properties: { authMode: "Key" } });
    expect(endpoint.inputs.properties).not.toHaveProperty("traffic");
    expect(result.one(dynamic("Traffic")).inputs.settings).toEqual({
      description: (endpoint.inputs.properties as { description: string }).description,
      publicNetworkAccess: "Enabled",
      tags: endpoint.inputs.tags,
    });
  });

  test("routes all traffic to that deployment", () => {
    const { deploymentName } = result.one(native("OnlineDeployment")).inputs;
    expect(result.one(dynamic("Traffic")).inputs.traffic).toEqual({ [String(deploymentName)]: 100 });
  });

  test("scores a row of the gen split with the notebook's parameters and the sft split as reference", () => {
    expect(result.one(dynamic("Score")).inputs).toMatchObject({
      heldOut: {
        genUri: `azureml://data/ultrachat-200k/${"d".repeat(64)}`,
        sftUri: `azureml://data/ultrachat-200k/${"b".repeat(64)}`,
      },
      seed: 1,
      parameters: { temperature: 0.6, topP: 0.9, doSample: true, maxNewTokens: 200 },
      requestFile: ".data/sample_score.json",
    });
  });

  test("sets the owner tags on every resource that accepts tags", () => {
    const owned = [
      native("Compute"),
      native("OnlineEndpoint"),
      native("OnlineDeployment"),
      native("Workspace"),
    ];
    for (const type of [
      ...owned,
      "azure-native:resources:ResourceGroup",
      "azure-native:storage:StorageAccount",
    ]) {
      expect(result.one(type).inputs.tags).toEqual({
        "pulumi-project": "azureml-finetune",
        "pulumi-stack": "test",
      });
    }
  });

  test("exports the documented outputs and nothing else", () => {
    expect(Object.keys(result.outputs).sort()).toEqual([
      "baseModel",
      "deploymentName",
      "endpointName",
      "evalLossData",
      "firstRows",
      "jobName",
      "metrics",
      "parameters",
      "registeredModel",
      "resourceGroupName",
      "sampleScore",
      "scoringUri",
      "studioUrl",
      "subscriptionId",
      "workspaceName",
    ]);
    expect(result.outputs).toMatchObject({
      metrics: { eval_loss: 0.1 },
      firstRows: [{ prompt: "first" }],
      parameters: { num_train_epochs: "1", lr_scheduler_type: "cosine" },
      sampleScore: { question: "Why?", reference: "Because.", answer: "Because!", latencyMs: 5 },
    });
  });

  test("exports only the parameters that the job sent", () => {
    expect(result.outputs.parameters).not.toHaveProperty("save_total_limit");
  });

  test("marks the credentials of Application Insights as secret", () => {
    const insights = result.one("azure-native:applicationinsights:Component");
    expect(insights.additionalSecretOutputs).toEqual(["connectionString", "instrumentationKey"]);
  });
});
