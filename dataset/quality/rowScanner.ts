import { characterKinds, digit, letter, space, wholeWord } from "./characters";
import { mixed, Sketcher } from "./sketch";

/** Words that are hashed together: two texts are similar if they have the same sequences of so many words. */
export const shingleWords = 5;
/** Shorter rows are compared exactly only: in a few words, one different word is another question. */
const fewestWords = 10;
/** `base ** shingleWords`, to remove the oldest word from a rolling hash. */
const base = 0x01000193;
const leaving = [...Array(shingleWords).keys()].reduce((power) => Math.imul(power, base), 1);

const wordPart = letter | digit;

/** A word of letters and digits with at least so many characters can be part of a key; so can a very long word. */
const shortestKeyWord = 10;
const veryLongWord = 30;

/** What the pass over one text noticed. It decides which patterns are worth searching for. */
export interface TextTraits {
  /** Number of digits 0 to 9. */
  digits: number;
  hasAt: boolean;
  /** True if a word can be part of a key. */
  hasKeyWord: boolean;
  hasWord: boolean;
}

/**
 * Reads the texts of rows, one character after the other, and collects what identifies a conversation: a fingerprint of all
 * characters that are not white space, and a sketch of its sequences of five words.
 */
export class RowScanner {
  /** Of the latest text. */
  traits: TextTraits = { digits: 0, hasAt: false, hasKeyWord: false, hasWord: false };
  private readonly kinds = characterKinds();
  private readonly sketcher = new Sketcher();
  private readonly recent = new Uint32Array(shingleWords);
  private words = 0;
  private rolling = 0;
  private high = 0;
  private low = 0;

  /** Starts a row. */
  begin(): void {
    this.words = 0;
    this.rolling = 0;
    this.high = 0x9e3779b9;
    this.low = 0x85ebca6b;
    this.recent.fill(0);
  }

  /**
   * Reads one message.
   * @param mark a number that stands for the message's role
   * @param isCompared false for a text that does not count for similarity: all rows can have the same system message
   */
  text(text: string, mark: number, isCompared: boolean): void {
    const { kinds } = this;
    let digits = 0;
    let hasAt = false;
    let hasKeyWord = false;
    let hasWord = false;
    const end = text.length;
    let index = 0;
    this.print(mark);
    while (index < end) {
      let code = text.charCodeAt(index);
      let kind = kinds[code] as number;
      if ((kind & wordPart) !== 0) {
        const from = index;
        let word = 0;
        let cases = 0;
        let wordDigits = 0;
        do {
          // This bit distinguishes upper and lower case in the alphabets that have them.
          word = Math.imul(word ^ (code | 0x20), 0x5bd1e995) + 1;
          cases = ((cases << 1) | (cases >>> 31)) ^ (code & 0x20);
          wordDigits += kind >> 1;
          if (++index === end) break;
          code = text.charCodeAt(index);
          kind = kinds[code] as number;
        } while ((kind & wordPart) !== 0);
        const length = index - from;
        if (length >= shortestKeyWord) {
          const isMixed = wordDigits > 0 && wordDigits < length;
          if (isMixed || length >= veryLongWord) hasKeyWord = true;
        }
        digits += wordDigits;
        hasWord = true;
        this.print(word ^ Math.imul(cases, 0x01000193));
        if (isCompared) this.addWord(word);
        continue;
      }
      index++;
      if (kind === space) continue;
      this.print(code);
      if (kind === wholeWord) {
        hasWord = true;
        if (isCompared) this.addWord(mixed(code));
      } else if (code === 0x40) hasAt = true;
    }
    this.traits = { digits, hasAt, hasKeyWord, hasWord };
  }

  /** A 53-bit fingerprint of the texts so far. Among 500,000 rows the probability of a collision is 1 in 70,000. */
  fingerprint(): number {
    const high = mixed(this.high ^ (this.low >>> 16));
    const low = mixed(high ^ this.low);
    return (high >>> 11) * 0x1_0000_0000 + (low >>> 0);
  }

  private print(value: number): void {
    this.high = Math.imul(this.high ^ value, 0x9e3779b1);
    this.high ^= this.high >>> 15;
    this.low = Math.imul(this.low ^ value, 0x5f356495);
    this.low ^= this.low >>> 13;
  }

  /** Ends a row and writes its sketch. Returns false for a row with few words. */
  end(into: Uint8Array, at: number): boolean {
    return this.sketcher.finish(into, at) && this.words >= fewestWords;
  }

  private addWord(word: number): void {
    const at = this.words++ % shingleWords;
    this.rolling = (Math.imul(this.rolling, base) + word - Math.imul(this.recent[at] as number, leaving)) | 0;
    this.recent[at] = word;
    if (this.words >= shingleWords) this.sketcher.add(mixed(this.rolling));
  }
}
