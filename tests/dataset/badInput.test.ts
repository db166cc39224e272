import { chmod, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { FastifyReply } from "fastify";
import { chatFiles, row, rowsOf, run, startTestHub, type Run, type TestHub } from "./testHub";

let hub: TestHub;
let counter = 0;
let directory: string;

beforeAll(async () => {
  hub = await startTestHub();
  await hub.publish({
    id: "acme/chat",
    files: chatFiles({ train: rowsOf("train", 1_200), test: rowsOf("test", 100) }),
  });
  await hub.publish({
    id: "acme/gated",
    gated: "manual",
    readers: ["hf_good"],
    files: chatFiles({ train: rowsOf("train", 40) }),
  });
  await hub.publish({
    id: "acme/private",
    private: true,
    readers: ["hf_good"],
    files: chatFiles({ train: rowsOf("train", 40) }),
  });
});
afterAll(() => hub.close());
beforeEach(() => {
  hub.requests.length = 0;
  hub.fault = undefined;
  directory = `bad${++counter}`;
});

const fails = async (args: string[], tuning: Parameters<typeof run>[2] = {}): Promise<Run> => {
  const result = await run(hub, ["--download_dir", directory, ...args], tuning);
  expect(result.code).not.toBe(0);
  expect(result.err).not.toMatch(/\n\s+at /); // no stack trace
  expect(result.err).toContain("what to do:");
  expect(result.out).not.toContain("{");
  return result;
};
const chat = ["--dataset", "acme/chat"];

/** Files of a failed run that look finished. There must be none. */
const leftovers = async (): Promise<string[]> =>
  (await readdir(join(hub.directory, directory))).filter(
    (name) => !name.startsWith(".") || name === ".download.lock",
  );

describe("reports, without writing a file,", () => {
  test("a wrong command line (exit code 2)", async () => {
    const { code, err } = await fails(["--dataset_split_pc", "five"]);
    expect(code).toBe(2);
    expect(err).toContain('error [Usage]: --dataset_split_pc is "five"');
  });

  test("an HF_ENDPOINT that is not an address", async () => {
    const { err } = await fails(chat, { env: { HF_ENDPOINT: "hub" } });
    expect(err).toContain('HF_ENDPOINT is "hub"');
  });

  test("a data set that does not exist, with and without a token", async () => {
    for (const env of [{}, { HF_TOKEN: "hf_good" }]) {
      const { err, code } = await fails(["--dataset", "acme/nope"], { env });
      expect(code).toBe(1);
      expect(err).toContain("[DatasetNotFound]: the hub at 127.0.0.1");
      expect(err).toContain('no data set "acme/nope", or it is private');
    }
  });

  test("a private data set without its token, and reads it with one", async () => {
    const args = ["--dataset", "acme/private"];
    expect((await fails(args)).err).toContain("[DatasetNotFound]");
    const { code } = await run(hub, ["--download_dir", directory, ...args], { env: { HF_TOKEN: "hf_good" } });
    expect(code).toBe(0);
  });

  test("a gated data set without a token or with a foreign one (401, 403), and reads it with the right one", async () => {
    const args = ["--dataset", "acme/gated"];
    expect((await fails(args)).err).toContain("[AccessDenied]");
    const foreign = await fails(args, { env: { HF_TOKEN: "hf_other" } });
    expect(foreign.err).toContain("(403");
    expect(foreign.err + foreign.out).not.toContain("hf_other");
    const { code } = await run(hub, ["--download_dir", directory, ...args], { env: { HF_TOKEN: "hf_good" } });
    expect(code).toBe(0);
  });

  test("HF_HUB_OFFLINE, without a request", async () => {
    const { err } = await fails(chat, { env: { HF_HUB_OFFLINE: "1" } });
    expect(err).toContain("HF_HUB_OFFLINE");
    expect(hub.requests).toEqual([]);
  });

  test("a hub that answers 503 to every attempt", async () => {
    hub.fault = (_request, reply) => answered(reply.code(503));
    expect((await fails(chat)).err).toContain("[HubRefused]: the hub keeps answering 503");
    expect(hub.requests).toHaveLength(3);
  });

  test("a Retry-After above the maximum wait, without waiting", async () => {
    hub.fault = (_request, reply) => answered(reply.code(429).header("retry-after", "3600"));
    expect((await fails(chat)).err).toContain("wait 3600 s");
    expect(hub.requests).toHaveLength(1);
  });

  test("a server that is not a hub", async () => {
    hub.fault = (_request, reply) => answered(reply.type("text/html"), "<html>Welcome</html>");
    expect((await fails(chat)).err).toContain("does not answer as a Hugging Face hub does");
  });

  test("several bad rows at once, with split, row and reason", async () => {
    const rows = rowsOf("train", 60);
    rows[1] = row("train", 1, { messages: [{ role: "bot", content: "x" }] });
    rows[2] = row("train", 2, { prompt: "" });
    await hub.publish({ id: "acme/bad", files: chatFiles({ train: rows }) });
    const { err } = await fails(["--dataset", "acme/bad"]);
    expect(err).toContain("[BadRow]: 2 bad rows (counted from 0)");
    expect(err).toContain('train, row 1: messages[0].role is "bot"');
    expect(err).toContain("train, row 2: prompt is empty");
    expect(await leftovers()).toEqual([]);
  });

  test("a data set without parquet that the hub has not converted", async () => {
    await hub.publish({ id: "acme/none", files: [{ path: "data.csv", bytes: Buffer.from("a,b\n") }] });
    expect((await fails(["--dataset", "acme/none"])).err).toContain("[NoParquet]");
  });

  test("a slice without rows", async () => {
    const empty = await fails(["--dataset", "acme/gated", "--dataset_split_pc", "1"], {
      env: { HF_TOKEN: "hf_good" },
    });
    expect(empty.err).toContain("1 % of split train (40 rows) is less than one row");
  });

  (process.getuid?.() === 0 ? test.skip : test)("a directory without write permission", async () => {
    await mkdir(join(hub.directory, directory), { mode: 0o500 });
    expect((await fails(chat)).err).toContain("EACCES");
    await chmod(join(hub.directory, directory), 0o700);
  });
});

describe("reports the file and the place of a damaged parquet file:", () => {
  const publishDamaged = async (damage: (bytes: Buffer) => Buffer): Promise<string[]> => {
    const id = `acme/damaged${++counter}`;
    const files = async function* () {
      for await (const file of chatFiles({ train: rowsOf("train", 1_200) })) {
        yield file.path.endsWith(".parquet") ? { path: "train.parquet", bytes: damage(file.bytes) } : file;
      }
    };
    const published = files();
    const noCard = async function* () {
      for await (const file of published) if (file.path !== "README.md") yield file;
    };
    await hub.publish({ id, files: noCard() });
    return ["--dataset", id, "--dataset_split_pc", "80"];
  };

  test.each<[string, (bytes: Buffer) => Buffer, RegExp]>([
    [
      "cut off",
      (bytes) => bytes.subarray(0, bytes.length / 2),
      /train\.parquet .*does not end with the parquet magic bytes/,
    ],
    ["nearly empty", () => Buffer.from("PAR1"), /only 4 bytes/],
    [
      "a footer length beyond the file",
      (bytes) => patch(bytes, -8, [255, 255, 255, 127]),
      /its footer claims/,
    ],
    [
      "a garbled footer",
      (bytes) => patch(bytes, -400, new Array<number>(300).fill(0xee)),
      /footer|row group/,
    ],
    [
      "a garbled page in the second row group",
      (bytes) => garbleSecondGroup(bytes),
      /row group 1 \(rows 500 to 999\)/,
    ],
  ])("%s", async (_name, damage, expected) => {
    const { err } = await fails(await publishDamaged(damage));
    expect(err).toContain("[CorruptParquet]");
    expect(err).toMatch(expected);
    expect(await leftovers()).toEqual([]);
  });
});

function patch(bytes: Buffer, position: number, values: number[]): Buffer {
  const copy = Buffer.from(bytes);
  values.forEach((value, index) =>
    copy.writeUInt8(value, (position < 0 ? copy.length : 0) + position + index),
  );
  return copy;
}

function garbleSecondGroup(bytes: Buffer): Buffer {
  // The texts are compressed, so the second group is located by its share of the file: 500 of 1,200 rows
  // each.
  const start = Math.floor(bytes.length * 0.45);
  return patch(bytes, start, new Array<number>(200).fill(0xff));
}

function answered(reply: FastifyReply, body = ""): boolean {
  void reply.send(body);
  return true;
}
