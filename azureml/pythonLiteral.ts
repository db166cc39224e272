/**
 * Parses the Python literals in model tags (`finetune_compute_allow_list` is a Python list,
 * `model_specific_defaults` a dict): the language of Python's `ast.literal_eval` without bytes, complex
 * numbers and f-strings, with limits on size and depth. The notebook reads both tags with `ast.literal_eval`.
 * Written by hand: JSON5 and YAML parsers do not accept Python's `None`, tuples or string prefixes, and
 * report no position in Python's terms.
 */

type PythonValue = string | number | boolean | null | PythonValue[] | Map<PythonKey, PythonValue>;
type PythonKey = string | number | boolean | null;

/** Tags have a few hundred characters. A much longer text is not a tag. */
const maxLength = 100_000;
const maxDepth = 32;

/** Position and reason of a syntax error. */
export class PythonLiteralError extends Error {
  constructor(
    readonly position: number,
    detail: string,
  ) {
    super(`not a Python literal: ${detail} at character ${position + 1}`);
    this.name = "PythonLiteralError";
  }
}

/**
 * Parses a Python literal: str, int, float, True, False, None, list, tuple, set, dict. Tuples and sets become
 * arrays. Dicts become Maps, so that keys such as `__proto__` have no special meaning.
 * @throws PythonLiteralError with the position of the first error.
 */
export function parsePythonLiteral(text: string): PythonValue {
  if (text.length > maxLength) throw new PythonLiteralError(maxLength, `more than ${maxLength} characters`);
  const parser = new Parser(text);
  parser.skipSpace();
  const value = parser.value(0);
  parser.skipSpace();
  if (!parser.atEnd()) parser.fail("text after the literal");
  return value;
}

/** Parses a list of strings, such as the allow-list tags. */
export function parsePythonStrings(text: string): string[] {
  const value = parsePythonLiteral(text);
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string"))
    throw new PythonLiteralError(0, "a list of strings is expected");
  return value as string[];
}

/** Parses a dict with string keys and scalar values, such as `model_specific_defaults`. */
export function parsePythonScalars(text: string): Map<string, string | number | boolean | null> {
  const value = parsePythonLiteral(text);
  if (!(value instanceof Map)) throw new PythonLiteralError(0, "a dict is expected");
  const scalars = new Map<string, string | number | boolean | null>();
  for (const [key, item] of value) {
    if (typeof key !== "string") throw new PythonLiteralError(0, `key ${String(key)} is not a string`);
    if (typeof item === "object" && item !== null)
      throw new PythonLiteralError(0, `the value of ${key} is not a scalar`);
    scalars.set(key, item);
  }
  return scalars;
}

/** A float as Python's `repr` prints it: shortest digits, exponent with at least two digits (`5e-06`). */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [digits, exponent] = value.toExponential().split("e") as [string, string];
    return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
  }
  const text = String(value);
  return text.includes(".") ? text : `${text}.0`;
}

const escapes: Record<string, string> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

const numberPattern =
  /(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*)?\.?(?:\d(?:_?\d)*)?(?:[eE][+-]?\d(?:_?\d)*)?)/y;

class Parser {
  private at = 0;

  constructor(private readonly text: string) {}

  atEnd(): boolean {
    return this.at >= this.text.length;
  }

  fail(detail: string): never {
    throw new PythonLiteralError(this.at, detail);
  }

  /** Skips blanks, line ends and comments. */
  skipSpace(): void {
    const blank = /(?:[ \t\r\n\f]|#[^\n]*)*/y;
    blank.lastIndex = this.at;
    blank.exec(this.text);
    this.at = blank.lastIndex;
  }

  value(depth: number): PythonValue {
    if (depth > maxDepth) this.fail(`nested deeper than ${maxDepth}`);
    const next = this.text[this.at];
    if (next === undefined) this.fail("the text ends here");
    if (next === "[") {
      this.at += 1;
      return this.items("]", depth).values;
    }
    if (next === "(") return this.parenthesis(depth);
    if (next === "{") return this.braces(depth);
    if (next === "'" || next === '"' || /^[rRuU]['"]/.test(this.text.slice(this.at, this.at + 2)))
      return this.strings();
    if (/[0-9.+-]/.test(next)) return this.number();
    return this.word();
  }

  private consume(expected: string): boolean {
    if (this.text[this.at] !== expected) return false;
    this.at += 1;
    return true;
  }

  /** Comma-separated values up to `end`. `first` is a value that was already parsed. */
  private items(end: string, depth: number, first?: PythonValue): { values: PythonValue[]; commas: number } {
    const values: PythonValue[] = first === undefined ? [] : [first];
    let commas = 0;
    for (;;) {
      this.skipSpace();
      if (this.consume(end)) return { values, commas };
      if (values.length > commas) {
        if (!this.consume(",")) this.fail(`"," or "${end}" is missing`);
        commas += 1;
      } else values.push(this.value(depth + 1));
    }
  }

  /** `(1)` is 1, `(1,)` and `()` are tuples. */
  private parenthesis(depth: number): PythonValue {
    this.at += 1;
    const { values, commas } = this.items(")", depth);
    return values.length === 1 && commas === 0 ? (values[0] as PythonValue) : values;
  }

  /** A dict, or a set if the first value is not followed by a colon. */
  private braces(depth: number): PythonValue {
    this.at += 1;
    const dict = new Map<PythonKey, PythonValue>();
    this.skipSpace();
    while (!this.consume("}")) {
      const key = this.value(depth + 1);
      this.skipSpace();
      if (dict.size === 0 && this.text[this.at] !== ":") return this.items("}", depth, key).values;
      if (typeof key === "object" && key !== null) this.fail("a dict key must be a scalar");
      if (!this.consume(":")) this.fail('":" is missing');
      this.skipSpace();
      dict.set(key, this.value(depth + 1));
      this.skipSpace();
      if (!this.consume(",") && this.text[this.at] !== "}") this.fail('"," or "}" is missing');
      this.skipSpace();
    }
    return dict;
  }

  /** Concatenates adjacent string literals, as Python does. */
  private strings(): string {
    let whole = "";
    let more = true;
    while (more) {
      whole += this.string();
      const end = this.at;
      this.skipSpace();
      more = /^(?:[rRuU]?['"])/.test(this.text.slice(this.at, this.at + 2));
      if (!more) this.at = end;
    }
    return whole;
  }

  private string(): string {
    const raw = /[rR]/.test(this.text[this.at] ?? "");
    if (/[rRuU]/.test(this.text[this.at] ?? "")) this.at += 1;
    const quote = this.text[this.at] as string;
    const end = this.text.startsWith(quote.repeat(3), this.at) ? quote.repeat(3) : quote;
    this.at += end.length;
    let value = "";
    while (!this.text.startsWith(end, this.at)) {
      const next = this.text[this.at];
      if (next === undefined) this.fail("a string is not closed");
      if (next === "\n" && end.length === 1) this.fail("a line ends inside a string");
      if (next !== "\\") {
        value += next;
        this.at += 1;
      } else if (raw) {
        value += this.text.slice(this.at, this.at + 2);
        this.at += 2;
      } else value += this.escape();
    }
    this.at += end.length;
    return value;
  }

  private escape(): string {
    this.at += 1;
    const code = /(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3}))/y;
    code.lastIndex = this.at;
    const found = code.exec(this.text);
    if (found) {
      this.at = code.lastIndex;
      const point = found[4]
        ? parseInt(found[4], 8)
        : parseInt(found[1] ?? found[2] ?? (found[3] as string), 16);
      if (point > 0x10ffff) this.fail("no such character");
      return String.fromCodePoint(point);
    }
    const next = this.text[this.at];
    if (next === undefined) this.fail("a string is not closed");
    if (/[xuUN]/.test(next)) this.fail(`the escape \\${next} is not complete`);
    this.at += 1;
    return escapes[next] ?? `\\${next}`;
  }

  private number(): number {
    let sign = 1;
    while (this.text[this.at] === "-" || this.text[this.at] === "+") {
      if (this.text[this.at] === "-") sign = -sign;
      this.at += 1;
      this.skipSpace();
    }
    numberPattern.lastIndex = this.at;
    const text = numberPattern.exec(this.text)?.[0] ?? "";
    if (!/\d/.test(text)) this.fail("a number is expected");
    if (/^0[0-9_]*[1-9]/.test(text) && !/[.eExXoObB]/.test(text)) this.fail("a number starts with 0");
    this.at += text.length;
    if (/[\w.]/.test(this.text[this.at] ?? "")) this.fail("unexpected character in a number");
    return sign * Number(text.replaceAll("_", ""));
  }

  private word(): PythonValue {
    const word = /^[A-Za-z_]\w*/.exec(this.text.slice(this.at, this.at + 64))?.[0] ?? "";
    const known: Record<string, PythonValue> = { True: true, False: false, None: null };
    const value = Object.hasOwn(known, word) ? known[word] : undefined;
    if (value === undefined)
      this.fail(word ? `the name ${word}` : `unexpected ${JSON.stringify(this.text[this.at])}`);
    this.at += word.length;
    return value;
  }
}
