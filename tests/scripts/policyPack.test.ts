import { policyOptions } from "../../scripts/lib/policyPack";

test.each(["preview", "pre", "up", "update"])("%s is checked with the project's pack", (operation) => {
  expect(policyOptions(operation, [operation, "--stack", "dev"])).toEqual(["--policy-pack", "policy"]);
});

test.each([
  ["an operation that engines do not check", "destroy", []],
  ["--no-policy", "up", ["--no-policy"]],
  ["a pack that the user names", "up", ["--policy-pack", "mine"]],
  ["a pack that the user names with =", "up", ["--policy-pack=mine"]],
])("there is no pack for %s", (_what, operation, options) => {
  expect(policyOptions(operation, options)).toEqual([]);
});
