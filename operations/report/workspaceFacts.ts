import type { RegionPrice } from "../../azureml/prices";
import type { RequestFigures } from "../../azureml/requestFigures";
import type { ModelVersionView } from "../workspaceView/assets";
import type { ComputeView } from "../workspaceView/computes";
import type { DeploymentView, EndpointView } from "../workspaceView/endpoints";
import type { JobView } from "../workspaceView/jobs";
import type { JobTimes, StepView } from "../workspaceView/jobSteps";
import type { RunMetrics } from "../workspaceView/metrics";
import type { Sample } from "./samples";

/** A job with what it logged. */
export interface JobFacts {
  job: JobView;
  times?: JobTimes;
  metrics: RunMetrics;
}

/** What the workspace says about the stack. Parts that do not exist or could not be read are absent or empty. */
export interface WorkspaceFacts {
  current?: JobFacts & { steps: StepView[] };
  /** Completed jobs of the same experiment, newest first. */
  earlier: JobFacts[];
  /** The job that the stack trained before this one, of any experiment. */
  last?: JobFacts;
  model?: ModelVersionView;
  endpoint?: EndpointView;
  deployments: DeploymentView[];
  /** Requests of the last day, by deployment. */
  figures: Record<string, RequestFigures>;
  computes: ComputeView[];
  /** Rows of the data: only if they may be shown. */
  samples: Sample[];
  /** Region of the workspace, and the prices that Azure ML reports for it. */
  location: string;
  regionPrices: RegionPrice[];
  /** The service's time, ms since 1970. */
  now: number;
  /** What could not be read, and why. */
  problems: string[];
}
