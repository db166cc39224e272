import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { openEngine } from "../../dataset/duckdb";
import { openFile } from "../../dataset/files";
import type { Conversation } from "../../local/data/conversations";
import { encodeParquet } from "../../local/data/parquet";
import { conversationsFor } from "../../scripts/bench/chatText";
import { measureNode } from "../../scripts/bench/programs";

const script = resolve(__dirname, "../../dist/scripts/download-dataset.js");
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "memory-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const peakOf = async (file: string, ...args: string[]): Promise<number> => {
  const files = ["--files", `train=${file}`, "--download_dir", "out", "--checks", "off"];
  const { peakBytes } = await measureNode(script, [...files, ...args], {}, directory);
  expect(peakBytes).toBeGreaterThan(50e6);
  return peakBytes;
};

test("parquet whose rows are all in one row group needs less than 400 MB", async () => {
  // Texts of 2,048 rows are 22 MB: a result of which many parts are held at once exceeds the bound.
  const few = conversationsFor("memory")(400);
  const rows = Array.from({ length: 20_000 }, (_, index) => {
    const [one, other] = [few[index % few.length], few[(index + 1) % few.length]] as [
      Conversation,
      Conversation,
    ];
    return { ...one, messages: [...one.messages, ...other.messages] };
  });
  await writeFile(join(directory, "a.parquet"), (await encodeParquet(rows, rows.length)).bytes);
  expect(await peakOf("a.parquet")).toBeLessThan(400e6);
});

test("rows of parquet that need more memory than allowed are refused with file, rows and remedy", async () => {
  const path = join(directory, "a.parquet");
  const large = `SELECT repeat('x', 400_000) || range AS prompt, 'A' AS completion FROM range(100)`;
  const writer = await openEngine(directory);
  await writer.rows(`COPY (${large}) TO '${path}' (FORMAT parquet)`);
  writer.close();
  const engine = await openEngine(directory, "20MB");
  const table = await openFile({ name: "a.parquet", path }, "train", {
    ...{ columns: undefined, roles: undefined, format: undefined, toolTurns: "fail" },
    ...{ encoding: undefined, values: true, info: () => undefined },
    engine: () => Promise.resolve(engine),
  });
  const run = async (): Promise<void> => {
    for await (const { query = "" } of table.batches(() => true))
      for await (const chunk of engine.stream(query)) expect(chunk.rowCount).toBeGreaterThan(0);
  };
  const error: unknown = await run().catch((caught: unknown) => table.failure?.(0, 100, caught));
  engine.close();
  expect(error).toMatchObject({
    code: "BadFile",
    message: expect.stringContaining(
      "a.parquet: row group 0 (rows 0 to 99) cannot be read: its rows need more memory than the data step uses",
    ) as string,
    remedy: expect.stringContaining("smaller row groups") as string,
  });
});
