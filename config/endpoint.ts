import { z } from "zod";
import { identitySetting } from "./armIdSetting";
import type { Problem } from "../azureml/problem";
import { autoscale, autoscaleRules } from "./autoscale";
import { endpointSchedule, scheduleRules } from "./endpointSchedule";
import { booleanSetting, choiceSetting, integerSetting, stringSetting } from "./setting";

/** The section `endpoint`: the online endpoint and its deployment. */
export const endpointSection = z.strictObject({
  enabled: booleanSetting({
    doc: "false: delete only endpoint, deployment, traffic and score.",
  }).default(true),
  name: stringSetting({
    doc: "Endpoint name, unique in the region.",
    allowed: "3-32 letters, digits and -, starting with a letter",
    pattern: /^[A-Za-z][A-Za-z0-9-]{1,30}[A-Za-z0-9]$/,
    defaultText: "ultrachat-completion-<hash>; for another data set chat-<data set>-<hash>",
    source: "notebook",
  }).optional(),
  deploymentPrefix: stringSetting({
    doc: "Start of a deployment's name; the model version follows. A change deploys again under the new name, without an interruption.",
    allowed: "1-14 letters, digits and -, starting with a letter",
    pattern: /^[A-Za-z][A-Za-z0-9-]{0,13}$/,
    source: "notebook",
  }).default("demo"),
  instanceType: stringSetting({
    doc: "VM size of an instance; must be in the model's inference_compute_allow_list, and not retired.",
    allowed: "a VM size such as Standard_NC24ads_A100_v4",
    pattern: /^[A-Za-z]\w+$/,
    source: "the notebook's Standard_NC6s_v3 was retired on 2025-09-30",
  }).default("Standard_NC24ads_A100_v4"),
  allowUnlistedInstanceType: booleanSetting({
    doc: "Accept an instance type outside that list, the sizes Azure ML lists for the region, or the table of retired sizes.",
  }).default(false),
  instanceCount: integerSetting({
    doc: "Number of instances; each is billed all the time.",
    minimum: 1,
    maximum: 50,
    source: "notebook",
  }).default(1),
  scaledExternally: booleanSetting({
    doc: "Something else scales the deployment, such as autoscale of Azure Monitor: keep the number of instances that it has. instanceCount is for a new deployment.",
  }).default(false),
  autoscale: autoscale.optional(),
  schedule: endpointSchedule.optional(),
  authMode: choiceSetting(["key", "aad_token"], {
    doc: "Authentication of callers; a change replaces the endpoint.",
    source: "notebook",
  }).default("key"),
  requestTimeoutMs: integerSetting({
    doc: "Time limit of one request.",
    unit: "ms",
    minimum: 1000,
    maximum: 180_000,
    source: "notebook; upper limit of managed endpoints",
  }).default(90_000),
  livenessInitialDelaySeconds: integerSetting({
    doc: "Time for a new instance to load the model before liveness probes start.",
    unit: "seconds",
    minimum: 1,
    maximum: 3600,
    source: "notebook",
  }).default(600),
  maxConcurrentRequests: integerSetting({
    doc: "Requests one instance processes at a time.",
    minimum: 1,
    maximum: 1000,
    source: "service default",
  }).default(1),
  publicNetworkAccess: booleanSetting({
    doc: "Whether the endpoint is reachable from public networks.",
  }).default(true),
  identity: identitySetting("system", {
    doc: "The managed identity that reads model and image. Azure assigns the roles of system, and does not change the identity of an endpoint: a derived name changes with it, a configured one must.",
    source: "Microsoft Learn, concept-endpoints-online-auth",
  }),
});

/**
 * Rules between the settings of the section.
 * @param property full name of the section.
 */
export function endpointRules(property: string, section: z.output<typeof endpointSection>): Problem[] {
  return [
    ...(section.autoscale ? autoscaleRules(property, section.autoscale, section.instanceCount) : []),
    ...(section.schedule ? scheduleRules(`${property}.schedule`, section.schedule) : []),
  ];
}

/** Whether Azure Monitor or something else changes the number of instances. */
export function isScaledExternally({
  scaledExternally,
  autoscale: own,
}: Pick<z.output<typeof endpointSection>, "scaledExternally" | "autoscale">): boolean {
  return scaledExternally || own !== undefined;
}

/** The most instances that a deployment can have by this section. */
export function mostInstances({
  instanceCount,
  autoscale: own,
}: Pick<z.output<typeof endpointSection>, "instanceCount" | "autoscale">): number {
  return own ? own.max : instanceCount;
}
