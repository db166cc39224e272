import { posix } from "node:path";

/**
 * The tar stream whose SHA-256 is the hash of an archive. It has to be, byte for byte, what Go's archive/tar writes for
 * a member with mode 0600 and no times or owners: it is compared with hashes that Pulumi itself computed.
 */
const block = 512;

/** The two empty blocks that end an archive. */
export const tarEnd = Buffer.alloc(2 * block);

/** What fills a member's contents up to a whole number of blocks. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((block - (size % block)) % block);
}

/**
 * The header of a regular file of `size` bytes: USTAR where the name fits, else a PAX record before it.
 * Errors: a plain Error if the file is too large for an octal size (8 GiB).
 */
export function tarHeader(name: string, size: number): Buffer {
  if (size >= 8 ** 11) throw new Error(`${name} has ${size} bytes; members of archives have less than 8 GiB`);
  const ascii = withoutForeign(name);
  const member = { name: ascii, size, mode: 0o600, type: "0" };
  if (ascii === name && name.length <= 100) return header(member);
  const cut = ascii === name ? splitAt(name) : -1;
  if (cut > 0) return header({ ...member, name: name.slice(cut + 1), prefix: name.slice(0, cut) });
  const slash = name.lastIndexOf("/") + 1;
  const paxName = withoutForeign(posix.join(name.slice(0, slash), "PaxHeaders.0", name.slice(slash)));
  const data = Buffer.from(record("path", name));
  return Buffer.concat([
    header({ name: paxName, size: data.length, mode: 0, type: "x" }),
    data,
    tarPadding(data.length),
    header(member),
  ]);
}

/** The characters of a name that are ASCII. */
function withoutForeign(name: string): string {
  return name.replace(/[^\x01-\x7f]/g, "");
}

/** Where a long name splits into prefix (at most 155 bytes) and name (at most 100); -1 if it does not. */
function splitAt(name: string): number {
  const at = name.slice(0, 156).lastIndexOf("/");
  const rest = name.length - at - 1;
  return at <= 0 || rest === 0 || rest > 100 ? -1 : at;
}

/** A PAX record begins with its own length in bytes, whose digits count too. */
function record(key: string, value: string): string {
  const text = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(text);
  while (Buffer.byteLength(`${length}${text}`) !== length) length = Buffer.byteLength(`${length}${text}`);
  return `${length}${text}`;
}

function header(parts: { name: string; size: number; mode: number; type: string; prefix?: string }): Buffer {
  const bytes = Buffer.alloc(block);
  const octal = (value: number, at: number, width: number): number =>
    bytes.write(value.toString(8).padStart(width - 1, "0"), at, "latin1");
  const whole = parts.type === "0" && parts.name.length <= 100;
  bytes.write(whole ? parts.name : parts.name.slice(0, 100).replace(/\/+$/, ""), 0, "latin1");
  octal(parts.mode, 100, 8);
  for (const owner of [108, 116]) octal(0, owner, 8);
  octal(parts.size, 124, 12);
  octal(0, 136, 12);
  bytes.write(parts.type, 156, "latin1");
  bytes.write("ustar\x0000", 257, "latin1");
  if (parts.type === "0") for (const device of [329, 337]) octal(0, device, 8);
  bytes.write(parts.prefix ?? "", 345, "latin1");
  // The checksum is taken with its own field blank; a zero and a blank end it.
  bytes.fill(" ", 148, 156);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return bytes;
}
