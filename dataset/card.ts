import { parse } from "yaml";

/** One subset ("config") of a data set card: the file patterns of each split. */
export interface CardSubset {
  name: string;
  isDefault: boolean;
  /** Patterns by split, in the card's order; undefined when the card lists none and the file names decide. */
  patterns: Map<string, string[]> | undefined;
  /** Directory of the files, without trailing slash; "" is the root of the repository. */
  directory: string;
}

/**
 * Reads the `configs` of the YAML header of a data set's README.md. Returns an empty list when there is no
 * header, no `configs` or unreadable YAML.
 */
export function cardSubsets(readme: string | undefined): CardSubset[] {
  const header = readme && /^---\r?\n([\s\S]*?)\r?\n---/.exec(readme)?.[1];
  if (!header) return [];
  let card: unknown;
  try {
    card = parse(header);
  } catch {
    return []; // The hub ignores a broken header as well: the file names decide.
  }
  const configs = (card as { configs?: unknown } | null)?.configs;
  if (!Array.isArray(configs)) return [];
  return configs.flatMap((config: Record<string, unknown> | null) => {
    if (typeof config?.config_name !== "string") return [];
    const directory = typeof config.data_dir === "string" ? config.data_dir.replace(/^\.?\/+|\/+$/g, "") : "";
    const patterns = readPatterns(config.data_files, directory);
    return [{ name: config.config_name, isDefault: config.default === true, patterns, directory }];
  });
}

/** `data_files` is a pattern, a list of patterns (both mean `train`), a list of `{split, path}`, or a map from split to patterns. */
function readPatterns(dataFiles: unknown, directory: string): Map<string, string[]> | undefined {
  const inDirectory = (pattern: string): string => (directory ? `${directory}/${pattern}` : pattern);
  const texts = (value: unknown): string[] =>
    (Array.isArray(value) ? value : [value]).filter((one) => typeof one === "string").map(inDirectory);
  if (dataFiles === undefined || dataFiles === null) return undefined;
  if (typeof dataFiles === "string") return new Map([["train", texts(dataFiles)]]);
  if (!Array.isArray(dataFiles)) {
    return new Map(Object.entries(dataFiles).map(([split, patterns]) => [split, texts(patterns)]));
  }
  if (dataFiles.every((one) => typeof one === "string")) return new Map([["train", texts(dataFiles)]]);
  return new Map(
    dataFiles.flatMap((one: { split?: unknown; path?: unknown } | null) =>
      typeof one?.split === "string" ? [[one.split, texts(one.path)] as const] : [],
    ),
  );
}
