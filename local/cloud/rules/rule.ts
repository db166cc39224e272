/** Rules of the real service that the local cloud enforces; each has one home. `catalog.ts` lists them. */

/** Stated in Azure's documentation; observed in the service's answers or clients; inferred. */
export type Confidence = "documented" | "observed" | "inferred";

export interface RuleFacts {
  readonly statement: string;
  readonly confidence: Confidence;
  readonly source: string;
}

/** A check that throws an ArmError if the rule is violated. */
type Rule<Given extends unknown[], Result = void> = ((...given: Given) => Result) & {
  readonly facts: RuleFacts;
};

export function rule<Given extends unknown[], Result = void>(
  statement: string,
  confidence: Confidence,
  source: string,
  check: (...given: Given) => Result,
): Rule<Given, Result> {
  return Object.assign((...given: Given) => check(...given), { facts: { statement, confidence, source } });
}

/** A rule about names, in the form that the table of an ARM type uses. */
export interface NameRule {
  readonly pattern: RegExp;
  /** The allowed names in words, for the error. */
  readonly rule: string;
  readonly facts: RuleFacts;
}
