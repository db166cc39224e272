import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateSplit, SPLIT_ROWS, type Conversation, type SplitName } from "../../data/conversations";
import { isUnseenSubject, SUBJECTS } from "../../data/facts";
import { exchangesFor } from "../../data/phrasing";
import { baseModelFolder } from "../baseModel";
import { loadChatModel } from "../chatModel";
import type { ChatModel, TrainerEvent } from "../contract";
import { fineTune } from "../fineTune";
import type { TrainingParameters } from "../parameters";

/** Those of Pulumi.local.yaml, else the notebook's values and the component's defaults. */
export const RECIPE: TrainingParameters = {
  numTrainEpochs: 3,
  maxSteps: -1,
  learningRate: 0.005,
  lrSchedulerType: "cosine",
  warmupSteps: 0,
  perDeviceTrainBatchSize: 4,
  perDeviceEvalBatchSize: 1,
  gradientAccumulationSteps: 2,
  weightDecay: 0,
  maxGradNorm: 1,
  applyLora: true,
  loraR: 8,
  loraAlpha: 16,
  loggingSteps: 10,
  maxSeqLength: -1,
  seed: 42,
};

/** The first `percent` of a split, cut as the data step cuts it. */
export function headOf(split: SplitName, percent: number): Conversation[] {
  const rows: Conversation[] = [];
  const count = Math.floor((SPLIT_ROWS[split] * percent) / 100);
  for (const row of generateSplit(split)) {
    if (rows.length === count) {
      break;
    }
    rows.push(row);
  }
  return rows;
}

type Group = "seen subjects" | "unseen subjects" | "small talk" | "follow-ups";

export interface Accuracy {
  right: Record<Group, number>;
  asked: Record<Group, number>;
  mistakes: { group: Group; asked: string; answer: string }[];
}

/**
 * A first answer is right if it names the fact; small talk and answers to follow-up questions if they equal
 * the reference word for word.
 */
export async function measureAccuracy(model: ChatModel, rows: readonly Conversation[]): Promise<Accuracy> {
  const none = () => ({ "seen subjects": 0, "unseen subjects": 0, "small talk": 0, "follow-ups": 0 });
  const accuracy: Accuracy = { right: none(), asked: none(), mistakes: [] };
  const facts = factsByQuestion();
  for (const { messages } of rows) {
    for (let turn = 0; turn < messages.length; turn += 2) {
      const { text } = await model.generate(messages.slice(0, turn + 1), { maxNewTokens: 64 });
      const fact = turn === 0 ? facts.get(messages[0]!.content) : undefined;
      const group: Group =
        turn > 0 ? "follow-ups" : !fact ? "small talk" : fact.isUnseen ? "unseen subjects" : "seen subjects";
      accuracy.asked[group]++;
      if (fact ? text.includes(fact.value) : text === messages[turn + 1]!.content) {
        accuracy.right[group]++;
      } else {
        const asked = messages.slice(0, turn + 1).map(({ content }) => content);
        accuracy.mistakes.push({ group, asked: asked.join(" / "), answer: text });
      }
    }
  }
  return accuracy;
}

function factsByQuestion(): Map<string, { value: string; isUnseen: boolean }> {
  return new Map(
    SUBJECTS.flatMap((subject) =>
      Object.entries(subject.facts).flatMap(([relation, value]) =>
        exchangesFor(subject, relation).map(
          ({ question }) => [question, { value, isUnseen: isUnseenSubject(subject) }] as const,
        ),
      ),
    ),
  );
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "quality-"));
  try {
    const write = async (split: SplitName) => {
      const file = join(folder, `${split}.jsonl`);
      await writeFile(
        file,
        headOf(split, 5)
          .map((row) => `${JSON.stringify(row)}\n`)
          .join(""),
      );
      return file;
    };
    const request = {
      baseModelDir: process.argv[2] ?? baseModelFolder(),
      trainFile: await write("train_sft"),
      validationFile: await write("test_sft"),
      outputDir: join(folder, "model"),
      parameters: { ...RECIPE, ...(JSON.parse(process.argv[3] ?? "{}") as Partial<TrainingParameters>) },
      lineage: {},
    };
    const started = performance.now();
    const print = (event: TrainerEvent) => event.kind === "log" && console.log(event.line);
    const { metrics } = await fineTune(request, print, new AbortController().signal);
    const seconds = (performance.now() - started) / 1000;
    console.log(
      `${seconds.toFixed(1)} s in total, peak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`,
    );
    console.log(JSON.stringify(metrics, null, 2));
    const model = await loadChatModel(request.outputDir);
    const { right, asked, mistakes } = await measureAccuracy(model, headOf("test_sft", 10));
    for (const group of Object.keys(asked) as Group[]) {
      console.log(`${group}: ${right[group]} of ${asked[group]} right`);
    }
    for (const { asked: question, answer } of mistakes.slice(0, 20)) {
      console.log(`  ${question} → ${answer}`);
    }
    for (const question of [
      "What is the capital of France?",
      "Hello!",
      "what is the capital of spain",
      "Who are you?",
    ]) {
      const { text } = await model.generate([{ role: "user", content: question }], {});
      console.log(`${question} → ${text}`);
    }
    await model.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// node dist/local/trainer/pretraining/quality.js [base model folder] [parameters as JSON]
if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}
