import { unit, type TestOf } from "../../scripts/lib/testOf";

/** Tests of one file below tests/dataset, by their names. */
const of =
  (file: string) =>
  (...names: string[]): TestOf[] =>
    names.map((name) => unit(`dataset/${file}`, name));
const forms = of("forms");
const encodings = of("encodings");
const refused = of("refused");
const formats = of("formats");
const badRows = of("badRows");
const longRows = of("longRows");
const files = of("files");
const preview = of("inspect");
const previewTokens = of("previewTokens");
const stack = of("stackColumns");
const quality = of("quality/quality");
const patterns = of("quality/patterns");

/** The tests of each row of the tables in docs/data.md, sections "Your own data" and "Quality of the data", by the row's first cell. */
export const ownDataTests: Readonly<Record<string, TestOf[]>> = {
  "JSON lines (`.jsonl`, `.ndjson`, `.json`)": forms(
    "JSON lines",
    "JSON lines with empty lines and CRLF",
    "JSON lines in a .json file",
    "a character, escape, doubled quote or line end that two reads divide is read whole",
  ),
  "JSON array (`.json`)": forms(
    "a JSON array",
    "a pretty-printed JSON array",
    "a JSON array in a .jsonl file",
    "a character, escape, doubled quote or line end that two reads divide is read whole",
  ),
  "JSON objects that follow each other, pretty-printed (`.json`)": forms("pretty-printed objects"),
  "table (`.csv`, `.tsv`)": forms(
    "a CSV table",
    "a CSV table with CR only",
    "a CSV table with CRLF",
    "a CSV table with empty lines",
    "a character, escape, doubled quote or line end that two reads divide is read whole",
  ),
  "separator of a table": forms(
    "a CSV table with semicolons",
    "a CSV table with vertical bars",
    "a tab-separated table",
  ),
  "quoted field of a table": forms(
    "keeps a carriage return at the end of the last quoted field, and drops that of an unquoted line end",
    "may contain its separator, other separators and line ends of other systems in quoted fields",
  ),
  "gzip or zstd of any of these (`.json.gz`, `.csv.zst`, …)": forms(
    "a gzip JSON array",
    "gzip JSON lines",
    "gzip JSON lines in two members",
    "gzip JSON lines whose name does not say so",
    "a gzip CSV table",
    "zstd, also in several frames",
  ),
  parquet: forms("parquet compressed with %s", "parquet of one row group and of many, and a part of either"),
  "UTF-8 or UTF-16 with a byte order mark": encodings(
    "UTF-8 in a table",
    "UTF-8 in JSON lines",
    "UTF-8 in a JSON array",
    "UTF-16, little end first, in a table",
    "UTF-16, big end first, in a table",
    "UTF-16 in JSON lines",
    "UTF-16 in a JSON array",
    "UTF-16 in gzip",
  ),
  "text in another encoding": encodings(
    "is refused with its position and a guess, and read with the stated encoding",
    "UTF-16 without a byte order mark is refused as binary, and read with the stated encoding",
    "that does not exist is refused before anything is read",
  ),
  "columns that no field uses": forms("the columns that are not used are listed, in every kind of file"),
  "column and role names with spaces, commas or letters of any language": stack(
    "column names with spaces, commas, quotes and letters of any language go from a stack's configuration to the rows",
    "so do names of roles and keys of messages",
    "the same names are taken by hand, as a list or as JSON",
  ),
  "several files of a split, of any kind": forms(
    "several files of a split are read one after the other, whatever they are",
  ),
  "one file for all parts": of("quality/division")(
    "gives every row to one part, in the file's order, with the configured shares",
    "leaves every row on its side when the file grows, and puts duplicates on one side",
    "another seed gives another division, another percentage moves only rows of the training part",
    "is refused for several splits, for a part without rows, and for percentages that are not 100",
  ),

  "text that is not UTF-8": encodings(
    "is refused with its position and a guess, and read with the stated encoding",
    "is found wherever it is: after a byte order mark, in a later part of the file, at its end",
    "gets a guess only if the bytes allow one",
  ),
  "bytes that `--encoding` does not have": encodings("must have the bytes of the file"),
  "invalid UTF-8 in parquet": encodings("of a parquet file is a bad row with file and row group"),
  "encrypted parquet": [
    ...refused("an encrypted parquet file is refused by that word, with an encrypted or a readable footer"),
    ...of("encrypted")(
      "a parquet file with encrypted columns and a readable footer is reported as encrypted",
    ),
  ],
  "damaged parquet": files("a parquet file that is truncated, or damaged in the middle"),
  "damaged gzip or zstd": refused(
    "gzip that ends early",
    "gzip with another checksum",
    "zstd that ends early",
  ),
  "JSON array without its end, or with text after it": refused(
    "an array that ends early",
    "an array without its end",
    "text after an array",
  ),
  "quote that is never closed": refused("a quote that is not closed"),
  "columns of the same name": refused("duplicate columns"),
  "missing columns": [
    ...files("missing columns"),
    ...formats(
      "whose columns are absent is an error that names them and the formats",
      "that names an absent column is an error with that name",
    ),
  ],
  "empty file, no rows": refused(
    "empty JSON lines",
    "an empty table",
    "an empty parquet file",
    "nothing in gzip",
    "blank lines",
    "a byte order mark",
    "a table with a header only",
    "an empty array",
    "parquet without rows, also beside a file with rows",
  ),
  "directory, pipe, socket, device, missing file": [
    ...refused("a directory", "a pipe", "a socket", "a device"),
    ...files("a file that does not exist"),
  ],
  "binary file, archive, image, unknown extension": refused(
    "a zip archive",
    "a PDF document",
    "an SQLite database",
    "an Arrow file",
    "an image",
    "bzip2",
    "xz",
    "any zero byte",
    "binary content in gzip",
    "a file with an unknown extension",
  ),
  "text that is not a JSON object, wrong number of fields": [
    ...files("a line that is not JSON", "a record with too few fields"),
    ...refused("a list as row"),
    ...badRows(
      "the line of a table's row, behind fields with line ends and empty lines",
      "the record of a JSON array, with an element that is no JSON",
    ),
  ],
  "value of a wrong type, empty text, unknown role, roles out of turn": [
    ...refused(
      "a number as content",
      "a list as prompt",
      "an object as content",
      "an object as messages",
      "a missing answer",
      "half of a surrogate pair",
    ),
    ...files(
      "an empty answer",
      "a row whose turns do not alternate",
      "role names are mapped in JSON lines, in parquet and in data of the hub",
    ),
    ...badRows("the row of a parquet file, and the one of several files"),
  ],
  "turns of tools": formats(
    "has turns of tools, which are refused",
    "has turns of tools, which are left out on request; a text beside a call stays",
  ),
  "row over 16 MB": badRows(
    "of %s is a bad row by its place, and the others are read",
    "of a table is a bad row by its line, and the others are read",
    "of a table is an error if its quote is never closed",
    "of parquet is a bad row by its place, and the others are read",
    "is read if it is just shorter",
  ),
  "line over 512 MB": badRows(
    "is a bad row, and memory stays within 400 MB",
    "is a bad row of a table too, and an error as its header",
    "is a bad row in gzip too",
  ),
  "bad rows": [
    ...files("a line that is not JSON", "bad rows are skipped on request"),
    ...badRows("bad rows are kept with report, except those that cannot be read"),
  ],
  "`--on-bad-row skip` with more than `--max-bad-rows` (5 %), or no row left": badRows(
    "up to 5 % of a split by default: the message names each, and the number is printed",
    "up to the configured share, and the commonest reasons are listed if there are more",
    "but not if none is left, in any kind of file",
  ),
  "rows over the model's context": longRows(
    "are written whole with cut: the training cuts them",
    "are left out with drop, and counted",
    "are an error with fail, which names the rows and the next step",
    "are an error if drop leaves no row",
  ),

  "`messages`": formats(
    "messages, as they are",
    "messages in a table, as JSON text",
    "%s decides where the columns allow several",
  ),
  "`prompt-completion`": formats("prompt-completion", "%s decides where the columns allow several"),
  "`alpaca`": formats(
    "alpaca, whose input vanishes when it is empty",
    "alpaca without input, with a system text",
    "%s decides where the columns allow several",
  ),
  "`sharegpt`": formats(
    "sharegpt, with a system text and a column that is not used",
    "%s decides where the columns allow several",
  ),
  "`openai`": formats(
    "joins text parts, and reads developer as system",
    "has a picture, which is a bad row",
    "%s decides where the columns allow several",
  ),
  "several possible": formats(
    "is not guessed where the columns allow several: messages are read, and what is left is listed",
    "%s decides where the columns allow several",
  ),
  "none: `--columns`": formats(
    "gives way to the columns of the request",
    "leaves out a part whose column is empty, with the text before it",
  ),

  "kind, encoding, columns": preview(
    "a preview looks into local files, and writes nothing",
    "a preview reports the problems of all files",
    "a wrong column",
    "a wrong mapping",
    "another encoding",
  ),
  "its first rows, up to 1,000": preview(
    "a preview looks into local files, and writes nothing",
    "unknown roles, without their names",
    "are counted if they are left out or kept",
    "stop it if up would stop",
    "do not stop it if the file has more rows",
  ),
  "secrets, personal data, empty answers, refusals, repeated rows": preview(
    "is reported by counts and row numbers, without values",
    "stops at a finding at which up would stop, and at none with checks that are off",
    "is that of a parquet file too",
  ),
  "rows of a test file that are also in the training file": preview(
    "finds rows of a test file that are also in the training file",
  ),
  "rows over the context, with a local tokenizer": preview(
    "estimates rows and tokens over the context of a tokenizer",
  ),
  "rows over the context, with a model on the hub": previewTokens(
    "rows and tokens over the context of a model on the hub are estimated, and only its context is fetched",
    "with dataset.onLongRow %s an estimate stops nothing",
    "with dataset.checks.length: fail an estimate stops nothing either",
    "a model whose context is unknown or that the hub does not have is no reason to stop",
  ),
  "rows over the context, without `dataset.tokenizer`": previewTokens(
    "without dataset.tokenizer it says that rows over the context are not counted, unless checks are off",
  ),

  "`overlap`": quality("finds a shared conversation by default, and names check, count, rows and remedy"),
  "`nearOverlap`": quality("finds rows that are almost the same, in a split and across splits"),
  "`duplicates`": quality("finds rows that are almost the same, in a split and across splits"),
  "`nearDuplicates`": quality("finds rows that are almost the same, in a split and across splits"),
  "`emptyAnswers`": [
    ...quality("counts secrets, personal data, refusals and empty answers, and shows none of them anywhere"),
    ...patterns("recognizes refusals by their beginning and answers without content"),
  ],
  "`refusals`": [
    ...quality("counts secrets, personal data, refusals and empty answers, and shows none of them anywhere"),
    ...patterns("recognizes refusals by their beginning and answers without content"),
  ],
  "`secrets`": [
    ...quality("counts secrets, personal data, refusals and empty answers, and shows none of them anywhere"),
    ...patterns("finds keys and tokens of common services, private keys and passwords in URLs"),
  ],
  "`personalData`": [
    ...quality("counts secrets, personal data, refusals and empty answers, and shows none of them anywhere"),
    ...patterns(
      "finds e-mail addresses, except those of names reserved for documentation",
      "finds telephone numbers in international and North American form",
      "finds card numbers by issuer, length and check digit",
    ),
  ],
  "`length`": quality("counts tokens by role with the tokenizer, and rows over the context"),
};
