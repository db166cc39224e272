/** Rules of the real service that the local cloud enforces; each has one home. `catalog.ts` lists them. */
import type { Confidence, Fact } from "../../../operations/contract/fact";
import { FACTS, type FactId } from "../../../operations/contract/facts";

export type RuleFacts = Fact;

/** A check that throws an ArmError if the rule is violated. */
type Rule<Given extends unknown[], Result = void> = ((...given: Given) => Result) & {
  readonly facts: RuleFacts;
};

/** The rule for an assumption of the contract's table. The table contains its statement and its source. */
export function rule<Given extends unknown[], Result = void>(
  id: FactId,
  check: (...given: Given) => Result,
): Rule<Given, Result>;
/** A rule that the table does not contain yet. */
export function rule<Given extends unknown[], Result = void>(
  statement: string,
  confidence: Confidence,
  source: string,
  check: (...given: Given) => Result,
): Rule<Given, Result>;
export function rule<Given extends unknown[], Result = void>(
  ...given:
    | [id: FactId, check: (...given: Given) => Result]
    | [statement: string, confidence: Confidence, source: string, check: (...given: Given) => Result]
): Rule<Given, Result> {
  const [facts, check] =
    given.length === 2
      ? [FACTS[given[0]], given[1]]
      : [{ statement: given[0], confidence: given[1], source: given[2] }, given[3]];
  return Object.assign((...values: Given) => check(...values), { facts });
}

/** A rule about names, in the form that the table of an ARM type uses. */
export interface NameRule {
  readonly pattern: RegExp;
  /** The allowed names in words, for the error. */
  readonly rule: string;
  readonly facts: RuleFacts;
}
