import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { FastifyReply } from "fastify";
import { chatFiles, rowsOf, run, startTestHub, type TestHub } from "./testHub";

/** The exact text of every kind of error. */
let hub: TestHub;
let counter = 0;
let directory: string;

beforeAll(async () => {
  hub = await startTestHub();
  const files = () => chatFiles({ train: rowsOf("train", 1_200), test: rowsOf("test", 100) });
  await hub.publish({ id: "acme/chat", files: files() });
  await hub.publish({ id: "acme/gated", gated: "manual", readers: ["hf_good"], files: files() });
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const plain = parquetWriteBuffer({ columnData: [{ name: "text", data: ["a", "b"], type: "STRING" }] });
  await hub.publish({ id: "acme/plain", files: [{ path: "train.parquet", bytes: Buffer.from(plain) }] });
  for (const [id, damage] of [
    ["acme/cut", (bytes: Buffer) => bytes.subarray(0, 5_000)],
    [
      "acme/corrupt",
      (bytes: Buffer) =>
        Buffer.concat([bytes.subarray(0, 200), Buffer.alloc(300, 0xff), bytes.subarray(500)]),
    ],
  ] as const) {
    const damaged = async function* () {
      for await (const { path, bytes } of files()) {
        if (path.includes("train")) yield { path: "train.parquet", bytes: damage(bytes) };
      }
    };
    await hub.publish({ id, files: damaged() });
  }
});
afterAll(() => hub.close());
beforeEach(() => {
  hub.fault = undefined;
  directory = `out${++counter}`;
});

/** The whole text on stderr, with the variable names of hub and directory replaced. */
const messageOf = async (args: string[], tuning: Parameters<typeof run>[2] = {}): Promise<string> => {
  const { err, code } = await run(hub, ["--download_dir", directory, ...args], { attempts: 1, ...tuning });
  expect(code).not.toBe(0);
  const whole = (await readdir(join(hub.directory, directory)).catch(() => [])).filter(
    (name) => name.endsWith(".jsonl") && !name.startsWith("."),
  );
  expect(whole).toEqual([]); // a partial file never has the name of a finished one
  return err
    .replaceAll(hub.endpoint, "<hub>")
    .replaceAll(new URL(hub.endpoint).host, "<host>")
    .replaceAll(join(hub.directory, directory), "<dir>")
    .replaceAll(/[0-9a-f]{40}/g, "<commit>")
    .replaceAll(/-[0-9a-f]{16}\.parquet/g, "-<hash>.parquet")
    .replaceAll(/\.[0-9a-f]{16}\.partial/g, ".<key>.partial")
    .trimEnd();
};
const chat = ["--dataset", "acme/chat"];
const answer = (status: number) => {
  hub.fault = (_request, reply: FastifyReply) => {
    void reply.code(status).send("");
    return true;
  };
};

test("no such data set", async () => {
  expect(await messageOf(["--dataset", "acme/nope"])).toBe(
    'error [DatasetNotFound]: the hub at <host> has no data set "acme/nope", or it is private\n' +
      "  what to do: Check the spelling of --dataset (namespace/name); if it is private, set HF_TOKEN to a token that may read it.",
  );
});

test("no such subset", async () => {
  expect(await messageOf([...chat, "--dataset_subset", "x"])).toBe(
    'error [SubsetNotFound]: data set acme/chat has no subset "x"\n  what to do: Set --dataset_subset to one of: default.',
  );
});

test("no such split", async () => {
  expect(await messageOf([...chat, "--splits", "dev"])).toBe(
    'error [SplitNotFound]: data set acme/chat (subset default) has no split "dev"\n  what to do: Set --splits to some of: train, test.',
  );
});

test("no such revision", async () => {
  expect(await messageOf([...chat, "--revision", "v9"])).toBe(
    'error [RevisionNotFound]: data set acme/chat has no revision "v9"\n' +
      "  what to do: Set --revision to a branch, tag or commit of that data set; `main` is the default.",
  );
});

test("no network", async () => {
  const text = await messageOf(chat, { env: { HF_ENDPOINT: "http://127.0.0.1:9" } });
  expect(text.replace(/ \((ECONNREFUSED|bad port)\)|\n {2}cause: .*/g, "")).toBe(
    "error [HubUnreachable]: cannot reach http://127.0.0.1:9/api/datasets/acme/chat/revision/main\n" +
      "  what to do: Check the network and HF_ENDPOINT (for the local hub: `npm run local -- status`), then run again: it resumes.",
  );
});

test("401: a gated set without a token", async () => {
  expect(await messageOf(["--dataset", "acme/gated"])).toBe(
    "error [AccessDenied]: the hub refuses data set acme/gated (401: Access to dataset acme/gated is restricted. You must have access to it and be authenticated to access it. Please log in.)\n" +
      "  what to do: Accept the terms on the data set's page, and set HF_TOKEN to a token that may read acme/gated.",
  );
});

test("403: a gated set with a token without access", async () => {
  expect(await messageOf(["--dataset", "acme/gated"], { env: { HF_TOKEN: "hf_other" } })).toBe(
    "error [AccessDenied]: the hub refuses data set acme/gated (403: Access to dataset acme/gated is restricted and you are not in the authorized list.)\n" +
      "  what to do: Accept the terms on the data set's page, and check that HF_TOKEN is valid and may read acme/gated.",
  );
});

test("403 from the CDN, which is not about the data set's terms", async () => {
  hub.fault = (request, reply: FastifyReply) => {
    if (!request.url.includes("/cdn/")) return false;
    void reply.code(403).send("");
    return true;
  };
  const text = await messageOf([...chat, "--splits", "test"]);
  expect(text.replace(/data\/test-\S*parquet/, "<file>")).toBe(
    "error [HubAnswer]: <host>, where the hub stores <file>, answered 403\n" +
      "  what to do: Run again; if the error persists, a proxy or firewall blocks that host.",
  );
});

test("a connection that breaks repeatedly", async () => {
  hub.fault = (_request, reply: FastifyReply) => {
    reply.hijack();
    setImmediate(() => reply.raw.destroy());
    return true;
  };
  const text = await messageOf(chat, { attempts: 2 });
  expect(text.split("\n")[0]).toMatch(
    /^the connection to <host> failed \((UND_ERR_SOCKET|ECONNRESET)\); retrying in 0\.0 s$/,
  );
  expect(text).toContain("error [HubUnreachable]: cannot reach <hub>/api/datasets/acme/chat/revision/main (");
});

test("429", async () => {
  answer(429);
  expect(await messageOf(chat)).toBe(
    "error [HubRefused]: the hub keeps answering 429 for <hub>/api/datasets/acme/chat/revision/main\n" +
      "  what to do: Too many requests: wait a few minutes, or set HF_TOKEN (signed-in callers have a higher limit), then run again: it resumes.",
  );
});

test("503", async () => {
  answer(503);
  expect(await messageOf(chat)).toBe(
    "error [HubRefused]: the hub keeps answering 503 for <hub>/api/datasets/acme/chat/revision/main\n" +
      "  what to do: The hub has a problem: wait a few minutes and run again: it resumes.",
  );
});

test("truncated parquet", async () => {
  expect(await messageOf(["--dataset", "acme/cut"])).toBe(
    "error [CorruptParquet]: train.parquet is not a valid parquet file: it does not end with the parquet magic bytes PAR1\n" +
      "  what to do: Run again; if the error persists, the file is damaged on the hub: choose another --revision or data set.",
  );
});

test("corrupt parquet", async () => {
  const text = await messageOf(["--dataset", "acme/corrupt"]);
  expect(text.replace(/\n {2}cause: .*/, "")).toBe(
    "error [CorruptParquet]: train.parquet is not a valid parquet file: row group 0 (rows 0 to 499) cannot be read\n" +
      "  what to do: Run again; if the error persists, the file is damaged on the hub: choose another --revision or data set.",
  );
});

test("a schema without messages", async () => {
  expect(await messageOf(["--dataset", "acme/plain", "--dataset_split_pc", "100"])).toBe(
    'error [SchemaMismatch]: split train is not a chat split: train.parquet has no column "messages" (it has text)\n' +
      "  what to do: Choose a data set whose rows are {prompt, prompt_id, messages: [{role, content}]}, or map its columns with --columns (in a stack: dataset.columns).",
  );
});

(process.platform === "linux" ? test : test.skip)("disk full", async () => {
  // /dev/full in the place of the partial file accepts no byte.
  await mkdir(join(hub.directory, directory));
  await symlink("/dev/full", join(hub.directory, directory, ".train.jsonl.partial"));
  const text = await messageOf([...chat, "--splits", "train", "--dataset_split_pc", "100"]);
  expect(text.replace(/\n {2}cause: .*/, "")).toBe(
    "error [OutputDirectory]: cannot write <dir>/.train.jsonl.partial (ENOSPC)\n" +
      "  what to do: Free space on the disk (or take a smaller --dataset_split_pc) and run again: it resumes.",
  );
});

test("a directory that cannot be written", async () => {
  await writeFile(join(hub.directory, "file"), "");
  directory = "file/inside";
  const text = await messageOf(chat);
  expect(text.replace(/\n {2}cause: .*/, "")).toBe(
    "error [OutputDirectory]: cannot write <dir> (ENOTDIR)\n" +
      "  what to do: A part of the path is a file: choose another directory with --download_dir.",
  );
});

test("a directory with the name of a file", async () => {
  await mkdir(join(hub.directory, directory, "other", "test.jsonl"), { recursive: true });
  directory = `${directory}/other`;
  const { err } = await run(hub, ["--download_dir", directory, ...chat, "--splits", "test"]);
  expect(err.replaceAll(join(hub.directory, directory), "<dir>").replace(/\n {2}cause: .*/, "")).toBe(
    "error [OutputDirectory]: cannot write <dir>/test.jsonl (EISDIR)\n" +
      "  what to do: A directory has the name of the file: move it, or choose another --download_dir.\n",
  );
});

test("a directory that another process uses too long", async () => {
  await mkdir(join(hub.directory, directory), { recursive: true });
  const owner = { id: "z", pid: process.pid, host: hostname() };
  await writeFile(join(hub.directory, directory, ".download.lock"), JSON.stringify(owner));
  expect(await messageOf(chat, { lockWaitMs: 1 })).toBe(
    `error [Locked]: <dir> is in use by process ${process.pid}\n` +
      "  what to do: Wait for it to end; if it no longer runs, delete <dir>/.download.lock.",
  );
});

test("a percentage out of range", async () => {
  expect(await messageOf(["--dataset_split_pc", "0"])).toBe(
    'error [Usage]: --dataset_split_pc is "0", must be a whole number from 1 to 100\n' +
      "  what to do: See --help for the options.",
  );
});
