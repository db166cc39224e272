import type { Command, Values } from "./command";

/** What a check found. */
export type Finding =
  { state: "exists"; value?: string } | { state: "missing" } | { state: "differs"; detail: string };

/**
 * Something that a subscription needs once. The check only reads. A step without `create` only looks up a value that other
 * steps need.
 */
export interface Step {
  /** Unique; `after` refers to it. */
  id: string;
  /** What it is, with its name. */
  title: string;
  /** Why it is needed, one sentence without a final period. */
  reason: string;
  /** Steps that must exist before this one can be checked or created. */
  after: readonly string[];
  check: Command;
  /** @param output of the check, without space at the ends. */
  read(output: string, values: Values): Finding;
  create?: Command;
  /** Corrects what differs. Without it a person must decide. */
  update?: Command;
  /** Name of the value that check and create print. */
  captures?: string;
}

/** For checks that print `true` or `false`. */
export const whenTrue = (output: string): Finding => ({
  state: output.toLowerCase() === "true" ? "exists" : "missing",
});

/** For checks that print nothing if it does not exist. */
export const whenPrinted = (output: string): Finding =>
  output === "" ? { state: "missing" } : { state: "exists", value: output };

/** For checks that print one name a line. */
export const whenListed =
  (name: string) =>
  (output: string): Finding => ({
    state: output.split(/\s+/).some((line) => line.toLowerCase() === name.toLowerCase())
      ? "exists"
      : "missing",
  });
