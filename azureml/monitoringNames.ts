import { shortStackName, type StackIdentity } from "./names";

/** Names of a stack's monitoring resources. */
interface MonitoringNames {
  actionGroup: string;
  /** Up to 12 characters, shown in messages. */
  actionGroupShort: string;
  diagnostics: string;
  errorRateAlert: string;
  latencyAlert: string;
  noRequestsAlert: string;
  budget: string;
}

/** They contain the stack's hash, because an adopted workspace's resource group can contain those of other stacks. */
export function monitoringNames(identity: StackIdentity): MonitoringNames {
  return {
    actionGroup: shortStackName("ag", identity),
    actionGroupShort: identity.stack.slice(0, 12),
    diagnostics: shortStackName("diag", identity),
    errorRateAlert: shortStackName("alert-errors", identity),
    latencyAlert: shortStackName("alert-latency", identity),
    noRequestsAlert: shortStackName("alert-no-requests", identity),
    // 1-63 letters, digits, dashes and underscores.
    budget: shortStackName("budget", identity),
  };
}

/** Name of the autoscale setting of one deployment. A new deployment gets a setting of its own. */
export function autoscaleName(identity: StackIdentity, endpoint: string, deployment: string): string {
  return `${shortStackName("as", identity)}-${endpoint}-${deployment}`;
}
