import { open, rm, type FileHandle } from "node:fs/promises";
import { DatasetError, fileSystemError } from "./errors";
import { TransientError, type Answer, type HttpClient } from "./http";
import { withoutQuery } from "./httpErrors";
import { refusal } from "./hub";
import type { Shard } from "./layout";

/** Reads byte ranges of one file. `end` is exclusive. */
export interface RangeReader {
  readonly name: string;
  readonly size: number;
  read(start: number, end: number): Promise<Uint8Array>;
  /** Deletes the copy on disk, if there is one. */
  close(): Promise<void>;
}

interface RemoteFileOptions {
  dataset: string;
  commit: string;
  /** Path for the whole file when the server ignores ranges. `close` deletes it. */
  spoolPath: string;
  notice: (text: string) => void;
}

/** Statuses with which a CDN refuses an expired signed URL. */
const expired = new Set([401, 403, 404, 410]);

/**
 * A parquet file on the hub. The hub's redirect to its CDN is followed once and remembered; an expired URL is
 * requested again. If the server answers a range request with the whole file, the file is streamed to disk
 * once, with a notice, and ranges are read from there.
 */
export function openRemoteFile(http: HttpClient, shard: Shard, options: RemoteFileOptions): RangeReader {
  let location: string | undefined;
  let spool: Promise<FileHandle> | undefined;

  async function read(start: number, end: number): Promise<Uint8Array> {
    if (start < 0 || end > shard.size || start >= end) {
      throw new RangeError(`bytes ${start} to ${end} are outside of ${shard.path} (${shard.size} bytes)`);
    }
    if (spool) return readAt(await spool, start, end);
    const range = { range: `bytes=${start}-${end - 1}` };
    const url = location ?? shard.url;
    const got = await http.get(url, range, async (answer) => {
      const { response } = answer;
      if (response.status === 206) {
        checkTotal(shard, answer);
        location = answer.url === url ? location : answer.url;
        return exactly(answer, end - start);
      }
      if (response.status === 200) return spoolFrom(answer, start, end);
      if (url !== shard.url && expired.has(response.status)) {
        location = undefined;
        return undefined;
      }
      if (response.status === 416) throw sizeChanged(shard, "a range in it does not exist");
      throw await refusal(
        answer,
        { dataset: options.dataset, revision: options.commit, path: shard.path },
        http.token,
      );
    });
    return got ?? read(start, end);
  }

  /**
   * Several range requests may be in progress when the first whole file arrives. One is stored, the others
   * are cancelled.
   */
  async function spoolFrom(answer: Answer, start: number, end: number): Promise<Uint8Array> {
    if (start === 0 && end === shard.size) return exactly(answer, shard.size);
    if (spool) {
      await answer.response.body?.cancel();
    } else {
      options.notice(`${new URL(shard.url).host} serves no byte ranges: fetching ${shard.path} as a whole`);
      spool = store(answer, shard, options.spoolPath);
      spool.catch(() => (spool = undefined));
    }
    return readAt(await spool, start, end);
  }

  async function close(): Promise<void> {
    const handle = await spool?.catch(() => undefined);
    if (!handle) return;
    await handle.close();
    await rm(options.spoolPath, { force: true });
  }

  return { name: shard.path, size: shard.size, read, close };
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

async function store(answer: Answer, shard: Shard, path: string): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    handle = await open(path, "w+");
  } catch (error) {
    throw fileSystemError(error, path);
  }
  try {
    let bytes = 0;
    for await (const piece of answer.body()) {
      await handle.write(piece);
      bytes += piece.byteLength;
    }
    if (bytes !== shard.size)
      throw new TransientError(`received ${bytes} of ${shard.size} bytes of ${shard.path}`);
    return handle;
  } catch (error) {
    await handle.close();
    await rm(path, { force: true });
    throw fileSystemError(error, path);
  }
}

async function readAt(handle: FileHandle, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
  if (bytesRead !== bytes.length)
    throw new RangeError(`read ${bytesRead} of ${bytes.length} bytes at ${start}`);
  return bytes;
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
