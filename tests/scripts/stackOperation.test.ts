import type { Operation } from "../../local/engine/display/events";
import { operateStack, type OperationSteps } from "../../scripts/lib/stackOperation";

const up = { kind: "up", isChange: true, isPartial: false, isRepeatable: true, isReported: true } as const;

/** An update of one resource that ends well, and what it printed about its report. */
async function reported(operation: Operation, given: object = {}): Promise<unknown[]> {
  const told: unknown[] = [];
  const steps: OperationSteps = {
    need: async () => "none",
    recover: async () => 0,
    removeOrphans: async () => 0,
    engine: async (onEvent) => {
      onEvent({ kind: "step-done", step: { operation, urn: "u", type: "t", name: "n" }, seconds: 1 });
      return 0;
    },
    report: async (hasChanged) => void told.push(hasChanged),
    print: () => undefined,
  };
  await operateStack({ ...up, ...given }, steps);
  return told;
}

test.each<[Operation, boolean]>([
  ["create", true],
  ["update", true],
  ["delete-replaced", true],
  ["same", false],
  ["read", false],
])("an update whose step is %s needs a new report: %s", async (operation, expected) => {
  expect(await reported(operation)).toEqual([expected]);
});

test("an update with --no-report has none", async () => {
  expect(await reported("create", { isReported: false })).toEqual([]);
});
