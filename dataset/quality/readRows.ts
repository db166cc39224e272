import { open } from "node:fs/promises";
import type { Row } from "../rowCheck";

const pieceBytes = 1 << 20;
const lineEnd = 0x0a;

/** The rows of a JSON-lines file that this step has written, in order. The file is read in pieces of one megabyte. */
export async function* readRows(path: string): AsyncGenerator<Row[]> {
  const handle = await open(path, "r");
  try {
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const piece = Buffer.allocUnsafe(rest.length + pieceBytes);
      rest.copy(piece);
      const { bytesRead } = await handle.read(piece, rest.length, pieceBytes);
      if (bytesRead === 0) break;
      const text = piece.subarray(0, rest.length + bytesRead);
      const rows: Row[] = [];
      let from = 0;
      for (let to = text.indexOf(lineEnd); to >= 0; to = text.indexOf(lineEnd, from)) {
        if (to > from) rows.push(JSON.parse(text.toString("utf8", from, to)) as Row);
        from = to + 1;
      }
      rest = text.subarray(from);
      if (rows.length > 0) yield rows;
    }
    if (rest.length > 0) yield [JSON.parse(rest.toString()) as Row];
  } finally {
    await handle.close();
  }
}
