import * as path from "node:path";
import type { FastifyInstance } from "fastify";
import { loadChatModel } from "../../trainer/chatModel";
import type { FineTune, LoadChatModel } from "../../trainer/contract";
import { fineTune } from "../../trainer/fineTune";
import type { Cloud, Part } from "../cloud";
import { createArtifacts } from "../history/artifacts";
import { registerContainerArtifacts } from "../history/containerArtifacts";
import { createLogFiles } from "../history/logFiles";
import { registerHistory } from "../history/routes";
import { registerMlflow } from "../mlflow/routes";
import { createTracking } from "../mlflow/tracking";
import type { Core } from "../core";
import { projectRoot } from "../paths";
import { createBuiltInFiles } from "../registry/builtInFiles";
import { registerRegistry } from "../registry/routes";
import { registerScoring } from "../scoring/routes";
import { registerJobs } from "./jobs/jobRoutes";
import { createJobRunner } from "./jobs/runner";
import { createDeploymentRuntime } from "./online/deploymentRuntime";
import { registerDeployments } from "./online/deployments";
import { registerEndpoints } from "./online/endpoints";

/** The small language model that jobs train and deployments serve. */
export interface Trainer {
  fineTune: FineTune;
  loadChatModel: LoadChatModel;
  baseModelDir: string;
}

export function registerMlPartsWith(app: FastifyInstance, cloud: Cloud, trainer: Trainer): void {
  const trackingOf = createTracking(cloud.store, cloud.clock);
  const logs = createLogFiles(app, cloud);
  const artifacts = createArtifacts(cloud, logs);
  const parts = { ...trainer, trackingOf, logs, artifacts };
  const runner = createJobRunner(cloud, parts);
  const builtInFiles = createBuiltInFiles(cloud as Core, trainer.baseModelDir);
  registerRegistry(app, cloud, builtInFiles);
  registerJobs(app, cloud, parts, runner);
  registerHistory(app, cloud, trackingOf, logs, artifacts);
  registerContainerArtifacts(app, cloud);
  registerMlflow(app, cloud, trackingOf, artifacts);
  const runtime = createDeploymentRuntime(cloud, logs, trainer.loadChatModel);
  registerEndpoints(app, cloud);
  registerDeployments(app, cloud, runtime, builtInFiles);
  registerScoring(app, cloud, runtime);
}

export const registerMlParts: Part = (app, cloud) =>
  registerMlPartsWith(app, cloud, {
    fineTune,
    loadChatModel,
    baseModelDir: path.join(projectRoot(), "local", "trainer", "base"),
  });
