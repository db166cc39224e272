import { z } from "zod";
import { assetForm, assetPattern } from "./namePatterns";
import { booleanSetting, stringSetting } from "./setting";

/** The section `foundationModel`: the base model in its registry. */
export const foundationModelSection = z.strictObject({
  registry: stringSetting({
    doc: "Azure ML registry with the base model.",
    allowed: assetForm,
    pattern: assetPattern,
    source: "notebook",
  }).default("azureml"),
  name: stringSetting({
    doc: "Name of the base model.",
    allowed: "a model name such as Phi-4-mini-instruct",
    pattern: /^[A-Za-z0-9][\w./-]{0,254}$/,
    source: "the notebook's Phi-3-mini-4k-instruct was retired on 2025-08-30; this is its successor",
  }).default("Phi-4-mini-instruct"),
  version: stringSetting({
    doc: "Version of the base model; latest is resolved once and pinned, newer versions are reported but not used.",
    allowed: "latest or a version such as 15",
    pattern: /^(latest|[A-Za-z0-9][\w.-]*)$/,
    source: "notebook",
  }).default("latest"),
  allowRetired: booleanSetting({
    doc: "Accept a model that its tags call retired for fine-tuning or inference.",
  }).default(false),
});
