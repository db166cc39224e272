import { z } from "zod";
import { booleanSetting, integerSetting, numberSetting, stringSetting } from "./setting";

/** The section `scoring`: the held-out question and the sampling parameters. */
export const scoringSection = z.strictObject({
  temperature: numberSetting({
    doc: "Sampling temperature.",
    minimum: 0,
    above: true,
    maximum: 2,
    source: "notebook",
  }).default(0.6),
  topP: numberSetting({
    doc: "Nucleus sampling: probability mass of the tokens to choose from.",
    minimum: 0,
    above: true,
    maximum: 1,
    source: "notebook",
  }).default(0.9),
  doSample: booleanSetting({
    doc: "Sample tokens; false: always take the most likely token.",
    source: "notebook",
  }).default(true),
  maxNewTokens: integerSetting({
    doc: "Longest answer.",
    unit: "tokens",
    minimum: 1,
    maximum: 4096,
    source: "notebook",
  }).default(200),
  seed: integerSetting({
    doc: "Selects the held-out conversation to score.",
    minimum: 0,
    maximum: 2_147_483_647,
  }).default(1),
  requestFile: stringSetting({
    doc: "File for the scoring request, relative to the project.",
    allowed: "a path inside the project",
    pattern: /^(?![/\\])(?!.*(^|[/\\])\.\.([/\\]|$))[\w./\\-]+$/,
    source: "notebook: sample_score.json",
  }).default(".data/sample_score.json"),
});
