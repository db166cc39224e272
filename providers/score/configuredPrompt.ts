import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import { conversationOf } from "../../azureml/conversation";
import { azureMlError } from "../../azureml/errors";
import { isAbsolutePath, nonEmpty } from "../shared/schemas";
import type { HeldOutPrompt } from "./conversation";

/** A path below the project root. */
export const projectFile = nonEmpty.refine(
  (file) => !isAbsolutePath(file) && !file.split(/[\\/]/).includes(".."),
  "must be relative to the project root and stay inside it",
);

/** A question of the configuration: a sentence, or a file with its hash. */
export const promptSchema = z.union([
  z.object({ question: nonEmpty }),
  z.object({ file: projectFile, sha256: nonEmpty }),
]);

/** The conversation to send. Throws `QuestionFileUnusable`; its message never contains text of the file. */
export async function configuredPrompt(prompt: z.infer<typeof promptSchema>): Promise<HeldOutPrompt> {
  if ("question" in prompt) {
    const { question } = prompt;
    return { messages: [{ role: "user", content: question }], question, reference: "" };
  }
  const unusable = (detail: string, cause?: unknown): Error =>
    azureMlError("QuestionFileUnusable", { file: prompt.file, detail }, { cause });
  const bytes = await readFile(resolve(prompt.file)).catch((error: unknown) => {
    throw unusable(`cannot be read (${(error as { code?: string }).code ?? "unknown reason"})`, error);
  });
  if (createHash("sha256").update(bytes).digest("hex") !== prompt.sha256)
    throw unusable("has changed since the preview");
  const found = conversationOf(bytes.toString("utf8"));
  if (!found) throw unusable("contains no conversation with a question");
  return found;
}
