import type { z } from "zod";
import type { FinetuneConfig } from "./finetune";
import type { sections } from "./sections";

type Parsed = { [Name in keyof typeof sections]: z.output<(typeof sections)[Name]> };

/** A workspace to create, or an existing one to use. */
export type WorkspaceConfig =
  | ({ mode: "create" } & Omit<Parsed["workspace"], "mode" | "configFile">)
  | { mode: "adopt"; resourceGroup: string; name: string; generation: number; externalTags: string[] };

/** The version that a promoting stack serves, and the limits that it must meet. */
export interface PromotionConfig {
  /** Where the model is: a registry and its name there, or the stack that has shared it. */
  from: { registry: string; name: string } | { stack: string; name?: string };
  /** An exact version. */
  version: string;
  /** Content hash that the version must have. */
  sha256?: string;
  gate: Parsed["model"]["gate"];
}

/** The validated configuration of a stack with all defaults. */
export interface StackConfig extends Omit<Parsed, "workspace" | "finetune" | "compute" | "dataset"> {
  workspace: WorkspaceConfig;
  finetune: FinetuneConfig;
  /** `validationSplit` is a split's name or `fromTrain`. */
  dataset: Parsed["dataset"] & { splitPercent: number; validationSplit: string };
  compute: Omit<Parsed["compute"], "tier"> & { tiers: readonly ComputeTier[] };
  /** Set if the stack promotes a model instead of training one (`model.source: promote`). */
  promotion?: PromotionConfig;
  /** Azure region. Always set with `workspace.mode: create`; otherwise the workspace's region is used. */
  location?: string;
  /** Subscription of all resources, a GUID: azure-native:subscriptionId or ARM_SUBSCRIPTION_ID. */
  subscriptionId: string;
}

export type ComputeTier = "dedicated" | "lowPriority";
