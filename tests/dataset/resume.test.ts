import { execFile } from "node:child_process";
import { readdir, readFile, utimes, writeFile, mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { chatFiles, rowsOf, run, startTestHub, type TestHub } from "./testHub";

const rows = rowsOf("train", 2_000);
const smallRows = rowsOf("test", 100);
let hub: TestHub;
let counter = 0;
let directory: string;
let args: string[];
/** The same for a split of one row group. */
let small: string[];

beforeAll(async () => {
  hub = await startTestHub();
  await hub.publish({ id: "acme/chat", files: chatFiles({ train: rows, test: smallRows }) });
});
afterAll(() => hub.close());
beforeEach(() => {
  hub.requests.length = 0;
  hub.fault = undefined;
  directory = `resume${++counter}`;
  args = [
    "--dataset",
    "acme/chat",
    "--download_dir",
    directory,
    "--dataset_split_pc",
    "100",
    "--splits",
    "train",
  ];
  small = [...args.slice(0, -1), "test"];
});

/** Files in the directory, except the record of verified files. */
const names = async (): Promise<string[]> =>
  (await readdir(join(hub.directory, directory))).filter((name) => name !== ".verified.json");
const written = async (split = "train"): Promise<unknown[]> =>
  (await readFile(join(hub.directory, directory, `${split}.jsonl`), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
const ranges = (): string[] =>
  hub.requests.filter(({ url }) => url.includes("/cdn/")).map(({ range = "" }) => range);

describe("a request to a hub with a temporary problem", () => {
  test("is retried after the statuses of temporary problems", async () => {
    const statuses = [408, 429, 500, 502, 503, 504];
    const left = [...statuses];
    hub.fault = (_request, reply) => {
      const status = left.shift();
      if (status === undefined) return false;
      void reply.code(status).header("retry-after", "0").send("later");
      return true;
    };
    const { code, err } = await run(hub, small, { attempts: statuses.length + 1 });
    expect(code).toBe(0);
    for (const status of statuses) expect(err).toContain(`the hub answered ${status}; retrying in 0.0 s`);
    expect(await written("test")).toEqual(smallRows);
  });

  test("is retried when the connection drops, before or within an answer", async () => {
    let count = 0;
    hub.fault = (request, reply) => {
      if (!request.url.includes("/cdn/") || ++count > 3) return false;
      const total = Number(/\d+$/.exec(request.headers.range ?? "")?.[0]) + 1;
      reply.hijack();
      if (count > 1) {
        reply.raw.writeHead(206, { "content-length": "1000", "content-range": `bytes 0-999/${total}` });
        reply.raw.write("half");
      }
      setImmediate(() => reply.raw.destroy());
      return true;
    };
    expect((await run(hub, small, { attempts: 6 })).code).toBe(0);
    expect(count).toBeGreaterThan(3);
    expect(await written("test")).toEqual(smallRows);
  });

  test("is retried when the connection stalls", async () => {
    let stalled = false;
    hub.fault = (request, reply) => {
      if (stalled || !request.url.includes("/cdn/")) return false;
      stalled = true;
      reply.hijack();
      request.raw.on("close", () => reply.raw.destroy());
      return true;
    };
    const { code, err } = await run(hub, small, { idleTimeoutMs: 500, attempts: 10 });
    expect(code).toBe(0);
    expect(err).toContain("nothing received for 0.5 s");
  });

  test("is repeated with a new CDN address when the old one has expired", async () => {
    let refused = 0;
    hub.fault = (request, reply) => {
      const isRows = request.url.includes("/cdn/") && request.headers.range?.startsWith("bytes=4-");
      if (!isRows || refused > 0) return false;
      refused++;
      void reply.code(403).send("expired");
      return true;
    };
    const { code } = await run(hub, args, { fetchBytes: 1 });
    expect(code).toBe(0);
    expect(refused).toBe(1);
    expect(await written()).toEqual(rows);
  });

  test("fetches the whole file once, with a notice, when the server supports no byte ranges", async () => {
    let wholes = 0;
    hub.fault = (request) => {
      if (!request.url.includes("/cdn/")) return false;
      wholes++;
      delete request.headers.range;
      return false;
    };
    const { code, err } = await run(hub, args, { fetchBytes: 1 });
    expect(code).toBe(0);
    expect(wholes).toBe(1);
    expect(err).toContain("serves no byte ranges: fetching data/train-");
    expect(await written()).toEqual(rows);
    expect((await names()).sort()).toEqual(["manifest.json", "train.jsonl"]);
  });

  test("sends no token to a CDN on another server", async () => {
    const cdn = await startTestHub();
    hub.fault = (request, reply) => {
      if (!request.url.includes("/resolve/") || !request.url.includes(".parquet")) return false;
      void reply.redirect(`${cdn.endpoint}/cdn/x`, 302);
      return true;
    };
    await run(hub, small, { env: { HF_TOKEN: "hf_secret" } });
    hub.fault = undefined;
    expect(hub.requests[0]?.authorization).toBe("Bearer hf_secret");
    expect(cdn.requests.length).toBeGreaterThan(0);
    expect(cdn.requests.every(({ authorization }) => authorization === undefined)).toBe(true);
    await cdn.close();
  });
});

describe("an interrupted run", () => {
  const interruptAfter = async (requests: number): Promise<void> => {
    const controller = new AbortController();
    let count = 0;
    hub.fault = (request) => {
      if (request.url.includes("/cdn/") && ++count > requests) controller.abort();
      return false;
    };
    const { code, err } = await run(hub, args, { fetchBytes: 1, parallel: 1, signal: controller.signal });
    expect(code).toBe(130);
    expect(err).toContain("Run the same command again: it keeps the bytes it has received");
    hub.fault = undefined;
    hub.requests.length = 0;
  };

  test("leaves no finished file, and the next run fetches only what is missing", async () => {
    await interruptAfter(4);
    expect((await names()).filter((name) => !name.startsWith("."))).toEqual([]);
    const { code, out } = await run(hub, args, { fetchBytes: 1 });
    expect(code).toBe(0);
    expect(out).toMatch(/train: resuming: \d+ bytes of data\/train\S+ are present/);
    expect(ranges().length).toBeLessThan(5); // a fresh run needs 5: a footer and 4 row groups
    expect(await written()).toEqual(rows);
    expect((await names()).sort()).toEqual(["manifest.json", "train.jsonl"]);
  });

  test("gives the same bytes as an undisturbed run", async () => {
    await interruptAfter(3);
    await run(hub, args);
    const resumed = await readFile(join(hub.directory, directory, "train.jsonl"));
    await run(hub, [...args, "--force"]);
    const whole = await readFile(join(hub.directory, directory, "train.jsonl"));
    expect(whole.equals(resumed)).toBe(true);
  });

  test("requests damaged bytes again, and shares bytes with another slice of the same file", async () => {
    await interruptAfter(4);
    const partial = (await names()).find((name) => name.endsWith(".partial")) ?? "";
    const path = join(hub.directory, directory, partial);
    await writeFile(path, Buffer.alloc((await readFile(path)).length, 1));
    const { out } = await run(hub, args);
    expect(out).not.toContain("resuming");
    expect(await written()).toEqual(rows);
    await interruptAfterForce();
    args[args.indexOf("100")] = "50";
    await run(hub, args);
    expect(await written()).toEqual(rows.slice(0, 1_000));
    expect((await names()).sort()).toEqual(["manifest.json", "train.jsonl"]);
  });

  const interruptAfterForce = async (): Promise<void> => {
    args.push("--force");
    await interruptAfter(4);
    args.pop();
  };
});

describe("two runs on one directory", () => {
  test("take turns, and the second finds the files complete", async () => {
    const [first, second] = await Promise.all([run(hub, small), run(hub, small)]);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(first.out + second.out).toContain("waiting for process");
    expect((first.out + second.out).match(/\(written\)/g)).toHaveLength(1);
    expect(await written("test")).toEqual(smallRows);
  });

  test("take over the lock of a process that has ended", async () => {
    const child = execFile(process.execPath, ["-e", ""]);
    const pid = child.pid;
    await new Promise((resolve) => child.on("exit", resolve));
    await mkdir(join(hub.directory, directory), { recursive: true });
    const lock = join(hub.directory, directory, ".download.lock");
    await writeFile(lock, JSON.stringify({ id: "x", pid, host: hostname() }));
    expect((await run(hub, small)).code).toBe(0);
    await writeFile(lock, JSON.stringify({ id: "y", pid: 1, host: "elsewhere" }));
    await utimes(lock, new Date(0), new Date(0));
    expect((await run(hub, small)).code).toBe(0);
    expect((await names()).sort()).toEqual(["manifest.json", "test.jsonl"]);
  });
});
