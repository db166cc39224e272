/** Kinds of errors of the data step. Callers use the code instead of parsing messages. */
type DatasetErrorCode =
  | "Usage"
  | "DatasetNotFound"
  | "RevisionNotFound"
  | "SubsetNotFound"
  | "SplitNotFound"
  | "NoParquet"
  | "AccessDenied"
  | "HubUnreachable"
  | "HubRefused"
  | "HubAnswer"
  | "CorruptParquet"
  | "SchemaMismatch"
  | "BadRow"
  | "EmptySlice"
  | "Quality"
  | "BadFile"
  | "Engine"
  | "LongRow"
  | "Tokenizer"
  | "OutputDirectory"
  | "Locked"
  | "Interrupted";

/** An error for a person: `message` says what was seen and what is allowed, `remedy` says what to do next. */
export class DatasetError extends Error {
  constructor(
    readonly code: DatasetErrorCode,
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "DatasetError";
  }
}

/**
 * Process exit code: 2 for a wrong command line, 130 for an interruption (as in shells), 1 for everything
 * else.
 */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof DatasetError)) return 1;
  if (error.code === "Usage") return 2;
  return error.code === "Interrupted" ? 130 : 1;
}

/** Codes whose message needs no cause. */
const withoutCause: readonly DatasetErrorCode[] = ["Usage", "Interrupted"];

/**
 * The text shown to a person: no stack trace, and the innermost cause where it adds something to the message.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof DatasetError)) {
    const message = `error: ${errorLike(error)?.message ?? String(error)}`;
    // EMFILE can occur wherever a file is opened, also a file of the program itself.
    return errnoOf(error) === "EMFILE" ? `${message}\n  what to do: ${remedies.EMFILE}` : message;
  }
  const lines = [`error [${error.code}]: ${error.message}`];
  const cause = withoutCause.includes(error.code) ? undefined : innermostCause(error);
  if (cause && !error.message.includes(cause)) lines.push(`  cause: ${cause}`);
  lines.push(`  what to do: ${error.remedy}`);
  return lines.join("\n");
}

/** The properties of an error that this module reads. */
interface ErrorLike {
  name?: string;
  message?: string;
  code?: unknown;
  cause?: unknown;
  errors?: unknown;
}

/**
 * Recognizes an error by its shape. Errors of the platform (fetch, fs) can come from another realm (test
 * runners, vm contexts), where `instanceof` fails.
 */
export function errorLike(value: unknown): ErrorLike | undefined {
  const isError =
    typeof value === "object" && value !== null && typeof (value as ErrorLike).message === "string";
  return isError ? (value as ErrorLike) : undefined;
}

function innermostCause(error: Error): string | undefined {
  let text: string | undefined;
  for (let current = errorLike(error.cause); current; current = errorLike(current.cause)) {
    if (current.message) text = current.message;
  }
  return text;
}

/** Remedies for failures of the file system, by errno name. */
const remedies: Record<string, string> = {
  EACCES: "Give write permission on the directory, or choose another with --download_dir.",
  EPERM: "Give write permission on the directory, or choose another with --download_dir.",
  EROFS: "The file system is read-only: choose another directory with --download_dir.",
  ENOTDIR: "A part of the path is a file: choose another directory with --download_dir.",
  EEXIST: "The path is a file: choose another directory with --download_dir.",
  EISDIR: "A directory has the name of the file: move it, or choose another --download_dir.",
  ENOSPC: "Free space on the disk (or take a smaller --dataset_split_pc) and run again: it resumes.",
  EDQUOT: "Free space in the quota (or take a smaller --dataset_split_pc) and run again: it resumes.",
  ENOENT:
    "The directory does not exist and cannot be created (read-only file system, or removed during the run): choose another --download_dir.",
  EFBIG:
    "Raise the limit of file sizes (ulimit -f), or choose a file system that takes larger files, and run again: it resumes.",
  EIO: "The disk reports an error: choose another directory with --download_dir.",
  ENAMETOOLONG: "Choose a shorter --download_dir.",
  EMFILE: "Raise the limit of open files (ulimit -n) and run again: it resumes.",
};

/**
 * Converts a file-system failure below the download directory to a `DatasetError`. Returns any other error
 * unchanged.
 */
export function fileSystemError(error: unknown, path: string): unknown {
  const code = errnoOf(error);
  const remedy = code ? remedies[code] : undefined;
  if (!code || !remedy) return error;
  return new DatasetError("OutputDirectory", `cannot write ${path} (${code})`, remedy, { cause: error });
}

/** The errno name (`ENOENT`, `ECONNREFUSED`, …) of an error or of one of its causes. */
export function errnoOf(error: unknown): string | undefined {
  let current = errorLike(error);
  while (current) {
    if (typeof current.code === "string") return current.code;
    // A host with several addresses fails with one error per address.
    const first: unknown = Array.isArray(current.errors) ? current.errors[0] : undefined;
    current = errorLike(first ?? current.cause);
  }
  return undefined;
}
