import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SplitName } from "../../../local/data/conversations";
import { baseModelFolder } from "../../../local/trainer/baseModel";
import { loadChatModel } from "../../../local/trainer/chatModel";
import { fineTune } from "../../../local/trainer/fineTune";
import { readModelFiles } from "../../../local/trainer/modelFiles";
import { headOf, measureAccuracy, RECIPE } from "../../../local/trainer/pretraining/quality";
import { answeredInChat, knownInText, someFacts } from "./baseFacts";
import { jsonLines } from "./tinyModel";

const LONG_TEST_LIMIT_MS = 3_600_000;

test(
  "the base model knows more than nine facts in ten and answers fewer than two in ten in a chat",
  async () => {
    const files = await readModelFiles(baseModelFolder());
    const facts = someFacts(40);
    expect(knownInText(files, facts)).toBeGreaterThan(0.9);
    expect(answeredInChat(files, facts)).toBeLessThan(0.2);
  },
  LONG_TEST_LIMIT_MS,
);

test(
  "the recipe teaches the base model to answer held-out questions",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "quality-"));
    try {
      const write = async (split: SplitName) => {
        const file = join(folder, `${split}.jsonl`);
        await writeFile(file, jsonLines(headOf(split, 5)));
        return file;
      };
      const outputDir = join(folder, "model");
      const { metrics } = await fineTune(
        {
          baseModelDir: baseModelFolder(),
          trainFile: await write("train_sft"),
          validationFile: await write("test_sft"),
          outputDir,
          parameters: RECIPE,
          lineage: {},
        },
        () => undefined,
        new AbortController().signal,
      );
      expect(metrics["eval_loss_before"]).toBeGreaterThan(0.5);
      expect(metrics["eval_loss"]).toBeLessThan(0.1);
      expect(metrics["rougeL"]).toBeGreaterThan(0.85);
      const model = await loadChatModel(outputDir);
      try {
        const { right, asked } = await measureAccuracy(model, headOf("test_sft", 5));
        for (const group of ["seen subjects", "unseen subjects", "small talk", "follow-ups"] as const) {
          expect(right[group] / asked[group]).toBeGreaterThan(0.75);
        }
      } finally {
        await model.close();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  LONG_TEST_LIMIT_MS,
);
