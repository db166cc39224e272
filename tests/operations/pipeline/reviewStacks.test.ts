import { readFileSync } from "node:fs";
import { parse } from "yaml";
import {
  dayAfter,
  expiryOf,
  isExpired,
  isReviewStack,
  reviewFile,
  reviewStack,
  secretsProviderOf,
} from "../../../operations/pipeline/reviewStacks";

it("names a review stack by its pull request, and takes no other stack for one", () => {
  expect(reviewStack("12")).toBe("review-12");
  for (const number of ["", "0", "1a", "-1", "1; rm"]) expect(() => reviewStack(number)).toThrow("no number");
  expect(["review-12", "review", "review-x", "prod", "preview-1"].map(isReviewStack)).toEqual([
    true,
    ...Array.from({ length: 4 }, () => false),
  ]);
});

it("copies the template with owner and last day, and keeps its key and its comments", () => {
  const template = `secretsprovider: azurekeyvault://v/k\nencryptedkey: a2V5\n${readFileSync("Pulumi.review.yaml", "utf8")}`;
  const text = reviewFile(template, { owner: "ada", expires: "2026-12-03" });
  const file = parse(text) as { encryptedkey: string; config: Record<string, Record<string, unknown>> };
  expect(file.encryptedkey).toBe("a2V5");
  expect(file.config["azureml-finetune:tags"]).toMatchObject({
    environment: "review",
    owner: "ada",
    expires: "2026-12-03",
  });
  expect(file.config["azureml-finetune:endpoint"]).toEqual({ enabled: false });
  expect(text).toContain("# ");
  expect(secretsProviderOf(text)).toBe("azurekeyvault://v/k");
  expect(secretsProviderOf("config: {}\n")).toBeUndefined();
});

const stateWith = (...days: (string | undefined)[]) => ({
  deployment: { resources: [{}, ...days.map((expires) => ({ inputs: { tags: { expires } } }))] },
});

it("finds the last day in the state, because the stack file is gone", () => {
  expect(expiryOf(stateWith("2026-12-03", undefined, "2026-12-05"))).toBe("2026-12-05");
  expect(expiryOf(stateWith("never", "2026-13-45"))).toBeUndefined();
  expect(expiryOf({})).toBeUndefined();
});

it("is over on its last day, and if it has none", () => {
  expect(
    ["2026-11-29", "2026-11-30", "2026-12-01", undefined].map((day) => isExpired(day, "2026-11-30")),
  ).toEqual([true, true, false, true]);
  expect(dayAfter(new Date("2026-12-30T23:00:00Z"), 3)).toBe("2027-01-02");
});
