import { StringDecoder } from "node:string_decoder";

/**
 * Parses a CSV table (RFC 4180). Quoted fields may contain separators, line ends and doubled quotes. A byte
 * order mark and empty lines are skipped. Yields the fields of each record and the line (from 1) on which it
 * begins. A quote that is never closed is an error.
 */
export async function* csvRecords(
  pieces: AsyncIterable<Buffer>,
  separator: string,
): AsyncGenerator<{ fields: string[]; line: number }> {
  const decoder = new StringDecoder("utf8");
  let fields: string[] = [];
  let field = "";
  let state: "start" | "plain" | "quoted" | "closed" = "start";
  let line = 1;
  let begun = 1;
  let isFirst = true;
  const endOfField = (): void => {
    fields.push(field);
    field = "";
    state = "start";
  };

  function* take(text: string): Generator<{ fields: string[]; line: number }> {
    for (let at = 0; at < text.length; at++) {
      const one = text[at] as string;
      if (one === "\n") line++;
      if (state === "quoted") {
        if (one === '"') state = "closed";
        else field += one;
      } else if (one === '"' && (state === "start" || state === "closed")) {
        if (state === "closed") field += one; // doubled quote
        state = "quoted";
      } else if (one === separator) endOfField();
      else if (one === "\n") {
        if (field.endsWith("\r")) field = field.slice(0, -1);
        const isEmpty = fields.length === 0 && field === "" && state !== "closed";
        endOfField();
        if (!isEmpty) yield { fields, line: begun };
        fields = [];
        begun = line;
      } else if (one !== "\r" || state !== "closed") {
        field += one;
        state = "plain";
      }
    }
  }

  for await (const piece of pieces) {
    let text = decoder.write(piece);
    if (isFirst && text !== "") {
      if (text.startsWith("\ufeff")) text = text.slice(1);
      isFirst = false;
    }
    yield* take(text);
  }
  yield* take(decoder.end());
  // `take` changes `state`; the compiler does not see it.
  if ((state as string) === "quoted") throw new Error(`the quote opened on line ${begun} is never closed`);
  if (field !== "" || fields.length > 0) yield* take("\n");
}
