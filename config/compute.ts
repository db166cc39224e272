import { z } from "zod";
import { identitySetting } from "./armIdSetting";
import { choiceSetting, integerSetting, setting, stringSetting } from "./setting";

const tiers = z.enum(["dedicated", "lowPriority"]);

/** The section `compute`: the GPU cluster. */
export const computeSection = z.strictObject({
  mode: choiceSetting(["create", "adopt"], {
    doc: "create: create the cluster; adopt: use an existing cluster of exactly that name without changing it.",
  }).default("create"),
  name: stringSetting({
    doc: "Cluster name; a created cluster's name gets a suffix from size and tier, which Azure cannot change.",
    allowed: "2-16 letters, digits and - (adopt: up to 24), starting with a letter",
    pattern: /^[A-Za-z][A-Za-z0-9-]{1,23}$/,
    source: "notebook: gpu-cluster-big",
  }).default("gpu-cluster"),
  size: stringSetting({
    doc: "VM size of a node; must have GPUs and be in the model's finetune_compute_allow_list (adopt: the cluster's size counts).",
    allowed: "a VM size such as Standard_NC24ads_A100_v4",
    pattern: /^[A-Za-z]\w+$/,
    source: "the notebook's Standard_ND40rs_v2 is no longer in the allow list",
  }).default("Standard_NC24ads_A100_v4"),
  minNodes: integerSetting({
    doc: "Nodes that are always running; above 0 they are billed all the time.",
    minimum: 0,
    maximum: 100,
  }).default(0),
  maxNodes: integerSetting({
    doc: "Maximum number of nodes.",
    minimum: 1,
    maximum: 100,
    source: "notebook: 2",
  }).default(1),
  tier: setting(
    {
      doc: "dedicated, or lowPriority (cheaper, may be preempted); a list is tried in order until the quota suffices.",
      allowed: "dedicated, lowPriority, or a list of both",
      source: "notebook: dedicated, then low priority",
    },
    z.union([tiers, z.array(tiers).min(1).max(2)]),
  ).default("dedicated"),
  idleSecondsBeforeScaledown: integerSetting({
    doc: "An idle node is released after this time.",
    unit: "seconds",
    minimum: 30,
    maximum: 86_400,
    source: "notebook",
  }).default(120),
  identity: identitySetting("none", {
    doc: "create: the managed identity with which jobs read and write data; required by workspace.datastoreAccess: identity.",
    source: "Microsoft Learn, how-to-disable-local-auth-storage",
  }),
});
