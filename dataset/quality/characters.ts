/** Kinds of UTF-16 code units. `letter` and `digit` are parts of words. */
export const separator = 0;
export const letter = 1;
/** 0 to 9. */
export const digit = 2;
/** A word by itself: scripts that put no spaces between words. */
export const wholeWord = 4;
/** White space, which no comparison of texts considers. */
export const space = 8;

let kinds: Uint8Array | undefined;

/** The kind of each code unit. The table is created once, at the first use. */
export function characterKinds(): Uint8Array {
  return (kinds ??= Uint8Array.from({ length: 0x10000 }, (_, code) => kindOf(code)));
}

const isWord = /[\p{L}\p{N}\p{M}_]/u;
const standsAlone =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

function kindOf(code: number): number {
  // A surrogate is half of a rare letter or of an emoji.
  if (code >= 0xd800 && code < 0xe000) return letter;
  if (code >= 0x30 && code <= 0x39) return digit;
  const character = String.fromCharCode(code);
  if (standsAlone.test(character)) return wholeWord;
  if (isWord.test(character)) return letter;
  return /\s/.test(character) ? space : separator;
}
