/** A command that has ended, with all that it printed. */
interface Ended {
  /** Null: ended by a signal. */
  code: number | null;
  all: string;
}

/** Checks that a command has ended well. A failure shows its exit code and everything that it printed. */
export function expectSuccess({ code, all }: Ended): void {
  expect({ code, printed: code === 0 ? "" : all }).toEqual({ code: 0, printed: "" });
}

/** Checks that a command has failed. Otherwise shows everything that it printed. */
export function expectFailure({ code, all }: Ended): void {
  expect({ hasFailed: code !== 0, printed: code === 0 ? all : "" }).toEqual({ hasFailed: true, printed: "" });
}
