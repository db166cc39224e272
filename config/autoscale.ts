import { z } from "zod";
import { formatValue, type Problem } from "../azureml/problem";
import { choiceSetting, integerSetting, required } from "./setting";

/** The setting `endpoint.autoscale`: a Monitor autoscale setting for the deployment. */
export const autoscale = z.strictObject({
  min: integerSetting({
    doc: "Least number of instances.",
    minimum: 1,
    maximum: 50,
    defaultText: required,
  }),
  max: integerSetting({
    doc: "Largest number of instances. Costs, budget.maxHourlyCost and quotas are checked with it.",
    minimum: 1,
    maximum: 50,
    defaultText: required,
  }),
  target: integerSetting({
    doc: "Average utilization over five minutes above which an instance is added. Below half of it one is removed: with it, two instances that become one stay at the target at most.",
    unit: "%",
    minimum: 1,
    maximum: 99,
    defaultText: required,
  }),
  metric: choiceSetting(["GpuUtilizationPercentage", "CpuUtilizationPercentage"], {
    doc: "Metric of the deployment that is compared with the target.",
    source: "Azure Monitor, supported metrics of onlineEndpoints/deployments",
  }).default("GpuUtilizationPercentage"),
});

export type AutoscaleConfig = z.output<typeof autoscale>;

/** @param property full name of the section `endpoint`. */
export function autoscaleRules(
  property: string,
  { min, max }: AutoscaleConfig,
  instanceCount: number,
): Problem[] {
  if (min > max)
    return [
      {
        property: `${property}.autoscale.min`,
        seen: formatValue(min),
        allowed: `at most endpoint.autoscale.max (${max})`,
        remedy: "Lower min or raise max.",
      },
    ];
  if (instanceCount >= min && instanceCount <= max) return [];
  return [
    {
      property: `${property}.instanceCount`,
      seen: formatValue(instanceCount),
      allowed: `from endpoint.autoscale.min to max (${min} to ${max}): a new deployment starts with it`,
      remedy: "Set it inside this range.",
    },
  ];
}
