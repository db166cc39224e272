/** Every rule of the real service that the local cloud enforces, for the documentation and the tests. */
import * as capacity from "./capacity";
import * as identities from "./identities";
import * as immutability from "./immutability";
import * as lifecycle from "./lifecycle";
import * as monitoring from "./monitoring";
import * as names from "./names";
import type { RuleFacts } from "./rule";
import * as traffic from "./traffic";
import * as versions from "./versions";

function factsIn(module: object): RuleFacts[] {
  // The order of a module's exports depends on the compiler, so sort them.
  return Object.values(module)
    .flatMap((entry: { facts?: RuleFacts } | undefined) => entry?.facts ?? [])
    .sort((a, b) => a.statement.localeCompare(b.statement));
}

export const RULES: Readonly<Record<string, readonly RuleFacts[]>> = {
  Names: [...factsIn(names.NAMES), ...factsIn(names)],
  Capacity: factsIn(capacity),
  "Immutable properties": factsIn(immutability),
  Traffic: factsIn(traffic),
  Monitoring: factsIn(monitoring),
  "Order of operations": factsIn(lifecycle),
  "API versions": factsIn(versions),
  "Identity and tags": factsIn(identities),
};
