import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { literal, openEngine } from "../../dataset/duckdb";
import { run, type Run } from "./testHub";

/** A directory of own files, new for each test of a file, and the command on them. */
export function ownFiles() {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "own-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const path = (name: string): string => join(directory, name);
  const write = (name: string, content: string | Buffer): Promise<void> => writeFile(path(name), content);

  /** Runs the command. No hub: these tests must not send a request. */
  const prepare = (file: string, ...args: string[]): Promise<Run> =>
    run({ endpoint: "http://127.0.0.1:9", directory }, [
      ...["--download_dir", "out", "--checks", "off", "--files", `train=${file}`],
      ...args,
    ]);

  /** The conversations that were written, each message as `role: content`. */
  const talks = async (): Promise<string[][]> =>
    (await readFile(path("out/train.jsonl"), "utf8"))
      .trimEnd()
      .split("\n")
      .map((line) =>
        (JSON.parse(line) as { messages: Array<{ role: string; content: string }> }).messages.map(
          ({ role, content }) => `${role}: ${content}`,
        ),
      );

  return {
    path,
    write,
    prepare,
    talks,
    /** The output and the conversations of a run that must print no warning. */
    async ok(file: string, ...args: string[]): Promise<{ out: string; rows: string[][] }> {
      const { code, err, out } = await prepare(file, ...args);
      expect([code, err]).toEqual([0, ""]);
      return { out, rows: await talks() };
    },
    /** The message of a run that must fail, say what to do, print no stack trace, and leave no file that looks finished. */
    async fails(file: string, ...args: string[]): Promise<string> {
      await rm(path("out"), { recursive: true, force: true });
      const { code, err } = await prepare(file, ...args);
      expect(code).toBe(1);
      expect(err).toContain("what to do:");
      expect(err).not.toMatch(/\n\s+at /);
      const left = await readdir(path("out")).catch(() => []);
      expect(left.filter((name) => !name.startsWith("."))).toEqual([]);
      return err;
    },
    /** Writes the result of a query to a file with DuckDB. */
    async copy(
      query: string,
      name: string,
      options = "FORMAT parquet",
      before: string[] = [],
    ): Promise<void> {
      const engine = await openEngine(directory);
      try {
        for (const sql of before) await engine.rows(sql);
        await engine.rows(`COPY (${query}) TO ${literal(path(name))} (${options})`);
      } finally {
        engine.close();
      }
    },
  };
}

/** Rows of a question and its answer, with texts that other types, quotes and line ends resemble. */
export const pairs = [
  { prompt: "Café?", completion: 'Oui,\n[1] "so"' },
  { prompt: "42", completion: "true" },
  { prompt: "B", completion: '{"a": 1}' },
];
/** Their conversations. */
export const talksOfPairs = pairs.map(({ prompt, completion }) => [
  `user: ${prompt}`,
  `assistant: ${completion}`,
]);
export const jsonLines = (rows: readonly object[]): string =>
  rows.map((row) => JSON.stringify(row)).join("\n");

/** Rows as a table whose fields are all quoted. */
export const table = (
  rows: ReadonlyArray<Record<string, string>>,
  separator = ",",
  lineEnd = "\n",
): string => {
  const header = Object.keys(rows[0] ?? {});
  return [header, ...rows.map((row) => header.map((name) => row[name] ?? ""))]
    .map((fields) => fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(separator) + lineEnd)
    .join("");
};
