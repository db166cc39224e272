import * as fs from "node:fs";
import * as path from "node:path";
import { readChats } from "../../../trainer/chatData";
import { meanRouge } from "../../../trainer/rouge";
import { StepError } from "./chatRows";
import { logMetrics } from "./jobRecord";
import { storeOutputs } from "./outputs";
import { dataFiles, type StepContext } from "./stepContext";

/** Answers are generated for this many test rows: generation is slow. */
const ANSWERED_ROWS = 48;

interface Prediction {
  candidate: string;
  reference: string;
}

/** `model_prediction`: the trained model answers the test conversations. */
export async function predict(step: StepContext): Promise<void> {
  const rows = (await readChats(dataFiles(step.folder).test)).slice(0, ANSWERED_ROWS);
  const model = await step.loadChatModel(path.join(step.folder, "mlflow_model_folder"));
  const predictions: Prediction[] = [];
  try {
    for (const { messages } of rows) {
      step.signal.throwIfAborted();
      const last = messages.map(({ role }) => role).lastIndexOf("assistant");
      if (last < 1) continue;
      const { text } = await model.generate(messages.slice(0, last), { maxNewTokens: 64 });
      predictions.push({ candidate: text, reference: messages[last]?.content ?? "" });
    }
  } finally {
    await model.close();
  }
  fs.writeFileSync(predictionFile(step), JSON.stringify(predictions));
  step.log(`Answered ${predictions.length} of the test conversations.`);
}

/**
 * `compute_metrics`: ROUGE of the answers, logged on this step only (azureml-assets, assets/training/model_evaluation,
 * src/utils.py `_log_metrics`), and the output `evaluation_result`.
 */
export async function computeMetrics(step: StepContext): Promise<void> {
  const predictions = JSON.parse(fs.readFileSync(predictionFile(step), "utf8")) as Prediction[];
  if (predictions.length === 0)
    throw new StepError("EvaluationError", "The test data contain no assistant's answer to compare with.");
  const metrics = { ...meanRouge(predictions) };
  logMetrics(step.job, [step.runId], 0, metrics);
  for (const [key, value] of Object.entries(metrics)) step.log(`${key}: ${value.toFixed(4)}`);
  const folder = path.join(step.folder, "evaluation_result");
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "metrics.json"), JSON.stringify(metrics, null, 2));
  await storeOutputs(step, ["evaluation_result"]);
}

function predictionFile({ folder }: StepContext): string {
  return path.join(folder, "predictions.json");
}
