/**
 * GitHub's published description of its API, as types (npm @octokit/openapi-types 29.0.1, generated from github/rest-api-description). The
 * type checker compares the bodies and addresses of these tests, and what the program reads, with them.
 */
import type { operations, paths } from "@octokit/openapi-types";
import type { z } from "zod";
import type { gitHubAnswers } from "../../../operations/pipeline/github";

type Json<T> = T extends { content: { "application/json": infer Body } } ? Body : never;

/** JSON has no big integers: the description's `number | bigint` is a number here. */
type Plain<T> = T extends bigint
  ? never
  : T extends readonly (infer Item)[]
    ? Plain<Item>[]
    : T extends object
      ? { [Name in keyof T]: Plain<T[Name]> }
      : T;

/** The body that a request of this operation must have. */
export type Sends<Name extends keyof operations> = operations[Name] extends { requestBody?: infer Body }
  ? Plain<Json<NonNullable<Body>>>
  : never;

/** The body of an answer with this status. */
type Answers<Name extends keyof operations, Status extends number> = operations[Name] extends {
  responses: Record<Status, infer Answer>;
}
  ? Plain<Json<Answer>>
  : never;

/** What an answer of a test takes from the whole one. A list has as many as it likes. */
export type Part<Name extends keyof operations, Status extends number> =
  Answers<Name, Status> extends (infer Item)[] ? Partial<Item>[] : Partial<Answers<Name, Status>>;

type Readers = typeof gitHubAnswers;
/** `true` if the program's reader takes every answer that GitHub describes. */
type Reads<Reader extends keyof Readers, Whole> = [Whole] extends [never]
  ? "no such operation or status"
  : Whole extends z.input<Readers[Reader]>
    ? true
    : "the reader refuses what GitHub describes";

/** Fails the type check, and only that, if a reader expects something else than GitHub describes. */
export const read: [
  Reads<"comment", Answers<"issues/list-comments", 200>[number]>,
  Reads<"comment", Answers<"issues/create-comment", 201>>,
  Reads<"comment", Answers<"issues/update-comment", 200>>,
  Reads<"issue", Answers<"issues/list-for-repo", 200>[number]>,
  Reads<"issue", Answers<"issues/create", 201>>,
  Reads<"pull", Answers<"pulls/list", 200>[number]>,
  Reads<"pull", Answers<"pulls/create", 201>>,
  Reads<"repository", Answers<"repos/get", 200>>,
  Reads<"reference", Answers<"git/get-ref", 200>>,
  // Of a path that is a file: a folder is a list.
  Reads<"contents", Extract<Answers<"repos/get-content", 200>, { type: "file" }>>,
] = [true, true, true, true, true, true, true, true, true, true];

type Methods<Path extends keyof paths> = {
  [Method in keyof paths[Path]]: paths[Path][Method] extends { responses: unknown } ? Method : never;
}[keyof paths[Path]];

/** `METHOD /address` of an operation in the repository `o/r`, as a server receives it. */
export function request<Path extends keyof paths>(
  method: Uppercase<Methods<Path> & string>,
  path: Path,
  values: Record<string, string | number> = {},
): string {
  const all: Record<string, string | number> = { owner: "o", repo: "r", ...values };
  return `${method} ${path.replace(/\{(\w+)\}/g, (_all, name: string) => String(all[name]))}`;
}
