import { isAscii, isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { extname } from "node:path";
import { TextDecoder } from "node:util";
import { createGunzip } from "node:zlib";
import { DatasetError, errnoOf, errorLike } from "./errors";

/** A file as a user names it, and its path. */
export interface NamedFile {
  name: string;
  path: string;
}

export type FileFormat = "JSON lines" | "JSON array" | "JSON objects" | "CSV" | "parquet";

/** What a file was recognized as. */
export interface Recognized extends NamedFile {
  format: FileFormat;
  compression?: "gzip" | "zstd";
  /** Label of the encoding (WHATWG), if it is not UTF-8. */
  encoding?: string;
  /** Set when the header of a table is read. */
  separator?: string;
}

const sampleBytes = 64 << 10;
const extensions = [".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet"];
const magics: Array<[string, string]> = [
  ["504b0304", "a zip archive (such as .xlsx)"],
  ["25504446", "a PDF document"],
  ["53514c697465", "an SQLite database"],
  ["4152524f5731", "an Arrow file"],
  ["89504e47", "an image"],
  ["425a68", "a bzip2 file"],
  ["fd377a585a", "an xz file"],
];

/**
 * Recognizes a file by its first bytes and its extension.
 * @param encoding label of `dataset.encoding`; default: UTF-8, or what a byte order mark states
 * Errors: BadFile for a file that is missing, empty, binary or has an unsupported type.
 */
export async function recognize(file: NamedFile, encoding?: string): Promise<Recognized> {
  const head = await headOf(file);
  const { name } = file;
  // An encrypted parquet file begins with PARE.
  if (/^PAR[1E]$/.test(head.subarray(0, 4).toString())) return { ...file, format: "parquet" };
  const hex = head.subarray(0, 8).toString("hex");
  const compression = hex.startsWith("1f8b") ? "gzip" : hex.startsWith("28b52ffd") ? "zstd" : undefined;
  const extension = extname(compression ? name.replace(/\.(gz|zst|zstd)$/i, "") : name).toLowerCase();
  const known = magics.find(([magic]) => hex.startsWith(magic));
  if (known) throw badFile(`${name} is ${known[1]}`, `Convert it to one of ${extensions.join(", ")}.`);
  if (extension === ".parquet" && head.length > 0)
    throw new DatasetError(
      "CorruptParquet",
      `${name} is not a valid parquet file: it does not begin with the parquet magic bytes PAR1`,
      "Replace it with an intact file and run again.",
    );
  if (!extensions.includes(extension))
    throw badFile(
      `${name} has a file type that is not supported`,
      `Use a file that ends with ${extensions.join(", ")}, also with .gz or .zst.`,
    );
  if (head.length === 0) throw badFile(`${name} is empty`, addRows);
  const found: Recognized = { ...file, format: "CSV", compression };
  const start = compression ? await firstBytes(found) : head;
  const mark = start.subarray(0, 2).toString("hex");
  found.encoding = encoding ?? { fffe: "utf-16le", feff: "utf-16be" }[mark];
  if (found.encoding === undefined && start.includes(0))
    throw badFile(
      `${name} is a binary file: it contains a zero byte at ${start.indexOf(0)}`,
      `Use a text file; for UTF-16 without a byte order mark set --encoding utf-16le (in a stack: dataset.encoding).`,
    );
  if (extension === ".csv" || extension === ".tsv") return found;
  const text = decoderOf(found.encoding).decode(start, { stream: true });
  // An object that does not end on its first line.
  const isPretty = extension === ".json" && /^\s*\{[^\S\n]*\n/.test(text);
  return { ...found, format: /^\s*\[/.test(text) ? "JSON array" : isPretty ? "JSON objects" : "JSON lines" };
}

const separators: Record<string, string> = { ";": "with semicolons", "\t": "with tabs", "|": "with |" };

/** A file's description for people: `a.csv.gz: CSV with semicolons, gzip, windows-1252`. */
export function describeFile({ name, format, compression, encoding, separator = "" }: Recognized): string {
  const form = [format, separators[separator]].filter(Boolean).join(" ");
  return `${name}: ${[form, compression, encoding].filter(Boolean).join(", ")}`;
}

async function headOf({ name, path }: NamedFile): Promise<Buffer> {
  const found = await stat(path).catch((error: unknown) => {
    const code = errnoOf(error);
    const why = code === "ENOENT" ? "there is no such file" : `it cannot be read (${code})`;
    throw badFile(
      `${name}: ${why}`,
      "Correct --files (in a stack: dataset.files); paths are relative to the working directory.",
      error,
    );
  });
  if (!found.isFile()) {
    const kind = found.isDirectory()
      ? "a directory"
      : found.isFIFO()
        ? "a pipe"
        : found.isSocket()
          ? "a socket"
          : "a device";
    throw badFile(`${name} is ${kind}, not a file`, "Name a regular file: its content identifies the data.");
  }
  const handle = await open(path, "r");
  try {
    const bytes = Buffer.alloc(Math.min(sampleBytes, found.size));
    return bytes.subarray(0, (await handle.read(bytes, 0, bytes.length, 0)).bytesRead);
  } finally {
    await handle.close();
  }
}

async function firstBytes(file: Recognized): Promise<Buffer> {
  for await (const piece of plainPieces(file)) return piece.subarray(0, sampleBytes);
  return Buffer.alloc(0);
}

/** The text of a file as UTF-8 without a byte order mark, in pieces that end anywhere. Errors: BadFile. */
export async function* utf8Pieces(file: Recognized): AsyncGenerator<Buffer> {
  let position = 0;
  let carry: Buffer = Buffer.alloc(0);
  const decoder = file.encoding === undefined ? undefined : decoderOf(file.encoding, true);
  for await (const piece of plainPieces(file)) {
    if (decoder) {
      yield Buffer.from(decoded(decoder, piece, file, position));
      position += piece.length;
      continue;
    }
    let bytes = carry.length > 0 ? Buffer.concat([carry, piece]) : piece;
    if (position === 0 && bytes.subarray(0, 3).toString("hex") === "efbbbf") {
      bytes = bytes.subarray(3);
      position = 3;
    }
    const end = completeEnd(bytes);
    const whole = bytes.subarray(0, end);
    if (!isUtf8(whole)) throw notUtf8(file, whole, position);
    carry = bytes.subarray(end);
    position += end;
    yield whole;
  }
  if (carry.length > 0) throw notUtf8(file, carry, position);
  if (decoder) yield Buffer.from(decoded(decoder, undefined, file, position));
}

function decoded(decoder: TextDecoder, piece: Buffer | undefined, file: Recognized, at: number): string {
  try {
    return piece ? decoder.decode(piece, { stream: true }) : decoder.decode();
  } catch (error) {
    throw badFile(
      `${file.name} is not ${file.encoding}: it has bytes after position ${at} that this encoding does not have`,
      "Correct --encoding (in a stack: dataset.encoding).",
      error,
    );
  }
}

/** The text of valid UTF-8. Reading ASCII as Latin-1 gives the same and is faster. */
export function textOf(bytes: Buffer): string {
  return bytes.toString(isAscii(bytes) ? "latin1" : "utf8");
}

/** Position after the last complete character of a piece. */
function completeEnd(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}

function notUtf8(file: Recognized, bytes: Buffer, position: number): DatasetError {
  let [low, high] = [0, bytes.length];
  // The longest valid beginning; a cut inside of a character is valid up to that character.
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (isUtf8(bytes.subarray(0, completeEnd(bytes.subarray(0, middle))))) low = middle;
    else high = middle - 1;
  }
  const start = completeEnd(bytes.subarray(0, low));
  const guess = guessEncoding(bytes.subarray(Math.max(0, start - 4096), start + 4096));
  return badFile(
    `${file.name} is not UTF-8: invalid bytes at position ${position + start}${guess ? `; it looks like ${guess}` : ""}`,
    `Set --encoding${guess ? ` ${guess}` : " to the file's encoding"} (in a stack: dataset.encoding), or save the file as UTF-8.`,
  );
}

/** A guess of the encoding of text that is not UTF-8: few bytes above ASCII are Western, many letters Cyrillic. */
function guessEncoding(bytes: Buffer): string | undefined {
  const high = bytes.filter((byte) => byte >= 0x80);
  if (high.length < bytes.length * 0.2) return "windows-1252";
  return high.every((byte) => byte >= 0xc0 || byte === 0xa8 || byte === 0xb8) ? "windows-1251" : undefined;
}

/** A decoder that removes a byte order mark. Errors: BadFile for an unknown label. */
function decoderOf(encoding = "utf-8", fatal = false): TextDecoder {
  return new TextDecoder(encoding, { fatal });
}

/** The decompressed bytes of a file. */
async function* plainPieces({ name, path, compression }: Recognized): AsyncGenerator<Buffer> {
  const raw = createReadStream(path, { highWaterMark: 1 << 20 });
  try {
    if (compression === "zstd") yield* unzstd(raw);
    else yield* (compression ? raw.pipe(createGunzip({ chunkSize: 1 << 20 })) : raw) as AsyncIterable<Buffer>;
  } catch (error) {
    if (!compression) throw error;
    throw badFile(
      `${name} cannot be decompressed (${compression}): ${errorLike(error)?.message ?? ""}`,
      "Replace it with an intact file.",
      error,
    );
  } finally {
    raw.destroy();
  }
}

/** Node's zlib has zstd from version 22.15 on; fzstd decompresses it in every version. */
async function* unzstd(raw: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { Decompress } = await import("fzstd");
  let out: Buffer[] = [];
  let isComplete = false;
  const stream = new Decompress((piece, isFinal) => {
    out.push(Buffer.from(piece));
    isComplete = isFinal ?? false;
  });
  for await (const piece of raw) {
    stream.push(piece);
    yield* out;
    out = [];
  }
  stream.push(new Uint8Array(0), true);
  yield* out;
  if (!isComplete) throw new Error("the file ends early");
}

export function badFile(message: string, remedy: string, cause?: unknown): DatasetError {
  return new DatasetError("BadFile", message, remedy, { cause });
}

const addRows = "Add rows to it, or remove it from --files.";

export const noRow = (name: string): DatasetError => badFile(`${name} contains no row`, addRows);
