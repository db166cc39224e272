import { watchExisting } from "../../scripts/lib/existingResources";

const exists = "cannot create already existing resource '/subscriptions/s/resourceGroups/rg'";

test.each([
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
