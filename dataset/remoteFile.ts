import { createHash } from "node:crypto";
import { appendFile, open, readFile, rm, type FileHandle } from "node:fs/promises";
import { constants } from "node:fs";
import { join } from "node:path";
import { onDisk } from "./disk";
import { DatasetError } from "./errors";
import { TransientError, type Answer, type HttpClient } from "./http";
import { refusal } from "./hub";
import type { Shard } from "./layout";
import type { Limiter } from "./limiter";

/** Ranges of bytes of a file on the hub, in a local file of the same size with holes. */
export type LocalCopy = Awaited<ReturnType<typeof openLocalCopy>>;

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
export async function openLocalCopy(http: HttpClient, shard: Shard, options: CopyOptions) {
  const { dataset, commit, directory, requests, notice } = options;
  const key = createHash("sha256").update(`${commit}\0${shard.path}\0${shard.size}`).digest("hex");
  const path = join(directory, `.${key.slice(0, 16)}.parquet.partial`);
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

  /** Stores a body that must be the bytes from `start` to `end`. */
  async function store(answer: Answer, start: number, end: number): Promise<void> {
    const hash = createHash("sha256");
    let position = start;
    for await (const piece of answer.body()) {
      if (position + piece.byteLength > end)
        throw new TransientError(`received more than the requested ${end - start} bytes`);
      hash.update(piece);
      for (let offset = 0; offset < piece.byteLength;) {
        const write = handle.write(piece, offset, piece.byteLength - offset, position + offset);
        offset += (await onDisk(path, write)).bytesWritten;
      }
      position += piece.byteLength;
    }
    if (position !== end)
      throw new TransientError(`received ${position - start} of ${end - start} bytes of ${shard.path}`);
    ranges.push([start, end]);
    await onDisk(path, appendFile(rangesPath, `${start} ${end} ${hash.digest("hex")}\n`));
  }

  async function fetchRange(start: number, end: number): Promise<void> {
    if (whole) return whole;
    const url = location ?? shard.url;
    const isFetched = await http.get(url, { range: `bytes=${start}-${end - 1}` }, async (answer) => {
      const { status } = answer.response;
      if (status === 206) {
        checkTotal(shard, answer);
        location = answer.url === url ? location : answer.url;
        await store(answer, start, end);
        return true;
      }
      if (status === 200) return fetchWhole(answer);
      if (url !== shard.url && expired.has(status)) {
        location = undefined;
        return false;
      }
      if (status === 416) throw sizeChanged(shard, "a range in it does not exist");
      throw await refusal(answer, { dataset, revision: commit, path: shard.path, token: http.token });
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
      notice(`${new URL(shard.url).host} serves no byte ranges: fetching ${shard.path} as a whole`);
      whole = store(answer, 0, shard.size);
      whole.catch(() => (whole = undefined));
    }
    await whole;
    return true;
  }

  return {
    name: shard.path,
    size: shard.size,
    path,
    /** Bytes that an interrupted run has fetched. */
    resumed,
    /** Fetches the bytes from `start` to `end` (exclusive), unless the file has them. */
    async ensure(start: number, end: number): Promise<void> {
      if (!has(start, end))
        await requests(async () => (has(start, end) ? undefined : fetchRange(start, end)));
    },
    /** The bytes of a range that the file has. */
    async read(start: number, end: number): Promise<Buffer> {
      const bytes = Buffer.alloc(end - start);
      await handle.read(bytes, 0, bytes.length, start);
      return bytes;
    },
    /** Closes the file. It stays for the next run unless `isDone`. */
    async close(isDone: boolean): Promise<void> {
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
