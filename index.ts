/**
 * Fine-tunes a chat model on Azure ML, deploys it and sends it one held-out question: the notebook's steps as one Pulumi
 * program (`train`). A stack with `model.source: promote` serves a model that another stack has trained (`promote`); one with
 * `platform.registry` creates the registry that they share (`createPlatform`).
 * components/ contains the resources of each step, config/ the settings.
 */
import * as pulumi from "@pulumi/pulumi";
import { ownerTags, registeredModelName } from "./azureml/names";
import { ChatDataset } from "./components/chatDataset";
import { EndpointScore } from "./components/endpointScore";
import { configuredQuestion } from "./components/configuredQuestion";
import { keepExternalTags } from "./components/externalTags";
import { FineTuneJob } from "./components/fineTuneJob";
import { FoundationModel } from "./components/foundationModel";
import { GpuCluster } from "./components/gpuCluster";
import { createMonitoring } from "./components/monitoring";
import { OnlineEndpoint } from "./components/onlineEndpoint";
import { operateEndpoint } from "./components/operation";
import { promotedOutputs, type PromotedOutputs, stackOutputs, type StackOutputs } from "./components/outputs";
import { PromotedModel } from "./components/promotedModel";
import { RegisteredModel } from "./components/registeredModel";
import { sharedModelOf } from "./components/sourceStack";
import type { StackArgs } from "./components/stackArgs";
import { SharedModel } from "./components/sharedModel";
import { type PlatformOutputs, SharedRegistry } from "./components/sharedRegistry";
import { TrafficSplit } from "./components/trafficSplit";
import { Workspace } from "./components/workspace";
import { definedOutputs } from "./program/definedOutputs";
import { repairErrors } from "./program/errors";
import { settled } from "./program/settled";
import { loadConfig } from "./config/load";
import type { RegistryConfig } from "./config/platform";
import type { PromotionConfig, StackConfig } from "./config/stackConfig";
import { runPlatformPreflight } from "./preflight/platform";
import { runPromotionPreflight } from "./preflight/promotion";
import { applyModelRules, runPreflight } from "./preflight/run";

repairErrors();

export = async function program(): Promise<StackOutputs | PromotedOutputs | PlatformOutputs> {
  const config = loadConfig();
  const { subscriptionId, foundationModel, dataset, promotion } = config;
  const { generation } = config.workspace;
  const identity = { project: pulumi.getProject(), stack: pulumi.getStack(), subscriptionId, generation };
  const tags = { ...config.tags, ...ownerTags(identity) };
  keepExternalTags(config.workspace.externalTags);
  const stack = { identity, tags, modelName: foundationModel.name, datasetName: dataset.name };
  const { registry } = config.platform;
  if (registry) return createPlatform(config, registry, stack);
  return definedOutputs(await (promotion ? promote(config, promotion, stack) : train(config, stack)));
};

/** The notebook: trains a model, registers it, and serves it. */
async function train(config: StackConfig, stack: StackArgs): Promise<StackOutputs> {
  const { foundationModel, dataset } = config;
  const { identity } = stack;

  // 1. Check the prerequisites: credential, region, VM sizes, data set. Nothing is created before all checks pass.
  const prerequisites = await runPreflight(config, identity);

  // 2. Pick a foundation model. The plan applies its rules, so every resource below takes its inputs from the plan.
  const model = new FoundationModel("foundation-model", foundationModel);
  const plan = applyModelRules(config, identity, prerequisites, model);
  // If the rules refuse the configuration, the program ends here, with nothing else registered.
  await settled(plan);
  const workspace = new Workspace("workspace", { ...stack, plan, config: config.workspace });

  // 3. Create or find the compute cluster for the training.
  const cluster = new GpuCluster("gpu-cluster", { ...stack, workspace, plan, config: config.compute });

  // 4. Pick the data set.
  const data = new ChatDataset("chat-dataset", { ...stack, workspace, config: dataset });

  // 5. Submit the fine-tuning job and wait for it.
  const { endpointName } = prerequisites;
  const name = config.model.name ?? registeredModelName(foundationModel.name, dataset.name);
  const training = { workspace, cluster, model, data, plan, serving: { endpointName, modelName: name } };
  const { finetune, budget } = config;
  const job = new FineTuneJob("fine-tuning", { ...stack, ...training, config: finetune, budget });

  // 6. Register the fine-tuned model.
  const trained = { workspace, job, name };
  const registered = new RegisteredModel("registered-model", { ...stack, ...trained, config: config.model });
  const { shareTo } = config.model;
  const shared = shareTo
    ? new SharedModel("shared-model", { workspace, model: registered, registry: shareTo })
    : undefined;
  const outputs = { workspace: prerequisites.workspace, model, data, job, registered, shared };
  const monitoring = createMonitoring("monitoring", { ...stack, workspace, config: config.monitoring });
  if (!config.endpoint.enabled) return stackOutputs(outputs);

  // 7. Deploy the model to an online endpoint.
  const serving = { workspace, model: registered, plan, endpointName };
  const endpoint = new OnlineEndpoint("endpoint", { ...stack, ...serving, config: config.endpoint });

  // 8. Score one held-out conversation, then route the traffic to the deployment that answered.
  const score = new EndpointScore("endpoint-score", { workspace, endpoint, data, config: config.scoring });
  const traffic = new TrafficSplit("traffic", { workspace, endpoint, score, config: config.rollout });

  // Logs, alerts and autoscale, if the configuration asks for them.
  operateEndpoint(config, stack, { workspace, endpoint, traffic, monitoring });

  // 9. Clean up: `destroy` deletes everything, `endpoint.enabled: false` only what steps 7 and 8 created.
  return stackOutputs({ ...outputs, serving: { endpoint, score } });
}

/** Serves one exact version of a shared registry. No cluster, no data, no job, no registration. */
async function promote(
  config: StackConfig,
  promotion: PromotionConfig,
  stack: StackArgs,
): Promise<PromotedOutputs> {
  // 1. Check the prerequisites and the version: existence, content, lineage, metrics. Nothing is created before all checks pass.
  const { from } = promotion;
  const source = "stack" in from ? await sharedModelOf(from.stack) : from;
  const named = source && { ...source, ...("stack" in from && from.name ? { name: from.name } : {}) };
  const prerequisites = await runPromotionPreflight(config, stack.identity, promotion, named);
  const plan = pulumi.output(prerequisites);
  const workspace = new Workspace("workspace", { ...stack, plan, config: config.workspace });

  // 2. Take the version from the registry.
  const { registry, name } = prerequisites.model;
  const model = new PromotedModel("promoted-model", { plan, registry, name });
  const monitoring = createMonitoring("monitoring", { ...stack, workspace, config: config.monitoring });
  if (!config.endpoint.enabled) return promotedOutputs(prerequisites.workspace, model);

  // 3. Deploy it, ask it a question, then route the traffic to the deployment that answered.
  const { endpointName } = prerequisites;
  const description = `Online endpoint for ${name} of registry ${registry}`;
  const serving = { workspace, model, plan, endpointName, description };
  const endpoint = new OnlineEndpoint("endpoint", { ...stack, ...serving, config: config.endpoint });
  const data = configuredQuestion(config);
  const score = new EndpointScore("endpoint-score", { workspace, endpoint, data, config: config.scoring });
  const traffic = new TrafficSplit("traffic", { workspace, endpoint, score, config: config.rollout });
  operateEndpoint(config, stack, { workspace, endpoint, traffic, monitoring });
  return promotedOutputs(prerequisites.workspace, model, { endpoint, score });
}

/** The registry through which a training stack passes its model to promoting stacks. */
async function createPlatform(
  config: StackConfig,
  registry: RegistryConfig,
  { identity, tags }: StackArgs,
): Promise<PlatformOutputs> {
  const plan = await runPlatformPreflight(config, registry, identity);
  return new SharedRegistry("shared-registry", { config: registry, plan, tags }).outputs();
}
