import type { StackConfig } from "../config/stackConfig";
import { Autoscale } from "./autoscale";
import { EndpointMonitoring } from "./endpointMonitoring";
import type { Monitoring } from "./monitoring";
import type { OnlineEndpoint } from "./onlineEndpoint";
import type { StackArgs } from "./stackArgs";
import type { TrafficSplit } from "./trafficSplit";
import type { Workspace } from "./workspace";

interface OperationArgs {
  workspace: Workspace;
  endpoint: OnlineEndpoint;
  traffic: TrafficSplit;
  /** Undefined if the stack asks for no logs and alerts. */
  monitoring: Monitoring | undefined;
}

/** What keeps an endpoint in operation, as far as the configuration asks for it: logs, alerts and autoscale. */
export function operateEndpoint(config: StackConfig, stack: StackArgs, args: OperationArgs): void {
  const { workspace, endpoint, traffic, monitoring } = args;
  const operated = { ...stack, workspace, endpoint };
  if (monitoring)
    new EndpointMonitoring("endpoint-monitoring", { ...operated, monitoring, config: config.monitoring });
  const { autoscale, instanceCount } = config.endpoint;
  if (autoscale) new Autoscale("autoscale", { ...operated, traffic, config: autoscale, instanceCount });
}
