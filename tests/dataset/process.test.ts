import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { chatFiles, row, run, startTestHub, type TestHub } from "./testHub";

/**
 * The compiled command as a process: signals, limits of the system, a second process on the same directory.
 */
const script = resolve(__dirname, "../../dist/scripts/download-dataset.js");
const isPosix = process.platform !== "win32";
let hub: TestHub;
let counter = 0;
let directory = "whole";
/** The file that an undisturbed run writes. */
let whole: Buffer;

beforeAll(async () => {
  hub = await startTestHub();
  // Texts that do not compress, so that the rows need several requests.
  const text = (index: number): string =>
    Array.from({ length: 16 }, (_, part) =>
      createHash("sha512").update(`${index} ${part}`).digest("base64"),
    ).join(" ");
  const rows = Array.from({ length: 3_000 }, (_, index) =>
    row("train", index, {
      messages: [
        { role: "user", content: `Question ${index}` },
        { role: "assistant", content: text(index) },
      ],
    }),
  );
  await hub.publish({ id: "acme/chat", files: chatFiles({ train: rows }) });
  expect((await run(hub, args())).code).toBe(0);
  whole = await written();
});
afterAll(() => hub.close());
beforeEach(() => {
  hub.fault = undefined;
  directory = `process${++counter}`;
});

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
}

const args = (): string[] => [
  "--dataset",
  "acme/chat",
  "--download_dir",
  directory,
  "--dataset_split_pc",
  "100",
];

function start(before = ""): ChildProcess {
  const argv = [script, ...args()];
  const options = {
    cwd: hub.directory,
    env: { ...process.env, HF_ENDPOINT: hub.endpoint, HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" },
    stdio: "pipe" as const,
  };
  if (!before) return spawn(process.execPath, argv, options);
  return spawn("sh", ["-c", `${before}; exec "$@"`, "sh", process.execPath, ...argv], options);
}

function ended(child: ChildProcess): Promise<Ended> {
  let out = "";
  let err = "";
  child.stdout?.on("data", (piece: Buffer) => (out += piece.toString()));
  child.stderr?.on("data", (piece: Buffer) => (err += piece.toString()));
  return new Promise((done) => child.once("close", (code, signal) => done({ code, signal, out, err })));
}

const names = async (): Promise<string[]> =>
  (await readdir(join(hub.directory, directory)).catch(() => [])).sort();
const written = (): Promise<Buffer> => readFile(join(hub.directory, directory, "train.jsonl"));

/** Runs the command until it has written rows while a further request is open, and sends it a signal. */
async function stoppedBy(signal: NodeJS.Signals): Promise<Ended> {
  let requests = 0;
  let release = (): void => undefined;
  const held = new Promise<void>((done) => (release = done));
  hub.fault = async (request) => {
    if (request.url.includes("/cdn/") && ++requests > 2) await held;
    return false;
  };
  const partial = async (): Promise<number> => {
    const name = (await names()).find((one) => one.endsWith(".ranges"));
    return name ? (await stat(join(hub.directory, directory, name))).size : 0;
  };
  const before = await partial();
  const child = start();
  const end = ended(child);
  while (child.exitCode === null && (await partial()) <= before) await pause(20);
  child.kill(signal);
  const result = await end;
  hub.fault = undefined;
  release();
  expect(await names()).not.toContain("train.jsonl");
  return result;
}

test("SIGINT, SIGTERM and SIGKILL stop a download, and the next run resumes and writes the same bytes", async () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const { code, err } = await stoppedBy(signal);
    expect(code).toBe(130);
    expect(err).toBe(
      "error [Interrupted]: interrupted\n  what to do: Run the same command again: it keeps the bytes it has received and the files it has completed.\n",
    );
    expect(await names()).not.toContain(".download.lock");
  }
  // SIGKILL leaves the lock behind; the next run takes it over.
  expect((await stoppedBy("SIGKILL")).signal).toBe("SIGKILL");
  expect(await names()).toContain(".download.lock");
  const { code, err, out } = await ended(start());
  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatch(/train: resuming: \d+ bytes of data\/train\S+ are present/);
  expect((await written()).equals(whole)).toBe(true);
  expect(await names()).toEqual([".verified.json", "manifest.json", "train.jsonl"]);
});

(isPosix ? test : test.skip)("a file size limit is reported with path, cause and remedy", async () => {
  const { code, err } = await ended(start("ulimit -f 2000"));
  expect(code).toBe(1);
  expect(err.replaceAll(join(hub.directory, directory), "<dir>").replace(/[0-9a-f]{16}/, "<key>")).toBe(
    "error [OutputDirectory]: cannot write <dir>/.<key>.parquet.partial (EFBIG)\n" +
      "  cause: EFBIG: file too large, ftruncate\n" +
      "  what to do: Raise the limit of file sizes (ulimit -f), or choose a file system that takes larger files, and run again: it resumes.\n",
  );
  expect(await names()).not.toContain("train.jsonl");
});

test("of two processes on one directory one writes, and the other waits and finds the files complete", async () => {
  const both = await Promise.all([ended(start()), ended(start())]);
  expect(both.map(({ code, err }) => [code, err])).toEqual([
    [0, ""],
    [0, ""],
  ]);
  const out = both.map((one) => one.out).join("");
  expect(out.match(/\(written\)/g)).toHaveLength(1);
  expect(out.match(/\(unchanged\)/g)).toHaveLength(1);
  expect((await written()).equals(whole)).toBe(true);
});

test("writes its files when the reader of its output stops reading", async () => {
  const child = start();
  child.stdout?.destroy();
  const { code } = await ended(child);
  expect(code).toBe(0);
  expect((await written()).equals(whole)).toBe(true);
});
