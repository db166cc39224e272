import { z } from "zod";
import { booleanSetting, integerSetting, numberSetting, stringSetting } from "./setting";

const insideProject = /^(?![/\\])(?!.*(^|[/\\])\.\.([/\\]|$))[\w./\\-]+$/;

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
  question: stringSetting({
    doc: "Promoting stacks, which have no data: the question that a new deployment must answer before it gets traffic. Question and answer are outputs.",
    defaultText: "Hello! What can you help me with?",
  }).optional(),
  questionFile: stringSetting({
    doc: "Promoting stacks: JSON file with the conversation to send instead of scoring.question: {messages: [{role, content}]}. Its texts are shown only with dataset.showRows: true, as secrets.",
    allowed: "a path inside the project",
    pattern: insideProject,
    defaultText: "none",
  }).optional(),
  seed: integerSetting({
    doc: "Selects the held-out conversation to score.",
    minimum: 0,
    maximum: 2_147_483_647,
  }).default(1),
  requestFile: stringSetting({
    doc: "File for the scoring request, relative to the project.",
    allowed: "a path inside the project",
    pattern: insideProject,
    source: "notebook: sample_score.json",
  }).default(".data/sample_score.json"),
});
