/** Rows of a split whose language is detected, and characters of each that are considered. */
export const sampledRows = 200;
const consideredCharacters = 300;
/** A shorter text has no reliable language. */
const shortestText = 12;

/** Languages of a sample of rows: number of rows by ISO 639-1 code, most frequent first. */
export interface LanguageFacts {
  sampled: number;
  /** Texts that are too short, or whose language is not certain, count as `unknown`. */
  rows: Record<string, number>;
}

/** Detects the languages of texts. The library contains its data: nothing is fetched. */
export async function languagesOf(texts: readonly string[]): Promise<LanguageFacts> {
  const { eld } = await import("eld/extrasmall");
  const counts = new Map<string, number>();
  for (const text of texts) {
    const part = text.slice(0, consideredCharacters);
    const result = part.trim().length < shortestText ? undefined : eld.detect(part);
    const language = result?.isReliable() ? result.language : "unknown";
    counts.set(language, (counts.get(language) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return { sampled: texts.length, rows: Object.fromEntries(sorted) };
}
