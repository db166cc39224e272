import { generateSplit, SPLIT_ROWS } from "../../../local/data/conversations";
import { datasetFiles, rowGroupRows, type DatasetFile } from "../../../local/data/dataset";
import { encodeParquet } from "../../../local/data/parquet";
import { row, rowsOf } from "../../dataset/testHub";

async function read(bytes: Buffer): Promise<Array<Record<string, unknown>>> {
  const { parquetReadObjects } = await import("hyparquet");
  return parquetReadObjects({ file: Uint8Array.from(bytes).buffer });
}

async function metadataOf(bytes: Buffer) {
  const { parquetMetadata } = await import("hyparquet");
  return parquetMetadata(Uint8Array.from(bytes));
}

describe("the parquet writer", () => {
  test("returns every row, also with one message, many messages and every kind of text", async () => {
    const many = Array.from({ length: 7 }, (_, index) => ({ content: `c${index}`, role: "user" as const }));
    const rows = [
      row("x", 0),
      row("x", 1, { messages: many }),
      row("x", 2, { messages: many.slice(0, 1) }),
      row("x", 3, { prompt: 'é 漢 🙂 \u0000 "\\\n' }),
      ...rowsOf("y", 10),
    ];
    const { bytes } = await encodeParquet(rows, 4);
    expect(await read(bytes)).toEqual(rows);
  });

  test("writes the schema and compression of the original", async () => {
    const { bytes } = await encodeParquet(rowsOf("x", 10), 4);
    const metadata = await metadataOf(bytes);
    expect(
      metadata.schema.slice(1).map(({ name, type, converted_type: kind }) => [name, type ?? kind]),
    ).toEqual([
      ["prompt", "BYTE_ARRAY"],
      ["prompt_id", "BYTE_ARRAY"],
      ["messages", "LIST"],
      ["list", undefined],
      ["element", undefined],
      ["content", "BYTE_ARRAY"],
      ["role", "BYTE_ARRAY"],
    ]);
    expect(metadata.row_groups.map((group) => Number(group.num_rows))).toEqual([4, 4, 2]);
    expect(metadata.row_groups[0]?.columns[0]?.meta_data?.codec).toBe("SNAPPY");
  });
});

describe("the generated data set", () => {
  test("has the original's layout: numbered shards of several row groups and a card that lists the splits", async () => {
    const files: DatasetFile[] = [];
    const splits = [
      { name: "train_sft", rows: rowsOf("train_sft", 3_100), shards: 3 },
      { name: "test_sft", rows: rowsOf("test_sft", 40), shards: 1 },
    ];
    for await (const file of datasetFiles(splits)) files.push(file);
    expect(files.map(({ path }) => path.replace(/-[0-9a-f]{16}\./, "-<hash>."))).toEqual([
      "data/train_sft-00000-of-00003-<hash>.parquet",
      "data/train_sft-00001-of-00003-<hash>.parquet",
      "data/train_sft-00002-of-00003-<hash>.parquet",
      "data/test_sft-00000-of-00001-<hash>.parquet",
      "README.md",
    ]);
    const metadata = await metadataOf(files[0]?.bytes ?? Buffer.alloc(0));
    expect(metadata.row_groups.map((group) => Number(group.num_rows))).toEqual([
      rowGroupRows,
      rowGroupRows,
      33,
    ]);
    const all = (await Promise.all(files.slice(0, 3).map(({ bytes }) => read(bytes)))).flat();
    expect(all).toEqual(splits[0]?.rows);
  });

  test("is the same for the same rows to the byte", async () => {
    const rows = [...generateSplit("test_gen")];
    expect(rows).toHaveLength(SPLIT_ROWS.test_gen);
    const [first, second] = await Promise.all([
      encodeParquet(rows, 500),
      encodeParquet([...generateSplit("test_gen")], 500),
    ]);
    expect(first.sha256).toBe(second.sha256);
  });
});
