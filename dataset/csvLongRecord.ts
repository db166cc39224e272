/**
 * Finds the end of a record of a table that is too long to be kept, in texts that follow each other and begin with the record.
 * As in the parser, a quote begins a quoted field only at the beginning of the field.
 */
export function longRecord(separator: string, lineEnd: string) {
  let isQuoted = false;
  /** The last character before the text. */
  let before = separator;
  /** Position of the quote that closed a field; another quote directly behind it continues the field. */
  let closed = NaN;
  return {
    /** Whether a quote is open. */
    get isQuoted() {
      return isQuoted;
    },
    /** Position in the text behind the record; undefined if the record continues after the text. */
    endIn(text: string): number | undefined {
      for (const { 0: mark, index } of text.matchAll(/["\r\n]/g)) {
        if (mark !== '"') {
          if (!isQuoted && (mark === "\n" || mark === lineEnd)) return index + 1;
        } else if (isQuoted) {
          isQuoted = false;
          closed = index;
        } else isQuoted = closed === index - 1 || (index > 0 ? text[index - 1] : before) === separator;
      }
      closed = closed === text.length - 1 ? -1 : NaN;
      before = text.at(-1) ?? before;
      return undefined;
    },
  };
}
