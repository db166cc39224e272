import { groupHeading } from "./text";
import type { EngineEvent, Violation } from "./events";

type PolicyEvent = Extract<EngineEvent, { kind: "policy-packs" | "policy" }>;

/** Collects what the policies of a run found, and prints it in Pulumi's form. */
export type Policies = {
  take(event: PolicyEvent): void;
  /** The block `Policies:`, once; empty without packs, and for `brief` without violations. */
  lines(): string[];
  /** Whether a mandatory policy is violated. */
  isViolated(): boolean;
};

export function openPolicies(brief: boolean): Policies {
  let packs: { name: string; version: string; directory: string }[] = [];
  const violations: Violation[] = [];
  let isPrinted = false;
  return {
    take(event) {
      if (event.kind === "policy-packs") packs = event.packs;
      else violations.push(event.violation);
    },
    lines() {
      if (isPrinted || packs.length === 0 || (brief && violations.length === 0)) return [];
      isPrinted = true;
      const blocks = packs.flatMap(({ name, version, directory }) => {
        const own = violations.filter(({ pack }) => pack === name).sort(byWeight);
        const sign = own[0] === undefined ? "✅" : own[0].level === "mandatory" ? "❌" : "⚠️";
        return [`    ${sign} ${name}@v${version} (local: ${directory})`, ...own.flatMap(violationLines)];
      });
      return ["", "Policies:", ...blocks];
    },
    isViolated: () => violations.some(({ level }) => level === "mandatory"),
  };
}

/** Mandatory ones first, then by policy and resource. */
function byWeight(a: Violation, b: Violation): number {
  const key = ({ level, policy, urn }: Violation): string =>
    [level === "mandatory" ? 0 : 1, policy, urn].join("\n");
  return key(a).localeCompare(key(b));
}

function violationLines({ level, policy, urn, message }: Violation): string[] {
  const where = urn === "" ? "" : `  (${groupHeading(urn).replace(/ \((.*)\):$/, ": $1")})`;
  const text = message.trimEnd().split("\n");
  return [`        - [${level}]  ${policy}${where}`, ...text.map((line) => `          ${line}`)];
}
