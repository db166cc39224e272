/**
 * Rules of the real service that the local cloud enforces, each in one place with where it is known from. A handler calls
 * the rule; `catalog.ts` lists them all for the documentation and for the tests, which are named after them.
 */

/** How certain a rule is: Azure's documentation says so; seen in the service's answers or its clients; concluded. */
export type Mark = "documented" | "observed" | "inferred";

export interface RuleFacts {
  /** The rule in one sentence. */
  readonly says: string;
  readonly mark: Mark;
  /** Where it is known from. */
  readonly source: string;
}

/** A check that throws an ArmError where the rule is broken, and what is known about the rule. */
export type Rule<Given extends unknown[], Result = void> = ((...given: Given) => Result) & {
  readonly facts: RuleFacts;
};

/** Makes a rule of a check. */
export function rule<Given extends unknown[], Result = void>(
  facts: RuleFacts,
  check: (...given: Given) => Result,
): Rule<Given, Result> {
  return Object.assign((...given: Given) => check(...given), { facts });
}

/** A rule about names, as the table of an ARM type takes it. */
export interface NameRule {
  readonly pattern: RegExp;
  /** What a name may be, for the error. */
  readonly rule: string;
  readonly facts: RuleFacts;
}
