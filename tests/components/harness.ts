import * as pulumi from "@pulumi/pulumi";
import * as settings from "@pulumi/pulumi/runtime/settings";
import type { PreflightCloud } from "../../preflight/cloud";
import { modelTags, splitsOf } from "../preflight/fakeCloud";

/** A resource that the program registered. */
export interface Registered {
  type: string;
  name: string;
  parent: string;
  inputs: Record<string, unknown>;
  /** Types of the resources it depends on. */
  dependencies: string[];
  protect: boolean;
  retainOnDelete: boolean;
  /** Undefined when the program leaves it to the provider. */
  deleteBeforeReplace?: boolean;
  additionalSecretOutputs: string[];
}

export interface Run {
  resources: Registered[];
  outputs: Record<string, unknown>;
  /** The only resource of this type (and name). Throws if there is none or more than one. */
  one(type: string, name?: string): Registered;
}

const sha = (letter: string): string => letter.repeat(64);
const manifest = {
  subset: "default",
  revision: sha("e").slice(0, 40),
  firstRows: [{ prompt: "first" }],
};

const manifestSplits = (names: readonly string[]): object =>
  Object.fromEntries(
    names.map((split, index) => [
      split,
      { file: `.data/x/${split}.jsonl`, rows: 10, bytes: 100, sha256: sha("abcd"[index] ?? "e") },
    ]),
  );

let splits: string[] = [];
let manifestChanges: Record<string, unknown> = {};

/** Changes what the data step prints, until the next call. */
export function setManifest(changes: Record<string, unknown>): void {
  manifestChanges = changes;
}

/** Outputs of each resource type beyond its inputs. */
const answers: Record<string, (inputs: Record<string, unknown>) => Record<string, unknown>> = {
  "command:local:Command": () => ({
    stdout: `some text\n${JSON.stringify({ ...manifest, splits: manifestSplits(splits), ...manifestChanges })}\n`,
  }),
  "pulumi-nodejs:dynamic/azureml:ModelLookup": () => ({
    resolvedVersion: "15",
    modelProperties: {},
    modelId: "azureml://registries/azureml/models/Phi-4-mini-instruct/versions/15",
    tags: modelTags,
  }),
  "pulumi-nodejs:dynamic/azureml:DataUpload": ({ folder, sha256 }) => ({
    dataUri: `azureml://data/${folder}/${sha256}`,
  }),
  "pulumi-nodejs:dynamic/azureml:PipelineJob": () => ({
    jobName: "finetune-x-1",
    outputUri: "azureml://jobs/finetune-x-1/outputs/trained_model",
    componentId: "azureml://registries/azureml/components/chat_completion_pipeline/versions/0.0.82",
    studioUrl: "https://ml.azure.com/runs/finetune-x-1",
    metrics: { eval_loss: 0.1 },
    omittedParameters: ["save_total_limit"],
  }),
  "pulumi-nodejs:dynamic/azureml:Score": () => ({
    question: "Why?",
    reference: "Because.",
    answer: "Because!",
    latencyMs: 5,
  }),
  // Stack dev has shared its model, stack other has not.
  "pulumi:pulumi:StackReference": ({ name }) => ({
    outputs: String(name).endsWith("/azureml-finetune/dev")
      ? { sharedModel: { registry: "shared", name: "chat", version: "6" } }
      : {},
    secretOutputNames: [],
  }),
  "azure-native:machinelearningservices:OnlineEndpoint": ({ properties }) => ({
    properties: { ...(properties as object), scoringUri: "https://endpoint/score" },
  }),
  "azure-native:machinelearningservices:Workspace": () => ({
    identity: { principalId: "workspace-principal" },
  }),
};

/** The content hash of every model version in the faked registry. */
export const sharedSha256 = "c".repeat(64);

/** A registry that has every version, with complete lineage and a recorded metric. */
export const sharedModel: PreflightCloud["sharedModel"] = async ({ registry, name, version }) => ({
  ...{ id: `azureml://registries/${registry}/models/${name}/versions/${version}`, registry, name, version },
  ...{ description: "", properties: {}, stage: "", isArchived: false, modelType: "mlflow_model" },
  ...{ modelUri: "", createdAt: "" },
  tags: {
    ...{ job: "j", baseModel: "azureml://registries/azureml/models/Phi-4-mini-instruct/versions/1" },
    ...{ trainData: "/data/train/versions/1", commit: "abc", contentHash: `sha256:${sharedSha256}` },
    evalLoss: "1",
  },
});

/**
 * Runs a program with Pulumi's mocks and waits until all its resources are registered. Rejects with the program's error.
 * @param onRegister called with every resource, also if the program fails later.
 */
export async function run(
  program: () => Promise<object>,
  config: Record<string, unknown> = {},
  onRegister: (resource: Registered) => void = () => undefined,
): Promise<Run> {
  splits = splitsOf((config["azureml-finetune:dataset"] ?? {}) as Parameters<typeof splitsOf>[0]);
  process.env.ARM_SUBSCRIPTION_ID = "00000000-0000-0000-0000-000000000001";
  const resources: Registered[] = [];
  const urns = new Map<string, string>();
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => ({
        id: `${type}/${name}/id`,
        state: { ...inputs, name: inputs.name ?? name, ...answers[type]?.(inputs) },
      }),
      call: ({ token, inputs }) =>
        token === "azure-native:authorization:getClientConfig"
          ? { tenantId: "tenant", objectId: "caller", subscriptionId: "s", clientId: "c" }
          : inputs,
    },
    "azureml-finetune",
    "test",
    false,
    "organization",
  );
  const texts = Object.entries({ "azure-native:location": "westeurope", ...config }).map(([key, value]) => [
    key.includes(":") ? key : `azureml-finetune:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig(Object.fromEntries(texts) as Record<string, string>);
  record(resources, urns, onRegister);
  // Pulumi captures a stack for every promise, and Jest maps each one to the sources. That takes most of a run.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  let outputs: unknown;
  try {
    const finished = program().then(async (values) => {
      const found = await plain(values);
      await pulumi.runtime.disconnect();
      return found;
    });
    outputs = await Promise.race([finished, refusal()]);
  } catch (error) {
    if (error instanceof Error) refusals.add(error);
    throw error;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return {
    resources,
    outputs: outputs as Record<string, unknown>,
    one: (type, name) => {
      const found = resources.filter((one) => one.type === type && (name === undefined || one.name === name));
      if (found.length !== 1) throw new Error(`${found.length} resources of type ${type} ${name ?? ""}`);
      return found[0] as Registered;
    },
  };
}

interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getObject(): { toJavaScript(): Record<string, unknown> };
  getDependenciesList(): string[];
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getDeletebeforereplace(): boolean;
  getDeletebeforereplacedefined(): boolean;
  getAdditionalsecretoutputsList(): string[];
}

interface Monitor {
  registerResource(
    request: Request,
    callback: (error: unknown, response: { getUrn(): string }) => void,
  ): void;
}

/** Records parents, dependencies and options from the requests, because Pulumi's mocks do not report them. */
function record(
  resources: Registered[],
  urns: Map<string, string>,
  onRegister: (resource: Registered) => void,
): void {
  const monitor = settings.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) =>
    register(request, (error, response) => {
      const label = `${request.getType()} ${request.getName()}`;
      if (!error) urns.set(response.getUrn(), label);
      const resource: Registered = {
        type: request.getType(),
        name: request.getName(),
        parent: urns.get(request.getParent()) ?? "",
        inputs: request.getObject().toJavaScript(),
        dependencies: request.getDependenciesList().map((urn) => urns.get(urn) ?? urn),
        protect: request.getProtect(),
        retainOnDelete: request.getRetainondelete(),
        ...(request.getDeletebeforereplacedefined() && {
          deleteBeforeReplace: request.getDeletebeforereplace(),
        }),
        additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
      };
      resources.push(resource);
      onRegister(resource);
      callback(error, response);
    });
}

/**
 * Rejects with a `RunError` that nobody handles. An error inside `apply` is one: the outputs of the resources that depend on it
 * never get a value. Works in the environment of environment.js.
 */
function refusal(): Promise<never> {
  return new Promise((_, reject) => {
    const onRefusal = (error: Error): void => {
      if (!refusals.has(error)) reject(error);
      refusals.add(error);
    };
    Object.assign(globalThis, { onRefusal });
  });
}

/** The errors of earlier runs. Some of their promises are rejected during the next run. */
const refusals = new WeakSet<Error>();

/** Resolves every output inside a value. */
function plain(value: object): Promise<unknown> {
  return new Promise((resolve) => {
    pulumi.output<object>(value).apply((resolved) => resolve(resolved));
  });
}
