/** Texts that stand for a missing answer, in lower case. */
const placeholders = new Set([
  "n/a",
  "na",
  "none",
  "null",
  "nan",
  "nil",
  "undefined",
  "todo",
  "tbd",
  "no answer",
]);
const longestPlaceholder = 12;

/** True for an answer without a letter or digit, and for a text that stands for a missing answer. */
export function isEmptyAnswer(text: string, hasWord: boolean): boolean {
  if (!hasWord) return true;
  if (text.length > longestPlaceholder) return false;
  return placeholders.has(text.trim().replace(/\.$/, "").toLowerCase());
}

/** How refusals begin, in English. */
const refusal = new RegExp(
  [
    String.raw`^\s*(?:i['’]?m |i am )?(?:very |really |so |terribly )?(?:sorry|afraid|apologi[sz]e)[^.!?]{0,60}\b(?:can(?:no|['’])t|can not|unable|not able|won['’]t|will not)\b`,
    String.raw`^\s*(?:unfortunately, )?i (?:can(?:no|['’])t|can not|won['’]t|will not|am unable to|am not able to) (?:help|assist|answer|provide|comply|fulfil+|do that|discuss|create|generate|write|support)`,
    String.raw`^\s*(?:i['’]?m sorry, (?:but )?)?as an? (?:ai|artificial intelligence|(?:large )?language model)\b[^.!?]{0,80}\b(?:can(?:no|['’])t|can not|unable|not able|do not|don['’]t|am not)\b`,
    String.raw`^\s*my (?:apologies|programming)[^.!?]{0,60}\b(?:can(?:no|['’])t|unable|not able|prevents?)\b`,
  ].join("|"),
  "i",
);

/** Characters in which a refusal shows. */
const opening = 240;

/** True for an answer that begins as refusals in English do. */
export function isRefusal(text: string): boolean {
  return refusal.test(text.slice(0, opening));
}
