import { readFileSync } from "node:fs";
import { rules } from "../../policy/rules";
import { policyDocument } from "../../scripts/lib/policyDocument";

test("docs/policy.md is generated from the rules", () => {
  expect(readFileSync("docs/policy.md", "utf8")).toBe(policyDocument());
});

test("names of rules are unique words with dashes, which Pulumi accepts as names of policies", () => {
  const names = rules.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
});
