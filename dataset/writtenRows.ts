import { open } from "node:fs/promises";
import type { Row } from "./rowCheck";

const pieceBytes = 1 << 20;
const lineEnd = 0x0a;

/** The lines of a file that this step has written, without line ends. It is read in pieces of one megabyte. */
export async function* readLines(path: string): AsyncGenerator<Buffer[]> {
  const handle = await open(path, "r");
  try {
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const piece = Buffer.allocUnsafe(rest.length + pieceBytes);
      rest.copy(piece);
      const { bytesRead } = await handle.read(piece, rest.length, pieceBytes);
      const text = piece.subarray(0, rest.length + bytesRead);
      const lines: Buffer[] = [];
      let from = 0;
      // What is in `rest` has no line end.
      for (let to = text.indexOf(lineEnd, rest.length); to >= 0; to = text.indexOf(lineEnd, from)) {
        if (to > from) lines.push(text.subarray(from, to));
        from = to + 1;
      }
      rest = text.subarray(from);
      if (bytesRead === 0 && rest.length > 0) lines.push(rest);
      if (lines.length > 0) yield lines;
      if (bytesRead === 0) return;
    }
  } finally {
    await handle.close();
  }
}

/** The rows of a JSON-lines file that this step has written, in order. */
export async function* readRows(path: string): AsyncGenerator<Row[]> {
  for await (const lines of readLines(path)) yield lines.map((line) => JSON.parse(line.toString()) as Row);
}
