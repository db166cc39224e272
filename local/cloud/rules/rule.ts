/**
 * Rules of the real service that the local cloud enforces. Each rule has one home and a source. A handler
 * calls the rule; `catalog.ts` lists all rules for the documentation and for the tests, which have the rules'
 * names.
 */

/**
 * How certain a rule is: stated in Azure's documentation; observed in the service's answers or clients;
 * inferred.
 */
export type Confidence = "documented" | "observed" | "inferred";

export interface RuleFacts {
  /** The rule in one sentence. */
  readonly statement: string;
  readonly confidence: Confidence;
  /** Its source. */
  readonly source: string;
}

/** A check that throws an ArmError if the rule is violated, with the facts about the rule. */
type Rule<Given extends unknown[], Result = void> = ((...given: Given) => Result) & {
  readonly facts: RuleFacts;
};

/** Creates a rule from a check. */
export function rule<Given extends unknown[], Result = void>(
  facts: RuleFacts,
  check: (...given: Given) => Result,
): Rule<Given, Result> {
  return Object.assign((...given: Given) => check(...given), { facts });
}

/** A rule about names, in the form that the table of an ARM type uses. */
export interface NameRule {
  readonly pattern: RegExp;
  /** The allowed names in words, for the error. */
  readonly rule: string;
  readonly facts: RuleFacts;
}
