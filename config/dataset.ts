import { z } from "zod";
import { fromTrain } from "../azureml/evaluation";
import {
  badRowPolicies,
  checkLevels,
  checkNames,
  checksSchema,
  divisionSchema,
  formats,
  isEncoding,
  longRowPolicies,
  requestDefaults,
  toolPolicies,
} from "../dataset/requestValues";
import {
  booleanSetting,
  choiceSetting,
  integerSetting,
  numberSetting,
  setting,
  stringSetting,
} from "./setting";

const splitPattern = /^\w+(\.\w+)*$/;
const splitName = { allowed: "a split's name", pattern: splitPattern };
// These values become words of a command line, which a shell other than sh may not quote: no shell characters.
const pathPattern = /^(?![-\s])[\p{L}\p{M}\p{N} _.,/\\:()+@=~'-]+(?<!\s)$/u;
// Any name or template without other control characters than line feed and tab.
const columnPattern = /^(?=[^]*\S)[^\x00-\x08\x0b-\x1f\x7f]{1,500}$/;

const column = (doc: string, defaultText: string) =>
  stringSetting({
    doc,
    allowed: "a column's name, or for prompt, completion and system a template such as {instruction} {input}",
    pattern: columnPattern,
    defaultText,
  }).optional();

const columns = z
  .strictObject({
    messages: column("Column with the list of messages.", "messages"),
    role: column("Key of a message with its role.", "role"),
    content: column("Key of a message with its text.", "content"),
    prompt: column(
      "Column with the user's text, for rows with one question and one answer; or a template: a {column} that is empty vanishes with the text before it.",
      "prompt",
    ),
    completion: column(
      "Column with the answer, for rows with one question and one answer; or a template.",
      "completion",
    ),
    system: column("Column with the system message, used if it is not empty; or a template.", "none"),
    prompt_id: column("Column with the row's id.", "prompt_id, or the prompt's SHA-256"),
  })
  .optional();

/** The section `dataset`: data set, slice and columns. */
export const datasetSection = z.strictObject({
  name: stringSetting({
    doc: "Chat data set on the hub, with rows of {prompt, messages, prompt_id}; with files: a name for your data.",
    allowed: "namespace/name, such as HuggingFaceH4/ultrachat_200k",
    pattern: /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/,
    source: "notebook",
  }).default(requestDefaults.name),
  subset: stringSetting({
    doc: "Configuration (subset) of the data set.",
    allowed: "a subset's name",
    pattern: /^[\w.-]+$/,
    defaultText: "the data set's default",
    source: "notebook (--dataset_subset)",
  }).optional(),
  revision: stringSetting({
    doc: "Branch, tag or commit of the data set.",
    allowed: "a branch, tag or commit",
    pattern: /^[A-Za-z0-9][\w./-]*$/,
    defaultText: requestDefaults.revision,
  }).optional(),
  files: setting(
    {
      doc: "Your own files instead of a data set on the hub, by split (.jsonl, .json, .csv, .tsv, .parquet), relative to the project.",
      allowed:
        "a map of split names to a path or a list of paths, such as train_sft: data/train.jsonl; no characters such as ; $ &",
      defaultText: "none",
    },
    z
      .record(
        z.string().regex(splitPattern),
        z
          .union([z.string().regex(pathPattern), z.array(z.string().regex(pathPattern)).min(1)])
          .transform((paths) => (typeof paths === "string" ? [paths] : paths)),
      )
      .refine((files) => Object.keys(files).length > 0),
  ).optional(),
  columns,
  roles: setting(
    {
      doc: "Meaning of the role names in the data, if they are not system, user and assistant.",
      allowed: "a map of role names to system, user or assistant, such as { human: user, gpt: assistant }",
      defaultText: "none: the data uses system, user and assistant",
    },
    z
      .record(z.string().regex(columnPattern), z.enum(["system", "user", "assistant"]))
      .refine((names) => Object.keys(names).length > 0),
  ).optional(),
  format: choiceSetting(formats, {
    doc: "Form of the rows of your own files.",
    defaultText: "recognized by the columns",
  }).optional(),
  encoding: setting(
    {
      doc: "Encoding of your own text files.",
      allowed: "an encoding, such as windows-1252, utf-16le or shift_jis",
      defaultText: "UTF-8, or what a byte order mark states",
    },
    z.string().refine(isEncoding),
  ).optional(),
  toolTurns: choiceSetting(toolPolicies, {
    doc: "What to do with the turns of tools in your own files: fail makes a bad row, drop leaves them and their calls out.",
    defaultText: requestDefaults.toolTurns,
  }).optional(),
  splitPercent: integerSetting({
    doc: "Percentage of every split to use: its first rows, or a sample.",
    unit: "%",
    minimum: 1,
    maximum: 100,
    defaultText: `${requestDefaults.splitPercent.hub}; with files ${requestDefaults.splitPercent.files}`,
    source: "notebook (--dataset_split_pc)",
  }).optional(),
  sampleSeed: integerSetting({
    doc: "Takes a random sample of the split instead of its first rows; the same seed selects the same rows.",
    minimum: 0,
    maximum: 2_147_483_647,
    defaultText: "the first rows, as in the notebook",
  }).optional(),
  onBadRow: choiceSetting(badRowPolicies, {
    doc: "What to do with a row that does not match the chat schema: fail stops, skip omits it, report keeps it.",
  }).default(requestDefaults.onBadRow),
  maxBadRows: numberSetting({
    doc: "Largest percentage of a split's rows that onBadRow: skip may omit.",
    unit: "%",
    minimum: 0,
    maximum: 100,
    defaultText: String(requestDefaults.maxBadRows),
  }).optional(),
  onLongRow: choiceSetting(longRowPolicies, {
    doc: "What to do with a row that is longer than the tokenizer's context: cut leaves that to the training, drop omits it, fail stops.",
    defaultText: requestDefaults.onLongRow,
  }).optional(),
  checks: setting(
    {
      doc: "What each check of the prepared rows does: fail stops before anything is created from them, warn prints the rows' numbers.",
      allowed: `off, or ${checkLevels.join(", ")} by check, such as { overlap: warn, secrets: fail }; checks: ${checkNames.join(", ")}`,
      defaultText: "overlap fail (of a data set on the hub, from 1 % of a split's rows), the others warn",
    },
    checksSchema,
  ).optional(),
  split: setting(
    {
      doc: "Divides the data's only split into train, validation and test by a seeded hash of each conversation; trainSplit, validationSplit, testSplit and heldOutSplit are then train, validation, test and test.",
      allowed:
        "whole percentages that add up to 100, such as { train: 90, validation: 5, test: 5 }; validation can be left out; seed: a whole number",
      defaultText: "not divided; seed 42",
    },
    divisionSchema,
  ).optional(),
  tokenizer: stringSetting({
    doc: "Tokenizer for counting tokens: a tokenizer.json, its directory, or a model on the hub.",
    allowed: "a path or namespace/name, such as microsoft/Phi-3-mini-4k-instruct",
    pattern: pathPattern,
    defaultText: "tokens are not counted",
  }).optional(),
  showRows: booleanSetting({
    doc: "Whether rows of the data are stack outputs (firstRows, sampleScore); true: as secrets, false: never.",
    defaultText: "with files false; otherwise true for a public data set on the hub, and then not secret",
  }).optional(),
  trainSplit: stringSetting({ doc: "Split to train on.", source: "notebook", ...splitName }).default(
    "train_sft",
  ),
  testSplit: stringSetting({
    doc: "Split of the test data. Only component versions with an evaluation step read it as test data.",
    source: "notebook",
    ...splitName,
  }).default("test_sft"),
  validationSplit: stringSetting({
    doc: "Split that eval_loss is measured on; fromTrain: the component trains on the first 80 % of trainSplit and measures on the last 20 %.",
    allowed: `a split's name other than trainSplit, or ${fromTrain}`,
    pattern: splitPattern,
    defaultText: `testSplit; ${fromTrain} if testSplit is trainSplit`,
  }).optional(),
  heldOutSplit: stringSetting({
    doc: "Split with the conversation to score.",
    source: "notebook",
    ...splitName,
  }).default("test_gen"),
});
