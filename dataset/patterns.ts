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
  const sharded = grouped(paths, (path) => /^(?:.*\/)?data\/(\w[\w.]*)-\d{5}-of-\d{5}[^/]*$/.exec(path)?.[1]);
  if (sharded.size > 0) return sharded;
  const named = grouped(paths, (path) => {
    const found = keywords.find(([, words]) =>
      new RegExp(`(?:^|[/._ -])(?:${words})(?:[/._ 0-9-])`, "i").test(path),
    );
    return found?.[0];
  });
  if (named.size > 0) return inKeywordOrder(named);
  return paths.length > 0 ? new Map([["train", [...paths].sort()]]) : new Map();
}

function inKeywordOrder(splits: Map<string, string[]>): Map<string, string[]> {
  return new Map(
    keywords.flatMap(([name]) => (splits.has(name) ? [[name, splits.get(name) ?? []] as const] : [])),
  );
}

function grouped(
  paths: readonly string[],
  splitOf: (path: string) => string | undefined,
): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const path of [...paths].sort()) {
    const split = splitOf(path);
    if (split) groups.set(split, [...(groups.get(split) ?? []), path]);
  }
  return groups;
}
