import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { configuredPrompt, promptSchema } from "../../providers/score/configuredPrompt";

const file = "tests/components/question.json";
const sha256 = createHash("sha256").update(readFileSync(file)).digest("hex");

test("a sentence and a file become the turns to send", async () => {
  expect(await configuredPrompt({ question: "Why?" })).toEqual({
    messages: [{ role: "user", content: "Why?" }],
    question: "Why?",
    reference: "",
  });
  expect((await configuredPrompt({ file, sha256 })).question).toBe("How do I reset my password?");
});

test.each([
  [{ file: "no/such.json", sha256 }, /QuestionFileUnusable.*cannot be read \(ENOENT\)/],
  [{ file, sha256: "other" }, /has changed since the preview/],
  [
    {
      file: "tsconfig.json",
      sha256: createHash("sha256").update(readFileSync("tsconfig.json")).digest("hex"),
    },
    /contains no conversation with a question/,
  ],
])("refuses %j without showing its text", async (prompt, expected) => {
  await expect(configuredPrompt(prompt)).rejects.toThrow(expected);
});

test("accepts files of the project only", () => {
  expect(promptSchema.safeParse({ file: "../question.json", sha256 }).success).toBe(false);
  expect(promptSchema.safeParse({ file, sha256 }).success).toBe(true);
});
