import { Minimatch } from "minimatch";

/**
 * Matches the file patterns of data set cards and of the `datasets` library: `*` stays within a directory,
 * `**` crosses directories; `?`, `[0-9]` and `{a,b}` as in a shell.
 */
export function matcher(pattern: string): (path: string) => boolean {
  const glob = new Minimatch(pattern.replace(/^\.?\//, ""), {
    dot: true,
    // These forms of a shell are ordinary characters in a card.
    noext: true,
    nonegate: true,
    nocomment: true,
    platform: "linux",
  });
  return (path) => glob.match(path);
}

const keywords: ReadonlyArray<readonly [split: string, words: string]> = [
  ["train", "train|training"],
  ["validation", "validation|valid|dev|val"],
  ["test", "test|testing|eval|evaluation"],
];

/**
 * Infers splits from file names when a card lists none, in the order of the `datasets` library:
 * `data/<split>-00000-of-00003*`, then the usual words in directory or file names, then everything as
 * `train`. Paths are sorted.
 */
export function inferSplits(paths: readonly string[]): Map<string, string[]> {
  const splits = new Map<string, string[]>();
  let rest = [...paths].sort();
  for (const path of rest) {
    const split = /^(?:.*\/)?data\/(\w[\w.]*)-\d{5}-of-\d{5}[^/]*$/.exec(path)?.[1];
    if (split) splits.set(split, [...(splits.get(split) ?? []), path]);
  }
  if (splits.size > 0 || rest.length === 0) return splits;
  for (const [split, words] of keywords) {
    const named = new RegExp(`(?:^|[/._ -])(?:${words})(?:[/._ 0-9-])`, "i");
    const found = rest.filter((path) => named.test(path));
    if (found.length > 0) splits.set(split, found);
    rest = rest.filter((path) => !named.test(path));
  }
  return splits.size > 0 ? splits : new Map([["train", rest]]);
}
