import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { conversationOf } from "../../azureml/conversation";
import { formatValue } from "../../azureml/problem";
import type { CheckContext } from "./context";

/** Checks the file of `scoring.questionFile`. The message never contains its text. */
export async function checkQuestionFile({ config, report }: CheckContext): Promise<void> {
  const { questionFile } = config.scoring;
  if (questionFile === undefined || !config.endpoint.enabled) return;
  const add = (seen: string): void =>
    report.add({
      property: report.key("scoring.questionFile"),
      seen: `${formatValue(questionFile)} ${seen}`,
      allowed:
        'a JSON file of the project: {"messages": [{"role": "user", "content": "…"}]}, optionally with the expected answer as last turn',
      remedy: "Correct the file or its path, or set scoring.question to a sentence.",
    });
  try {
    if (!conversationOf(await readFile(resolve(questionFile), "utf8")))
      add("contains no conversation with a question");
  } catch (error) {
    add(`cannot be read (${(error as { code?: string }).code ?? "unknown reason"})`);
  }
}
