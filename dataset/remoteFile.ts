import { createHash } from "node:crypto";
import { appendFile, open, readFile, rm, type FileHandle } from "node:fs/promises";
import { constants } from "node:fs";
import { join } from "node:path";
import { onDisk } from "./disk";
import { DatasetError } from "./errors";
import { TransientError, type Answer, type HttpClient } from "./http";
import { withoutQuery } from "./httpErrors";
import { refusal } from "./hub";
import type { Shard } from "./layout";
import type { Limiter } from "./limiter";

/** Ranges of bytes of a file on the hub, in a local file of the same size with holes. */
export interface LocalCopy {
  readonly name: string;
  readonly size: number;
  readonly path: string;
  /** Bytes that an interrupted run has fetched. */
  readonly resumed: number;
  /** Fetches the bytes from `start` to `end` (exclusive), unless the file has them. */
  ensure(start: number, end: number): Promise<void>;
  /** The bytes of a range that the file has. */
  read(start: number, end: number): Promise<Buffer>;
  /** Closes the file. It stays for the next run unless `isDone`. */
  close(isDone: boolean): Promise<void>;
}

interface CopyOptions {
  dataset: string;
  commit: string;
  directory: string;
  /** Limits concurrent requests. */
  requests: Limiter;
  notice: (text: string) => void;
}

/** Statuses with which a CDN refuses an expired signed URL. */
const expired = new Set([401, 403, 404, 410]);

/**
 * Opens the local copy of a parquet file on the hub. The hub's redirect to its CDN is followed once and remembered; an expired URL
 * is requested again. If the server answers a range request with the whole file, the whole file is stored, with a notice.
 */
export async function openLocalCopy(
  http: HttpClient,
  shard: Shard,
  options: CopyOptions,
): Promise<LocalCopy> {
  const key = createHash("sha256").update(`${options.commit}\0${shard.path}\0${shard.size}`).digest("hex");
  const path = join(options.directory, `.${key.slice(0, 16)}.parquet.partial`);
  const rangesPath = `${path}.ranges`;
  const handle = await onDisk(path, open(path, constants.O_RDWR | constants.O_CREAT));
  await onDisk(path, handle.truncate(shard.size)).catch(async (error: unknown) => {
    await handle.close();
    throw error;
  });
  const ranges = await readRanges(handle, rangesPath);
  const resumed = ranges.reduce((sum, [start, end]) => sum + end - start, 0);
  let location: string | undefined;
  let whole: Promise<void> | undefined;

  const has = (start: number, end: number): boolean =>
    ranges.some(([from, to]) => from <= start && end <= to);

  async function store(bytes: Uint8Array, start: number): Promise<void> {
    for (let offset = 0; offset < bytes.length;) {
      const write = handle.write(bytes, offset, bytes.length - offset, start + offset);
      offset += (await onDisk(path, write)).bytesWritten;
    }
  }

  async function stored(start: number, end: number, sha256: string): Promise<void> {
    ranges.push([start, end]);
    await onDisk(path, appendFile(rangesPath, `${start} ${end} ${sha256}\n`));
  }

  async function fetchRange(start: number, end: number): Promise<void> {
    if (whole) return whole;
    const url = location ?? shard.url;
    const isFetched = await http.get(url, { range: `bytes=${start}-${end - 1}` }, async (answer) => {
      const { response } = answer;
      if (response.status === 206) {
        checkTotal(shard, answer);
        location = answer.url === url ? location : answer.url;
        const bytes = await exactly(answer, end - start);
        await store(bytes, start);
        await stored(start, end, createHash("sha256").update(bytes).digest("hex"));
        return true;
      }
      if (response.status === 200) return fetchWhole(answer);
      if (url !== shard.url && expired.has(response.status)) {
        location = undefined;
        return false;
      }
      if (response.status === 416) throw sizeChanged(shard, "a range in it does not exist");
      const { dataset, commit: revision } = options;
      throw await refusal(answer, { dataset, revision, path: shard.path, token: http.token });
    });
    if (!isFetched) await fetchRange(start, end);
  }

  /**
   * Several range requests may be in progress when the first whole file arrives. One is stored, the others
   * are cancelled.
   */
  async function fetchWhole(answer: Answer): Promise<true> {
    if (whole) {
      await answer.response.body?.cancel();
    } else {
      options.notice(`${new URL(shard.url).host} serves no byte ranges: fetching ${shard.path} as a whole`);
      whole = storeAll(answer);
      whole.catch(() => (whole = undefined));
    }
    await whole;
    return true;
  }

  async function storeAll(answer: Answer): Promise<void> {
    let bytes = 0;
    const hash = createHash("sha256");
    for await (const piece of answer.body()) {
      hash.update(piece);
      await store(piece, bytes);
      bytes += piece.byteLength;
    }
    if (bytes !== shard.size)
      throw new TransientError(`received ${bytes} of ${shard.size} bytes of ${shard.path}`);
    await stored(0, bytes, hash.digest("hex"));
  }

  return {
    name: shard.path,
    size: shard.size,
    path,
    resumed,
    ensure: (start, end) =>
      has(start, end)
        ? Promise.resolve()
        : options.requests(async () => (has(start, end) ? undefined : fetchRange(start, end))),
    async read(start, end) {
      const bytes = Buffer.alloc(end - start);
      await handle.read(bytes, 0, bytes.length, start);
      return bytes;
    },
    async close(isDone) {
      await handle.close();
      if (isDone) await Promise.all([rm(path, { force: true }), rm(rangesPath, { force: true })]);
    },
  };
}

/** The ranges that an earlier run stored and that still have the bytes it received. */
async function readRanges(handle: FileHandle, path: string): Promise<Array<[number, number]>> {
  const text = await readFile(path, "utf8").catch(() => "");
  const found: Array<[number, number]> = [];
  for (const [, from, to, sha256] of text.matchAll(/^(\d+) (\d+) ([0-9a-f]{64})$/gm)) {
    const [start, end] = [Number(from), Number(to)];
    const hash = createHash("sha256");
    for await (const piece of handle.createReadStream({ start, end: end - 1, autoClose: false }))
      hash.update(piece as Buffer);
    if (hash.digest("hex") === sha256) found.push([start, end]);
  }
  return found;
}

async function exactly(answer: Answer, length: number): Promise<Uint8Array> {
  const whole = new Uint8Array(length);
  let offset = 0;
  for await (const piece of answer.body()) {
    if (offset + piece.byteLength > length)
      throw new TransientError(`received more than the requested ${length} bytes`);
    whole.set(piece, offset);
    offset += piece.byteLength;
  }
  if (offset !== length)
    throw new TransientError(`received ${offset} of ${length} bytes of ${withoutQuery(answer.url)}`);
  return whole;
}

function checkTotal(shard: Shard, answer: Answer): void {
  const total = /\/(\d+)$/.exec(answer.response.headers.get("content-range") ?? "")?.[1];
  if (total && Number(total) !== shard.size) throw sizeChanged(shard, `it has ${total} bytes`);
}

function sizeChanged(shard: Shard, seen: string): DatasetError {
  return new DatasetError(
    "CorruptParquet",
    `${shard.path} should have ${shard.size} bytes, but ${seen}`,
    "The file is truncated, or it changed after the hub listed it: run again later, or choose another --revision.",
  );
}
