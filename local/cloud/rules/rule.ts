/** Rules of the real service that the local cloud enforces; each has one home. `catalog.ts` lists them. */
import type { Fact } from "../../../operations/contract/fact";
import { FACTS, type FactId } from "../../../operations/contract/facts";

export type RuleFacts = Fact;

/** A check that throws an ArmError if the rule is violated. */
type Rule<Given extends unknown[], Result = void> = ((...given: Given) => Result) & {
  readonly facts: RuleFacts;
};

/** The rule for an assumption of the contract's table, which contains its statement and its source. */
export function rule<Given extends unknown[], Result = void>(
  id: FactId,
  check: (...given: Given) => Result,
): Rule<Given, Result> {
  return Object.assign((...given: Given) => check(...given), { facts: FACTS[id] });
}

/** A rule about names, in the form that the table of an ARM type uses. */
export interface NameRule {
  readonly pattern: RegExp;
  /** The allowed names in words, for the error. */
  readonly rule: string;
  readonly facts: RuleFacts;
}
