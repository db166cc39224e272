import { TrainerError } from "./contract";
import { sizeOf, type Weights } from "./weights";

/**
 * The safetensors format: 8 bytes header length (little endian), a JSON header {name: {dtype, shape,
 * data_offsets}}, the raw numbers. Writes F32; reads F32 and F16. https://huggingface.co/docs/safetensors
 */

interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

export function writeSafetensors(weights: Weights, metadata: Record<string, string> = {}): Buffer {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, data }] of Object.entries(weights)) {
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header), "utf8");
  // At a multiple of 8 bytes, so that readers can map them; the format pads the header with spaces.
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, " ");
  json.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const bodies = Object.values(weights).map(({ data }) =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  );
  return Buffer.concat([length, padded, ...bodies]);
}

/** `file` is for messages. @throws TrainerError InvalidModel */
export function readSafetensors(bytes: Uint8Array, file: string): Weights {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < 8) {
    throw new TrainerError("InvalidModel", `${file} is ${buffer.length} bytes long and has no header.`);
  }
  const headerLength = Number(buffer.readBigUInt64LE(0));
  if (headerLength > buffer.length - 8) {
    throw new TrainerError(
      "InvalidModel",
      `${file} is truncated: its header should be ${headerLength} bytes, the file has ${buffer.length - 8} left.`,
    );
  }
  const header = parseHeader(buffer.toString("utf8", 8, 8 + headerLength), file);
  const body = buffer.subarray(8 + headerLength);
  return Object.fromEntries(
    Object.entries(header).map(([name, entry]) => [
      name,
      { shape: entry.shape, data: readTensor(body, name, entry, file) },
    ]),
  );
}

function parseHeader(text: string, file: string): Record<string, HeaderEntry> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new TrainerError("InvalidModel", `${file}: the safetensors header is not JSON.`, { cause });
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new TrainerError("InvalidModel", `${file}: the safetensors header is not a JSON object.`);
  }
  const header = { ...(json as Record<string, unknown>) };
  delete header["__metadata__"];
  for (const [name, entry] of Object.entries(header)) {
    const { shape, data_offsets: offsets } = (entry ?? {}) as Partial<HeaderEntry>;
    if (!isNumberList(shape) || !isNumberList(offsets) || offsets.length !== 2) {
      throw new TrainerError("InvalidModel", `${file}: the header's entry ${name} has no shape or offsets.`);
    }
  }
  return header as Record<string, HeaderEntry>;
}

function isNumberList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isInteger(item) && item >= 0);
}

function readTensor(body: Buffer, name: string, entry: HeaderEntry, file: string): Float32Array<ArrayBuffer> {
  const width = entry.dtype === "F32" ? 4 : entry.dtype === "F16" ? 2 : 0;
  if (width === 0) {
    throw new TrainerError(
      "InvalidModel",
      `${file}: ${name} is of type ${entry.dtype}; supported: F32, F16.`,
    );
  }
  const [start, end] = entry.data_offsets;
  const count = sizeOf(entry.shape);
  if (end > body.length || end - start !== count * width) {
    throw new TrainerError(
      "InvalidModel",
      `${file} is truncated or damaged: ${name} needs ${count * width} bytes at ${start}, the file has ${Math.max(0, body.length - start)}.`,
    );
  }
  const data = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    data[i] = width === 4 ? body.readFloatLE(start + 4 * i) : halfToNumber(body.readUInt16LE(start + 2 * i));
  }
  return data;
}

/** IEEE 754 half precision bits to a number. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) {
    return sign * fraction * 2 ** -24;
  }
  if (exponent === 31) {
    return fraction ? NaN : sign * Infinity;
  }
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
