import { DatasetError, describeError, errnoOf, exitCodeOf, fileSystemError } from "../../dataset/errors";

const failure = (code: string): Error => Object.assign(new Error(`${code}: failed`), { code });

describe("errors of the data step", () => {
  test.each([
    ["ENOSPC", "Free space on the disk"],
    ["EROFS", "read-only"],
    ["EACCES", "write permission"],
    ["ENOTDIR", "is a file"],
    ["EDQUOT", "quota"],
    ["ENOENT", "cannot be created"],
    ["EFBIG", "ulimit -f"],
    ["EIO", "The disk reports an error"],
  ])("a file system's %s names the path and the remedy", (code, remedy) => {
    const error = fileSystemError(failure(code), "/data/x.jsonl");
    expect(describeError(error)).toContain(`error [OutputDirectory]: cannot write /data/x.jsonl (${code})`);
    expect(describeError(error)).toContain(remedy);
    expect(exitCodeOf(error)).toBe(1);
  });

  test("other failures are returned unchanged", () => {
    const error = failure("EBUSY");
    expect(fileSystemError(error, "/x")).toBe(error);
    expect(describeError(error)).toBe("error: EBUSY: failed");
  });

  test("print the innermost cause once", () => {
    const cause = new Error("outer", { cause: new Error("socket closed") });
    const text = describeError(
      new DatasetError("HubUnreachable", "cannot reach it", "Try again.", { cause }),
    );
    expect(text).toBe(
      "error [HubUnreachable]: cannot reach it\n  cause: socket closed\n  what to do: Try again.",
    );
    const complete = new DatasetError("HubAnswer", "bad: socket closed", "Try again.", { cause });
    expect(describeError(complete)).not.toContain("cause:");
  });

  test("print the remedy for too many open files, whichever file it was", () => {
    expect(describeError(failure("EMFILE"))).toBe(
      "error: EMFILE: failed\n  what to do: Raise the limit of open files (ulimit -n) and run again: it resumes.",
    );
  });

  test("print no cause for a wrong command line or an interruption", () => {
    for (const code of ["Usage", "Interrupted"] as const) {
      const error = new DatasetError(code, "unknown option --x", "See --help.", {
        cause: new Error("Unknown"),
      });
      expect(describeError(error)).not.toContain("cause:");
    }
  });

  test("are recognized by errno at any depth, also for a host with several addresses", () => {
    expect(errnoOf(new TypeError("fetch failed", { cause: failure("ENOTFOUND") }))).toBe("ENOTFOUND");
    expect(errnoOf(new AggregateError([failure("ECONNREFUSED")]))).toBe("ECONNREFUSED");
    expect(errnoOf("nothing")).toBeUndefined();
  });

  test("have the exit codes that shells expect", () => {
    expect(exitCodeOf(new DatasetError("Usage", "", ""))).toBe(2);
    expect(exitCodeOf(new DatasetError("Interrupted", "", ""))).toBe(130);
    expect(exitCodeOf(new Error())).toBe(1);
  });
});
