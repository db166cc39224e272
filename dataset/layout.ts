import { cardSubsets, type CardSubset } from "./card";
import { DatasetError } from "./errors";
import type { HubClient, HubFile } from "./hub";
import { inferSplits, matcher } from "./patterns";
import type { DatasetRequest } from "./request";

/** One parquet file of a split. */
export interface Shard extends HubFile {
  url: string;
}

/** The files of one subset of a data set at one commit. */
export interface Layout {
  dataset: string;
  subset: string;
  /** Commit at which the rows are read. It identifies the data. Of local files: a hash. */
  commit: string;
  /** Commit of the data set itself. It differs from `commit` when the converted branch is read. */
  repositoryCommit: string;
  /** `repository`: parquet files of the data set itself. `converted`: the hub's own conversion. */
  source: "repository" | "converted";
  /** True if the hub reports the data set as neither private nor gated. */
  isPublic: boolean;
  splits: Map<string, Shard[]>;
}

type LayoutRequest = Pick<DatasetRequest, "name" | "subset" | "revision">;

const convertedBranch = "refs/convert/parquet";

/**
 * Finds the parquet files of a subset: the data set's own files, by the `configs` of its card or by their
 * names. A data set without parquet files (CSV, JSON, …) is read from the hub's converted branch, which
 * exists only for `main`.
 */
export async function findLayout(hub: HubClient, request: LayoutRequest): Promise<Layout> {
  const { name: dataset, revision } = request;
  const { commit: repositoryCommit, isPublic } = await hub.info(dataset, revision);
  const [readme, files] = await Promise.all([
    hub.text(dataset, repositoryCommit, "README.md"),
    hub.files(dataset, repositoryCommit),
  ]);
  const isConverted = isConvertedTree(files);
  const own = isConverted
    ? []
    : subsetsOf(cardSubsets(readme), files).filter(({ splits }) => splits.size > 0);
  const layoutOf = (
    commit: string,
    source: Layout["source"],
    { name: subset, splits }: FoundSubset,
  ): Layout => {
    const shard = (file: HubFile): Shard => ({ ...file, url: hub.fileUrl(dataset, commit, file.path) });
    const shards = new Map([...splits].map(([split, found]) => [split, found.map(shard)]));
    return { dataset, subset, commit, repositoryCommit, source, isPublic, splits: shards };
  };
  if (own.length > 0) return layoutOf(repositoryCommit, "repository", pickSubset(own, request));
  const commit = isConverted ? repositoryCommit : await convertedCommit(hub, request, repositoryCommit);
  const converted = convertedSubsets(isConverted ? files : await hub.files(dataset, commit));
  if (converted.length === 0) throw noParquet(dataset, "its converted branch is empty");
  const picked = pickSubset(converted, request);
  const partial = [...picked.splits.keys()].find((name) => name.startsWith("partial-"));
  if (partial) {
    // The hub converts only the first gigabytes of very large data sets. A percentage of that part is not the
    // requested slice.
    throw noParquet(
      dataset,
      `the hub converted only the beginning of split "${partial.slice("partial-".length)}"`,
    );
  }
  return layoutOf(commit, "converted", picked);
}

/** A subset, and the files of its splits. */
interface FoundSubset {
  name: string;
  isDefault: boolean;
  splits: Map<string, HubFile[]>;
}

function subsetsOf(card: CardSubset[], files: HubFile[]): FoundSubset[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const parquet = [...byPath.keys()].filter((path) => path.endsWith(".parquet")).sort();
  const matching = (globs: string[]): string[] => {
    const matchers = globs.map(matcher);
    return parquet.filter((path) => matchers.some((matches) => matches(path)));
  };
  const listed =
    card.length > 0 ? card : [{ name: "default", isDefault: true, patterns: undefined, directory: "" }];
  return listed.map(({ name, isDefault, patterns, directory }) => {
    const paths = patterns
      ? [...patterns].map(([split, globs]) => [split, matching(globs)] as const)
      : inferSplits(parquet.filter((path) => !directory || path.startsWith(`${directory}/`)));
    const splits = new Map<string, HubFile[]>();
    for (const [split, found] of paths)
      if (found.length > 0)
        splits.set(
          split,
          found.flatMap((path) => byPath.get(path) ?? []),
        );
    return { name, isDefault, splits };
  });
}

/** The subsets of the hub's converted branch. */
function convertedSubsets(files: HubFile[]): FoundSubset[] {
  const subsets = new Map<string, FoundSubset>();
  for (const file of files.sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const [, name = "", split = ""] = /^([^/]+)\/([^/]+)\/[^/]+\.parquet$/.exec(file.path) ?? [];
    if (!name) continue;
    const { splits } = subsets.get(name) ?? { splits: new Map<string, HubFile[]>() };
    subsets.set(name, { name, isDefault: false, splits });
    splits.set(split, [...(splits.get(split) ?? []), file]);
  }
  return [...subsets.values()];
}

/** The requested subset. Without one: the card's default, the one called `default`, or the only one. */
function pickSubset(subsets: FoundSubset[], request: LayoutRequest): FoundSubset {
  const chosen =
    request.subset === undefined
      ? (subsets.find(({ isDefault }) => isDefault) ??
        subsets.find(({ name }) => name === "default") ??
        (subsets.length === 1 ? subsets[0] : undefined))
      : subsets.find(({ name }) => name === request.subset);
  if (chosen) return chosen;
  const names = subsets.map(({ name }) => name);
  const list = names.slice(0, 20).join(", ") + (names.length > 20 ? ", …" : "");
  throw new DatasetError(
    "SubsetNotFound",
    request.subset === undefined
      ? `data set ${request.name} has ${names.length} subsets and no default`
      : `data set ${request.name} has no subset ${JSON.stringify(request.subset)}`,
    `Set --dataset_subset to one of: ${list}.`,
  );
}

/**
 * Whether these are the files of the hub's converted branch: only `<subset>/<split>/0000.parquet` and git's
 * own files.
 */
function isConvertedTree(files: HubFile[]): boolean {
  const content = files.filter((file) => !file.path.startsWith(".git"));
  return content.length > 0 && content.every((file) => /^[^/]+\/[^/]+\/\d{4}\.parquet$/.test(file.path));
}

async function convertedCommit(hub: HubClient, request: LayoutRequest, ownCommit: string): Promise<string> {
  const { name: dataset, revision } = request;
  const [converted, main] = await Promise.all([
    hub.info(dataset, convertedBranch),
    hub.info(dataset, "main"),
  ]).catch((error: unknown) => {
    if (!(error instanceof DatasetError) || error.code !== "RevisionNotFound") throw error;
    throw noParquet(dataset, "it has no parquet files, and the hub has not converted it", error);
  });
  // The converted branch follows `main`. An older conversion is requested by its own commit, which the
  // manifest names.
  if (main.commit === ownCommit) return converted.commit;
  throw noParquet(
    dataset,
    `it has no parquet files at ${revision}, and the hub converts only its main branch`,
  );
}

function noParquet(dataset: string, why: string, cause?: unknown): DatasetError {
  return new DatasetError(
    "NoParquet",
    `data set ${dataset} cannot be read as parquet: ${why}`,
    "Choose another --dataset or --revision, or a repository whose data are parquet files.",
    { cause },
  );
}

/** The requested splits in the data set's order; all splits when none is named. */
export function pickSplits(
  { dataset, subset, splits: known }: { dataset: string; subset: string; splits: string[] },
  requested: readonly string[] | undefined,
): string[] {
  const unknown = (requested ?? []).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new DatasetError(
      "SplitNotFound",
      `data set ${dataset} (subset ${subset}) has no split ${unknown.map((name) => JSON.stringify(name)).join(", ")}`,
      `Set --splits to some of: ${known.join(", ")}.`,
    );
  }
  return requested ? known.filter((name) => requested.includes(name)) : known;
}
