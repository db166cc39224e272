import type { z } from "zod";
import type { FinetuneConfig } from "./finetune";
import type { sections } from "./sections";

type Parsed = { [Name in keyof typeof sections]: z.output<(typeof sections)[Name]> };

/** A workspace to make, or one to use as it is. */
export type WorkspaceConfig =
  | ({ mode: "create" } & Omit<Parsed["workspace"], "mode" | "configFile">)
  | { mode: "adopt"; resourceGroup: string; name: string; generation: number };

/** The whole configuration of a stack, checked, with all defaults in place. */
export interface StackConfig extends Omit<Parsed, "workspace" | "finetune" | "compute" | "dataset"> {
  workspace: WorkspaceConfig;
  finetune: FinetuneConfig;
  dataset: Parsed["dataset"] & { splitPercent: number };
  compute: Omit<Parsed["compute"], "tier"> & { tiers: readonly ComputeTier[] };
  /** Azure region; always there with `workspace.mode: create`, otherwise the workspace's own counts. */
  location?: string;
  /** Where everything goes: azure-native:subscriptionId, ARM_SUBSCRIPTION_ID or AZURE_SUBSCRIPTION_ID. */
  subscriptionId: string;
}

export type ComputeTier = "dedicated" | "lowPriority";
