import { z } from "zod";
import { usd } from "../azureml/prices";
import { numberSetting, setting, stringSetting } from "./setting";

/** The section `budget`: prices, and limits of what an `up` may cost. */
export const budgetSection = z.strictObject({
  maxGpuHours: numberSetting({
    doc: "Refuses an up that would start a training which could use more: nodes x GPUs of a node x finetune.deadlineMinutes. An up that trains nothing is not refused.",
    unit: "GPU-hours",
    minimum: 0,
    defaultText: "no limit",
  }).optional(),
  maxHourlyCost: numberSetting({
    doc: "Refuses a configuration whose cluster (while training, or compute.minNodes) and endpoint (two deployments during a roll-out) could cost more in an hour.",
    unit: "budget.currency per hour",
    minimum: 0,
    above: true,
    defaultText: "no limit",
  }).optional(),
  prices: setting(
    {
      doc: "Price of a dedicated machine in an hour by VM size, instead of Azure ML's estimate and the built-in table (azureml/prices.ts). A low-priority machine counts as 20 % of it.",
      allowed: "a map of VM sizes to numbers greater than 0, such as Standard_NC24ads_A100_v4: 3.4",
      defaultText: "none",
    },
    z.record(
      z.string().regex(/^[A-Za-z]\w+$/),
      z.preprocess((value) => (typeof value === "string" ? Number(value) : value), z.number().positive()),
    ),
  ).default({}),
  currency: stringSetting({
    doc: "Currency of budget.prices and budget.maxHourlyCost. With another one than USD only the sizes in budget.prices have a price.",
    allowed: "three capital letters, such as USD or EUR",
    pattern: /^[A-Z]{3}$/,
  }).default(usd),
});
