import type { z } from "zod";
import type { FinetuneConfig } from "./finetune";
import type { sections } from "./sections";

type Parsed = { [Name in keyof typeof sections]: z.output<(typeof sections)[Name]> };

/** A workspace to create, or an existing one to use. */
export type WorkspaceConfig =
  | ({ mode: "create" } & Omit<Parsed["workspace"], "mode" | "configFile">)
  | { mode: "adopt"; resourceGroup: string; name: string; generation: number; externalTags: string[] };

/** The validated configuration of a stack with all defaults. */
export interface StackConfig extends Omit<Parsed, "workspace" | "finetune" | "compute" | "dataset"> {
  workspace: WorkspaceConfig;
  finetune: FinetuneConfig;
  /** `validationSplit` is a split's name or `fromTrain`. */
  dataset: Parsed["dataset"] & { splitPercent: number; validationSplit: string };
  compute: Omit<Parsed["compute"], "tier"> & { tiers: readonly ComputeTier[] };
  /** Azure region. Always set with `workspace.mode: create`; otherwise the workspace's region is used. */
  location?: string;
  /** Subscription of all resources, a GUID: azure-native:subscriptionId or ARM_SUBSCRIPTION_ID. */
  subscriptionId: string;
}

export type ComputeTier = "dedicated" | "lowPriority";
