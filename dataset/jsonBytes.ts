/**
 * Collects JSON text as UTF-8. Texts are copied as the bytes of the parquet file, without conversion to
 * strings.
 */
export interface JsonBytes {
  /** Appends the JSON of a row and a line feed. */
  line(row: unknown): void;
  /** Bytes written so far. */
  readonly length: number;
  /** Returns the written bytes and gives up their memory: nothing may be appended afterwards. */
  take(): Uint8Array<ArrayBuffer>;
}

const quote = 0x22;
const backslash = 0x5c;
/** Length of the longest escape, such as `\u001f`. */
const maxEscapeBytes = 6;
/** Texts of at least this many bytes are copied; shorter ones are faster byte by byte. */
const copyThresholdBytes = 24;
/** The letter of the short escapes (`\n` → n), by byte. */
const shortEscapes = new Uint8Array(128);
for (const [escaped, letter] of Object.entries({
  "\b": "b",
  "\t": "t",
  "\n": "n",
  "\f": "f",
  "\r": "r",
  '"': '"',
  "\\": "\\",
})) {
  shortEscapes[escaped.charCodeAt(0)] = letter.charCodeAt(0);
}

/** Writes one byte of a text, escaped if necessary, and returns the position after it. */
function escaped(target: Uint8Array, at: number, value: number): number {
  if (value >= 0x20 && value !== quote && value !== backslash) {
    target[at] = value;
    return at + 1;
  }
  target[at] = backslash;
  const short = shortEscapes[value] as number;
  if (short !== 0) {
    target[at + 1] = short;
    return at + 2;
  }
  target.set(Buffer.from(`u${value.toString(16).padStart(4, "0")}`), at + 1);
  return at + maxEscapeBytes;
}

/**
 * Creates a writer with room for `expectedBytes`; it grows. It uses `memory` if that is large enough. Values
 * are written as the `to_json` of `datasets` writes them: integers with all digits, times as milliseconds
 * since 1970, and NaN, infinities and missing values as null. Bytes are assumed to be UTF-8; the caller
 * checks the result as a whole. Measured on chat texts: 1.5 ns per byte, against 4.4 ns for JSON.stringify of
 * strings.
 */
export function jsonBytes(expectedBytes: number, memory?: ArrayBuffer): JsonBytes {
  let out = new Uint8Array(
    memory && memory.byteLength >= expectedBytes ? memory : new ArrayBuffer(Math.max(1024, expectedBytes)),
  );
  let at = 0;
  let outView = new DataView(out.buffer);
  const keys = new Map<string, Uint8Array>();

  function reserve(bytes: number): void {
    if (out.length - at >= bytes) return;
    const larger = new Uint8Array(Math.max(at + bytes, out.length + (out.length >> 1)));
    larger.set(out.subarray(0, at));
    out = larger;
    outView = new DataView(out.buffer);
  }

  function raw(bytes: Uint8Array): void {
    reserve(bytes.length);
    out.set(bytes, at);
    at += bytes.length;
  }

  function byte(value: number): void {
    reserve(1);
    out[at++] = value;
  }

  /**
   * Writes a text four bytes at a time and stops only at a byte that must be escaped. The text is first
   * copied far enough ahead in the same memory that writing never overtakes reading: a DataView per text
   * would cost more than the copy.
   */
  function longText(text: Uint8Array): void {
    const { length } = text;
    const [target, view] = [out, outView];
    let index = at + (maxEscapeBytes - 1) * length;
    let position = at;
    const end = index + length;
    target.set(text, index);
    for (;;) {
      while (index <= end - 4) {
        const four = view.getInt32(index, true);
        view.setInt32(position, four, true);
        // The high bit of a byte is set if it is below 0x20, a quote or a backslash (or, rarely, follows one;
        // `escaped` decides).
        const hits =
          ((four - 0x20202020) | ((four ^ 0x22222222) - 0x01010101) | ((four ^ 0x5c5c5c5c) - 0x01010101)) &
          ~four &
          0x80808080;
        if (hits !== 0) {
          const sound = (31 - Math.clz32(hits & -hits)) >> 3;
          index += sound;
          position += sound;
          break;
        }
        index += 4;
        position += 4;
      }
      if (index === end) break;
      position = escaped(target, position, target[index++] as number);
    }
    at = position;
  }

  function shortText(text: Uint8Array): void {
    let position = at;
    for (let index = 0; index < text.length; index++)
      position = escaped(out, position, text[index] as number);
    at = position;
  }

  function text(bytes: Uint8Array): void {
    reserve(maxEscapeBytes * bytes.length + 2);
    out[at++] = quote;
    if (bytes.length < copyThresholdBytes) shortText(bytes);
    else longText(bytes);
    out[at++] = quote;
  }

  function key(name: string): void {
    let bytes = keys.get(name);
    if (!bytes) keys.set(name, (bytes = Buffer.from(`${JSON.stringify(name)}:`)));
    raw(bytes);
  }

  function list(items: readonly unknown[]): void {
    byte(0x5b);
    for (let index = 0; index < items.length; index++) {
      if (index > 0) byte(0x2c);
      value(items[index]);
    }
    byte(0x5d);
  }

  function object(fields: Record<string, unknown>): void {
    byte(0x7b);
    let isFirst = true;
    for (const name in fields) {
      if (!isFirst) byte(0x2c);
      isFirst = false;
      key(name);
      value(fields[name]);
    }
    byte(0x7d);
  }

  function value(one: unknown): void {
    if (one instanceof Uint8Array) text(one);
    else if (Array.isArray(one)) list(one);
    else if (typeof one === "bigint") raw(Buffer.from(one.toString()));
    else if (one instanceof Date) value(one.getTime());
    else if (ArrayBuffer.isView(one)) list(Array.from(one as unknown as ArrayLike<unknown>));
    else if (typeof one === "object" && one !== null) object(one as Record<string, unknown>);
    else raw(Buffer.from(JSON.stringify(one) ?? "null"));
  }

  return {
    line(row) {
      value(row);
      byte(0x0a);
    },
    get length() {
      return at;
    },
    take: () => out.subarray(0, at),
  };
}
