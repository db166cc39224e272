import { createHash } from "node:crypto";
import type { SchemaElement } from "hyparquet" with { "resolution-mode": "import" };
import type { Conversation } from "./conversations";

export interface ParquetFile {
  bytes: Buffer;
  rows: number;
  sha256: string;
}

/**
 * The original's schema: `prompt: string, prompt_id: string, messages: list<struct<content: string, role:
 * string>>`, with lists in the three-level form that Arrow writes.
 */
const schema: SchemaElement[] = [
  { name: "schema", num_children: 3 },
  text("prompt"),
  text("prompt_id"),
  {
    name: "messages",
    repetition_type: "OPTIONAL",
    num_children: 1,
    converted_type: "LIST",
    logical_type: { type: "LIST" },
  },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  { name: "element", repetition_type: "OPTIONAL", num_children: 2 },
  text("content"),
  text("role"),
];

/** Metadata that the `datasets` library writes into its files, to restore the column types. */
const features = {
  info: {
    features: {
      prompt: { dtype: "string", _type: "Value" },
      prompt_id: { dtype: "string", _type: "Value" },
      messages: [{ content: { dtype: "string", _type: "Value" }, role: { dtype: "string", _type: "Value" } }],
    },
  },
};

function text(name: string): SchemaElement {
  return {
    name,
    type: "BYTE_ARRAY",
    repetition_type: "OPTIONAL",
    converted_type: "UTF8",
    logical_type: { type: "STRING" },
  };
}

/** Snappy, like the original. The same rows give the same bytes. Yields between two row groups. */
export async function encodeParquet(
  rows: readonly Conversation[],
  rowGroupRows: number,
): Promise<ParquetFile> {
  const { ByteWriter, ParquetWriter } = await import("hyparquet-writer");
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({
    writer,
    schema,
    codec: "SNAPPY",
    createdBy: "azureml-finetune",
    kvMetadata: [{ key: "huggingface", value: JSON.stringify(features) }],
  });
  for (let start = 0; start < rows.length; start += rowGroupRows) {
    const group = rows.slice(start, start + rowGroupRows);
    await parquet.write({
      rowGroupSize: rowGroupRows,
      columnData: [
        { name: "prompt", data: group.map((row) => row.prompt) },
        { name: "prompt_id", data: group.map((row) => row.prompt_id) },
        { name: "messages", data: group.map((row) => row.messages) },
      ],
    });
    await new Promise((resolve) => setImmediate(resolve));
  }
  await parquet.finish();
  const bytes = Buffer.from(writer.getBytes());
  return { bytes, rows: rows.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}
