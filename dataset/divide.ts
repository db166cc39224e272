import { createHash } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Engine } from "./duckdb";
import { DatasetError, fileSystemError } from "./errors";
import type { TokenCounter } from "./facts";
import type { SplitRecord } from "./manifest";
import { partOf, partsOf, type Division, type PartName } from "./quality/division";
import type { Row } from "./rowCheck";
import { factsOfFile, statisticsOf, type Fingerprints } from "./statistics";
import { readLines } from "./writtenRows";

/**
 * Divides the file of a written split. The parts replace it. Errors: EmptySlice if a part gets no row; the file is then deleted.
 * @returns the parts' records and fingerprints by name
 */
export async function divideSplit(
  directory: string,
  whole: SplitRecord,
  division: Division,
  { engine, tokenizer }: { engine: Engine; tokenizer: TokenCounter | undefined },
): Promise<Map<string, { record: SplitRecord; fingerprints: Fingerprints }>> {
  const names = partsOf(division);
  const source = join(directory, whole.file);
  const written = await writeParts(source, directory, division);
  await rm(source);
  const empty = names.find((name) => written.get(name)?.rows === 0);
  if (empty) {
    for (const part of written.values()) await rm(part.path, { force: true });
    throw new DatasetError(
      "EmptySlice",
      `--split leaves no row for ${empty} (${division[empty]} % of ${whole.rows} rows)`,
      "Use more rows, or raise the percentage.",
    );
  }
  const result = new Map<string, { record: SplitRecord; fingerprints: Fingerprints }>();
  for (const [name, { path, rows, bytes, sha256 }] of written) {
    const file = `${name}.jsonl`;
    await rename(path, join(directory, file));
    const facts = await factsOfFile(engine, join(directory, file), tokenizer);
    const statistics = statisticsOf(facts);
    const own = { split: division, allSplits: names, file, rows, sliceRows: rows, bytes, sha256, statistics };
    result.set(name, { record: { ...whole, ...own }, fingerprints: facts });
  }
  return result;
}

interface Part {
  path: string;
  rows: number;
  bytes: number;
  sha256: string;
}

async function writeParts(
  source: string,
  directory: string,
  division: Division,
): Promise<Map<PartName, Part>> {
  const opened = await Promise.all(
    partsOf(division).map(async (name) => {
      const path = join(directory, `.${name}.jsonl.part`);
      const handle = await open(path, "w").catch((error: unknown) => {
        throw fileSystemError(error, path);
      });
      return { name, path, handle, hash: createHash("sha256"), rows: 0, bytes: 0, pending: [] as Buffer[] };
    }),
  );
  const end = Buffer.from("\n");
  try {
    for await (const lines of readLines(source)) {
      for (const line of lines) {
        const name = partOf(JSON.parse(line.toString()) as Row, division);
        opened.find((part) => part.name === name)?.pending.push(line, end);
      }
      for (const part of opened) {
        const text = Buffer.concat(part.pending);
        part.rows += part.pending.length / 2;
        part.bytes += text.length;
        part.hash.update(text);
        part.pending = [];
        await part.handle.appendFile(text).catch((error: unknown) => {
          throw fileSystemError(error, part.path);
        });
      }
    }
    for (const { handle } of opened) await handle.sync();
  } finally {
    for (const { handle } of opened) await handle.close();
  }
  return new Map(
    opened.map(({ name, path, rows, bytes, hash }) => [
      name,
      { path, rows, bytes, sha256: hash.digest("hex") },
    ]),
  );
}
