/** Where a run works, and the names of what it creates. */
export interface Target {
  subscriptionId: string;
  resourceGroup: string;
  location: string;
  /** An existing workspace to use. Default: the run creates one and deletes it. */
  workspace?: string;
  /** 6 hexadecimal digits. Part of every name that the run creates. */
  runId: string;
}

/** The tag on everything that a run creates; its value is the run id. */
export const ownerTag = "azureml-finetune-contract";

/** Names of a run's resources begin with it: `ctr-1a2b3c-ws`. */
export const namePrefix = (runId: string): string => `ctr-${runId}`;

/** Matches names of any run. */
export const anyRunName = /^ctr-?[0-9a-f]{6}/;

/** ARM ids of the run's resources. Sends no request. */
export function pathsOf(target: Target): {
  subscription: string;
  group: string;
  /** A second group, for names that must be unique beyond one group. */
  otherGroup: string;
  workspace: string;
  /** A second workspace, which belongs to the run even if `--workspace` names the first. */
  otherWorkspace: string;
  storage: string;
  vault: string;
  ml: string;
  region: string;
} {
  const subscription = `/subscriptions/${target.subscriptionId}`;
  const group = `${subscription}/resourceGroups/${target.resourceGroup}`;
  const ml = `${group}/providers/Microsoft.MachineLearningServices`;
  const prefix = namePrefix(target.runId);
  return {
    subscription,
    group,
    otherGroup: `${subscription}/resourceGroups/${prefix}-rg`,
    ml,
    workspace: `${ml}/workspaces/${target.workspace ?? `${prefix}-ws`}`,
    otherWorkspace: `${ml}/workspaces/${prefix}-ws2`,
    storage: `${group}/providers/Microsoft.Storage/storageAccounts/ctr${target.runId}st`,
    vault: `${group}/providers/Microsoft.KeyVault/vaults/${prefix}-kv`,
    region: `${subscription}/providers/Microsoft.MachineLearningServices/locations/${target.location}`,
  };
}
