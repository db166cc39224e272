/** Stated in Microsoft's documentation; observed in the service's answers or clients; inferred. */
export type Confidence = "documented" | "observed" | "inferred";

/** One assumption about Azure, as data. */
export interface Fact {
  /** One sentence without a final period. */
  readonly statement: string;
  readonly confidence: Confidence;
  /** File and repository, page, or package and version. */
  readonly source: string;
}

/** Facts by id. An id is stable: `--only`, transcripts and `confirmed.json` refer to it. */
export type Facts = Readonly<Record<string, Fact>>;
