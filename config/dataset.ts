import { z } from "zod";
import { badRowPolicies, requestDefaults } from "../dataset/request";
import { choiceSetting, integerSetting, setting, stringSetting } from "./setting";

const splitPattern = /^\w+(\.\w+)*$/;
const splitName = { allowed: "a split's name", pattern: splitPattern };
// These become words of a command line: no spaces, nothing a shell would read.
const pathPattern = /^(?!-)[\w./\\:-]+$/;
const columnPattern = /^\w[\w.-]*$/;

const column = (doc: string, defaultText: string) =>
  stringSetting({
    doc,
    allowed: "a column's name: letters, digits, _ . -",
    pattern: columnPattern,
    defaultText,
  }).optional();

const columns = z
  .strictObject({
    messages: column("Column with the list of messages.", "messages"),
    role: column("Key of a message that holds its role.", "role"),
    content: column("Key of a message that holds its text.", "content"),
    prompt: column("Column with the user's text, for rows of one question and one answer.", "prompt"),
    completion: column("Column with the answer to it.", "completion"),
    system: column("Column with the system's text, put first where it is not empty.", "none"),
    prompt_id: column("Column with the row's id.", "prompt_id, or the prompt's SHA-256"),
  })
  .optional();

/** The section `dataset`: which conversations, and how much of them. */
export const datasetSection = z.strictObject({
  name: stringSetting({
    doc: "Chat data set on the hub, rows of {prompt, messages, prompt_id}; with files: what your data are called.",
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
      doc: "Your own data instead of the hub's: files by split (.jsonl, .csv, .tsv, .parquet), relative to the project.",
      allowed:
        "a map of split names to a path or a list of paths without spaces, such as train_sft: data/train.jsonl",
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
      doc: "What the data's own names of roles stand for, where they are not system, user and assistant.",
      allowed: "a map of names to system, user or assistant, such as { human: user, gpt: assistant }",
      defaultText: "none: the names are the schema's",
    },
    z
      .record(z.string().regex(columnPattern), z.enum(["system", "user", "assistant"]))
      .refine((names) => Object.keys(names).length > 0),
  ).optional(),
  splitPercent: integerSetting({
    doc: "How much of every split is used, from its start or as a sample.",
    unit: "%",
    minimum: 1,
    maximum: 100,
    defaultText: `${requestDefaults.splitPercent.hub}; with files ${requestDefaults.splitPercent.files}`,
    source: "notebook (--dataset_split_pc)",
  }).optional(),
  sampleSeed: integerSetting({
    doc: "Takes a sample from all over the split instead of its first rows; the same seed gives the same rows.",
    minimum: 0,
    maximum: 2_147_483_647,
    defaultText: "the first rows, as in the notebook",
  }).optional(),
  onBadRow: choiceSetting(badRowPolicies, {
    doc: "What becomes of a row that does not fit the chat schema: fail names it, skip leaves it out, report keeps it.",
  }).default(requestDefaults.onBadRow),
  tokenizer: stringSetting({
    doc: "Counts tokens with it: a tokenizer.json, its directory, or a model on the hub.",
    allowed: "a path or namespace/name, such as microsoft/Phi-3-mini-4k-instruct",
    pattern: pathPattern,
    defaultText: "tokens are not counted",
  }).optional(),
  trainSplit: stringSetting({ doc: "Split to train on.", source: "notebook", ...splitName }).default(
    "train_sft",
  ),
  testSplit: stringSetting({ doc: "Split to evaluate on.", source: "notebook", ...splitName }).default(
    "test_sft",
  ),
  heldOutSplit: stringSetting({
    doc: "Split the scored conversation is taken from.",
    source: "notebook",
    ...splitName,
  }).default("test_gen"),
});
