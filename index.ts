/**
 * Fine-tune a chat model on Azure ML, deploy it and ask it one held-out question: the notebook's nine steps as one
 * Pulumi program. What each step makes is in components/, what may be set in config/.
 */
import * as pulumi from "@pulumi/pulumi";
import { ownerTags } from "./azureml/names";
import { ChatDataset } from "./components/chatDataset";
import { EndpointScore } from "./components/endpointScore";
import { FineTuneJob } from "./components/fineTuneJob";
import { FoundationModel } from "./components/foundationModel";
import { GpuCluster } from "./components/gpuCluster";
import { OnlineEndpoint } from "./components/onlineEndpoint";
import { stackOutputs, type StackOutputs } from "./components/outputs";
import { RegisteredModel } from "./components/registeredModel";
import { TrafficSplit } from "./components/trafficSplit";
import { Workspace } from "./components/workspace";
import { keepStacksPrintable } from "./config/errorStacks";
import { loadConfig } from "./config/load";
import { modelGate, runPreflight } from "./preflight/run";

keepStacksPrintable();

export = async function program(): Promise<StackOutputs> {
  const config = loadConfig();
  const { subscriptionId } = config;
  const { generation } = config.workspace;
  const identity = { project: pulumi.getProject(), stack: pulumi.getStack(), subscriptionId, generation };
  const tags = { ...config.tags, ...ownerTags(identity) };
  const common = { identity, tags, modelName: config.foundationModel.name, datasetName: config.dataset.name };

  // 1. Prerequisites: credential, region, sizes, data set. Nothing is made before all of it is right.
  const findings = await runPreflight(config, identity);

  // 2. Pick a foundation model. What its tags forbid stops here: all that follows takes its inputs from the plan.
  const model = new FoundationModel("foundation-model", config.foundationModel);
  const plan = modelGate(config, identity, findings, model);
  const workspace = new Workspace("workspace", { ...common, config: config.workspace, plan });

  // 3. Create or find the compute to fine-tune on.
  const cluster = new GpuCluster("gpu-cluster", { ...common, workspace, config: config.compute, plan });

  // 4. Pick the data set.
  const data = new ChatDataset("chat-dataset", { ...common, workspace, config: config.dataset });

  // 5. Submit the fine-tuning job and wait for it.
  const job = new FineTuneJob("fine-tuning", {
    ...common,
    ...{ workspace, cluster, model, data, plan },
    config: config.finetune,
  });

  // 6. Register the fine-tuned model.
  const registered = new RegisteredModel("registered-model", {
    ...common,
    ...{ workspace, job, model, data },
    config: config.model,
  });
  const made = { ref: findings.workspace, model, data, job, registered };
  if (!config.endpoint.enabled) return stackOutputs(made);

  // 7. Deploy it to an online endpoint.
  const endpoint = new OnlineEndpoint("endpoint", {
    ...common,
    ...{ workspace, model: registered, plan },
    config: config.endpoint,
  });

  // 8. Ask it one held-out question; after the answer it gets the traffic.
  const score = new EndpointScore("endpoint-score", { workspace, endpoint, data, config: config.scoring });
  new TrafficSplit("traffic", { workspace, endpoint, score });

  // 9. Cleaning up: `destroy` takes all of it away, `endpoint.enabled: false` only what steps 7 and 8 made.
  return stackOutputs({ ...made, serving: { endpoint, score } });
};
