import { watchExisting } from "../../scripts/lib/existingResources";

const exists = "cannot create already existing resource '/subscriptions/s/resourceGroups/rg'";

const busy = `Status=409 Code="AnotherOperationInProgress" Message="Another operation is in progress on 'demo' (Creating)."`;

test.each([
  ["that Azure still works on a resource", [busy], true],
  [
    "a conflict of another code that names a running operation",
    [`Status=409 Code="UserError" Message="The endpoint has an update in progress."`],
    true,
  ],
  ["another conflict", [`Status=409 Code="Conflict" Message="Soft-deleted workspace exists."`], false],
  ["only resources that exist already", [exists, exists], true],
  ["another failure too", [exists, "job failed"], false],
  ["another failure", ["job failed"], false],
  ["no failure", [], false],
])("an update is continued after a recovery if it reports %s", (_case, errors, expected) => {
  const { onEvent, existing } = watchExisting();
  for (const message of errors) onEvent({ kind: "diagnostic", severity: "error", message });
  onEvent({ kind: "diagnostic", severity: "warning", message: "note" });
  expect(existing() !== "").toBe(expected);
});
