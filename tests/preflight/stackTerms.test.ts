import { inStackTerms } from "../../preflight/stackTerms";

test.each([
  [
    "Set --encoding windows-1252 (in a stack: dataset.encoding), or save the file as UTF-8.",
    "Set dataset.encoding: windows-1252, or save the file as UTF-8.",
  ],
  [
    "Set --encoding to the file's encoding (in a stack: dataset.encoding).",
    "Set dataset.encoding to the file's encoding.",
  ],
  [
    "Skip them with --on-bad-row skip (or keep them with --on-bad-row report); in a stack: dataset.onBadRow.",
    "Skip them with dataset.onBadRow: skip (or keep them with dataset.onBadRow: report).",
  ],
  [
    "Map the columns with --columns (in a stack: dataset.columns): messages; or set --format (dataset.format) to one of a, b.",
    "Map the columns with dataset.columns: messages; or set dataset.format to one of a, b.",
  ],
  [
    "Correct --files (in a stack: dataset.files); paths are relative to the working directory.",
    "Correct dataset.files; paths are relative to the project.",
  ],
  [
    "Raise --dataset_split_pc, or exclude the split with --splits.",
    "Raise dataset.splitPercent, or exclude the split with dataset.splits.",
  ],
  [
    "Accept it with --checks NAME=warn (in a stack: dataset.checks).",
    "Accept it with dataset.checks: { NAME: warn }.",
  ],
])("a preview names settings of the stack instead of options: %s", (ofStep, inStack) => {
  expect(inStackTerms(ofStep)).toBe(inStack);
});
