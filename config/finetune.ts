import { z } from "zod";
import { type ParameterKey, type ParameterSpec, parameterTable } from "../azureml/parameterTable";
import type { ConfiguredParameters } from "../azureml/parameters";
import { gateSettings } from "./gate";
import { assetForm, assetPattern } from "./namePatterns";
import {
  choiceSetting,
  booleanSetting,
  integerSetting,
  numberSetting,
  setting,
  stringSetting,
} from "./setting";

/**
 * A training parameter as a setting. It has no default here: if it is not set, the model's tag decides, then
 * the notebook, then the component (azureml/parameters.ts).
 */
export function parameterSetting(spec: ParameterSpec): z.ZodType {
  const details = {
    doc: spec.doc,
    defaultText: spec.notebook
      ? `the model's tag, else ${spec.notebook} (notebook)`
      : `the model's tag, else ${spec.component} (component)`,
    source: `pipeline input ${spec.name}`,
  };
  const { minimum, maximum, above, below, except, pattern, allowed } = spec;
  const range = { minimum, maximum, above, below, except };
  if (spec.type === "integer") return integerSetting({ ...details, ...range });
  if (spec.type === "number") return numberSetting({ ...details, ...range });
  if (spec.type === "flag") return booleanSetting(details);
  if (spec.choices) return choiceSetting(spec.choices as readonly [string, ...string[]], details);
  return stringSetting({ ...details, pattern, ...(allowed && { allowed }) });
}

const parameterShape = Object.fromEntries(
  Object.entries(parameterTable).map(([key, spec]) => [key, parameterSetting(spec).optional()]),
);

const component = z
  .strictObject({
    registry: stringSetting({
      doc: "Registry of the pipeline component.",
      allowed: assetForm,
      pattern: assetPattern,
      source: "notebook",
    }).default("azureml"),
    name: stringSetting({
      doc: "Name of the pipeline component.",
      allowed: assetForm,
      pattern: assetPattern,
      source: "notebook",
    }).default("chat_completion_pipeline"),
    version: stringSetting({
      doc: "Version of the component; latest is resolved once and kept until the job is replaced.",
      allowed: "latest or a version such as 0.0.82",
      pattern: /^(latest|[A-Za-z0-9][\w.-]*)$/,
      source: "notebook",
    }).default("latest"),
  })
  .prefault({});

const jobSettings = {
  experimentName: stringSetting({
    doc: "Experiment of the job.",
    allowed: "letters, digits, - and _",
    pattern: /^[A-Za-z0-9][\w-]{0,254}$/,
    defaultText: "chat_completion_<model>",
    source: "notebook",
  }).optional(),
  component,
  gate: gateSettings,
  deadlineMinutes: integerSetting({
    doc: "A job that is not finished after this time is canceled and counts as failed.",
    unit: "minutes",
    minimum: 1,
    maximum: 43_200,
  }).default(1440),
  maxPreemptions: integerSetting({
    doc: "Low-priority nodes only: how often Azure ML may take a node away and queue the job again. Once more, and the job is canceled. The component is told to continue from its last checkpoint.",
    minimum: 0,
    maximum: 100,
    defaultText: "3",
  }).optional(),
  onDestroy: choiceSetting(["archive", "delete", "keep"], {
    doc: "What to do with the job when its resource is deleted; a running job is always canceled.",
  }).default("archive"),
  extraParameters: setting(
    {
      doc: "More inputs of the pipeline component by Azure ML's names, for component versions newer than this table. They are checked like the settings here, or as the component declares them.",
      allowed: "a map of names such as lora_alpha to strings, numbers or true/false",
      defaultText: "none",
    },
    z.record(z.string().regex(/^[a-z][a-z0-9_]*$/), z.union([z.string(), z.number(), z.boolean()])),
  ).default({}),
};

/** The section `finetune`: settings of the job, and the training parameters of azureml/parameterTable.ts. */
export const finetuneSection = z.strictObject({ ...jobSettings, ...parameterShape });

type JobSettings = z.output<z.ZodObject<typeof jobSettings>>;
export type FinetuneConfig = JobSettings & ConfiguredParameters;

/** The training parameters of a parsed section, without the job's other settings. */
export function configuredParameters(section: FinetuneConfig): ConfiguredParameters {
  const entries = Object.entries(section).filter(([key]) => Object.hasOwn(parameterTable, key));
  return Object.fromEntries(entries) as Partial<Record<ParameterKey, string | number | boolean>>;
}
