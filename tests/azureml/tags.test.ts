import { scoringTimeoutMs } from "../../azureml/clients/scoring";
import { mergeTags, ownTags, tagsAreMerged } from "../../azureml/tags";
import { sections } from "../../config/sections";

test("a merge keeps what others set, removes what we set before, and writes what we set now", () => {
  const live = { CostCenter: "42", team: "old", gone: "x" };
  const before = { team: "old", gone: "x" };
  const now = { team: "new" };
  expect(tagsAreMerged(live, before, now)).toBe(false);
  const merged = mergeTags(live, before, now);
  expect(merged).toEqual({ CostCenter: "42", team: "new" });
  expect(tagsAreMerged(merged, before, now)).toBe(true);
  expect(ownTags(merged, now)).toEqual({ team: "new" });
});

test("scoring clients wait longer than any request timeout that can be configured", () => {
  expect(sections.endpoint.safeParse({ requestTimeoutMs: scoringTimeoutMs - 30_000 }).success).toBe(true);
  expect(sections.endpoint.safeParse({ requestTimeoutMs: scoringTimeoutMs - 30_000 + 1 }).success).toBe(
    false,
  );
});
