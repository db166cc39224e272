/** The policy pack: `pulumi preview --policy-pack policy`, and the embedded engine's option of the same name. */
import { PolicyPack } from "@pulumi/policy";
import { asPolicy } from "./framework";
import { rules } from "./rules";

new PolicyPack("azureml-finetune", {
  description: "Rules for the stacks of azureml-finetune",
  enforcementLevel: "mandatory",
  policies: rules.map(asPolicy),
});
