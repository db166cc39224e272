import { cardSubsets, type CardSubset } from "./card";
import { DatasetError } from "./errors";
import type { HubClient, HubFile } from "./hub";
import { inferSplits, matcher } from "./patterns";
import type { DatasetRequest } from "./request";

/** One parquet file of a split. */
export interface Shard {
  path: string;
  size: number;
  url: string;
}

/** The files of one subset of a data set at one commit. */
export interface Layout {
  dataset: string;
  subset: string;
  /** Commit at which the rows are read. It identifies the data. */
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
  const { commit, isPublic } = await hub.info(request.name, request.revision);
  const [readme, files] = await Promise.all([
    hub.text(request.name, commit, "README.md"),
    hub.files(request.name, commit, ""),
  ]);
  if (isConvertedTree(files))
    return convertedLayout(hub, request, { commit, repositoryCommit: commit, isPublic });
  const subsets = subsetsOf(cardSubsets(readme), files);
  const own = subsets.filter((subset) => subset.splits.size > 0);
  if (own.length === 0) {
    return convertedLayout(hub, request, {
      commit: await convertedCommit(hub, request, commit),
      repositoryCommit: commit,
      isPublic,
    });
  }
  const subset = pickSubset(
    own.map(({ name }) => name),
    request,
    subsets.find((one) => one.isDefault)?.name,
  );
  const chosen = own.find(({ name }) => name === subset);
  const splits = new Map<string, Shard[]>();
  for (const [split, found] of chosen?.splits ?? []) {
    splits.set(
      split,
      found.map((file) => ({ ...file, url: hub.fileUrl(request.name, commit, file.path) })),
    );
  }
  const place = { dataset: request.name, subset, commit, repositoryCommit: commit };
  return { ...place, source: "repository", isPublic, splits };
}

interface FoundSubset {
  name: string;
  isDefault: boolean;
  splits: Map<string, HubFile[]>;
}

function subsetsOf(card: CardSubset[], files: HubFile[]): FoundSubset[] {
  const parquet = files.filter((file) => file.path.endsWith(".parquet"));
  const byPath = new Map(parquet.map((file) => [file.path, file]));
  const pick = (paths: string[]): HubFile[] => paths.flatMap((path) => byPath.get(path) ?? []);
  const listed =
    card.length > 0 ? card : [{ name: "default", isDefault: true, patterns: undefined, directory: "" }];
  return listed.map(({ name, isDefault, patterns, directory }) => {
    const splits = new Map<string, HubFile[]>();
    if (patterns) {
      for (const [split, globs] of patterns) {
        const matchers = globs.map(matcher);
        const found = [...byPath.keys()].filter((path) => matchers.some((matches) => matches(path))).sort();
        if (found.length > 0) splits.set(split, pick(found));
      }
    } else {
      const inside = [...byPath.keys()].filter((path) => !directory || path.startsWith(`${directory}/`));
      for (const [split, paths] of inferSplits(inside)) splits.set(split, pick(paths));
    }
    return { name, isDefault, splits };
  });
}

/** The requested subset. Without one: the card's default, the one called `default`, or the only one. */
function pickSubset(names: string[], request: LayoutRequest, cardDefault?: string): string {
  const requested =
    request.subset ??
    names.find((name) => name === cardDefault) ??
    names.find((name) => name === "default") ??
    (names.length === 1 ? names[0] : undefined);
  if (requested !== undefined && names.includes(requested)) return requested;
  const list = names.slice(0, 20).join(", ") + (names.length > 20 ? ", …" : "");
  throw new DatasetError(
    "SubsetNotFound",
    requested === undefined
      ? `data set ${request.name} has ${names.length} subsets and no default`
      : `data set ${request.name} has no subset ${JSON.stringify(requested)}`,
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

async function convertedLayout(
  hub: HubClient,
  request: LayoutRequest,
  { commit, repositoryCommit, isPublic }: Pick<Layout, "commit" | "repositoryCommit" | "isPublic">,
): Promise<Layout> {
  const { name: dataset } = request;
  const files = await hub.files(dataset, commit, "");
  const subsets = new Map<string, Map<string, Shard[]>>();
  for (const file of files.sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const [, subset = "", split = ""] = /^([^/]+)\/([^/]+)\/[^/]+\.parquet$/.exec(file.path) ?? [];
    if (!subset) continue;
    const splits = subsets.get(subset) ?? new Map<string, Shard[]>();
    subsets.set(subset, splits);
    splits.set(split, [
      ...(splits.get(split) ?? []),
      { ...file, url: hub.fileUrl(dataset, commit, file.path) },
    ]);
  }
  if (subsets.size === 0) throw noParquet(dataset, "its converted branch is empty");
  const subset = pickSubset([...subsets.keys()], request);
  const splits = subsets.get(subset) ?? new Map<string, Shard[]>();
  const partial = [...splits.keys()].find((name) => name.startsWith("partial-"));
  if (partial) {
    // The hub converts only the first gigabytes of very large data sets. A percentage of that part is not the
    // requested slice.
    throw noParquet(
      dataset,
      `the hub converted only the beginning of split "${partial.slice("partial-".length)}"`,
    );
  }
  return { dataset, subset, commit, repositoryCommit, source: "converted", isPublic, splits };
}

async function convertedCommit(hub: HubClient, request: LayoutRequest, ownCommit: string): Promise<string> {
  const { name: dataset, revision } = request;
  let commit: string;
  let main: string;
  try {
    [commit, main] = await Promise.all([
      hub.commitOf(dataset, convertedBranch),
      hub.commitOf(dataset, "main"),
    ]);
  } catch (error) {
    if (!(error instanceof DatasetError) || error.code !== "RevisionNotFound") throw error;
    throw noParquet(dataset, "it has no parquet files, and the hub has not converted it", error);
  }
  // The converted branch follows `main`. An older conversion is requested by its own commit, which the
  // manifest names.
  if (main === ownCommit) return commit;
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
