import { isBetter, type Measure } from "./evaluation";
import type { Report } from "./report";
import { counted, durationText, metricText, percentText } from "./text";

/** One of the five questions of a report with its answer. */
export interface Answer {
  question: string;
  answer: string;
}

/** What was trained, did it help, what does it say, what does it cost, what is serving. */
export function summaryOf(report: Report): Answer[] {
  return [
    { question: "What was trained", answer: trained(report) },
    { question: "Did it help", answer: helped(report) },
    { question: "What does it say", answer: says(report) },
    { question: "What does it cost", answer: cost(report) },
    { question: "What is serving", answer: serves(report) },
  ];
}

function trained({ training, baseModel, data, model }: Report): string {
  if (!training) {
    return model
      ? `Nothing here: this stack serves ${model.name}, version ${model.version}${model.registry ? `, of registry ${model.registry}` : ""}.`
      : "Nothing yet.";
  }
  const split = data?.splits.find(({ use }) => use.includes("training"));
  const rows = split?.rows === undefined ? "" : `${counted(split.rows, "row")} of `;
  const source = data ? ` on ${rows}${data.dataset}` : "";
  const time = training.tookMs === undefined ? "" : `, in ${durationText(training.tookMs)}`;
  const ended = training.status === "Completed" ? "" : ` (${training.status})`;
  return `${baseModel ?? "A model"}${source}${time}${ended}.`;
}

function helped({ evaluation, changes }: Report): string {
  const loss = evaluation?.measures.find(({ name }) => name === "evaluation loss");
  if (!evaluation || !loss) return "Not measured.";
  const rows = evaluation.rows ? ` on ${evaluation.rows}` : "";
  const better = isBetter(loss);
  if (better === undefined || loss.before === undefined) {
    const before = changes?.rows.find(({ what }) => what === "eval_loss")?.before;
    const compared = before ? ` The run before had ${before}.` : "";
    return `Not comparable with the base model, which was not measured. The evaluation loss${rows} is ${metricText(loss.after)}.${compared}`;
  }
  const others = evaluation.measures.filter(({ name }) => name === "exact match" || name === "ROUGE-1");
  if (evaluation.basis === "first evaluation")
    return `Not comparable with the base model, which was not measured. During the training the evaluation loss${rows} ${better ? "fell" : "rose"} from ${metricText(loss.before)} to ${metricText(loss.after)}.`;
  const parts = [measureText(loss), ...others.map(measureText)].join(", ");
  return `${better ? "Yes" : "No"}${rows}: ${parts}.`;
}

const measureText = ({ name, before, after }: Measure): string =>
  before === undefined
    ? `${name} ${metricText(after)}`
    : `${name} ${metricText(before)} → ${metricText(after)}`;

function says({ score, serving }: Report): string {
  if (score.kind === "shown") return `“${score.question}” → “${score.answer}”`;
  if (score.kind === "hidden")
    return "It answered the question that was sent to it. The texts are rows of your data: add --rows to show them.";
  return serving ? "No question was sent." : "Nothing: no endpoint exists.";
}

function cost({ costs }: Report): string {
  const soFar = costs.soFar ? `About ${costs.soFar} so far` : "The cost so far is not known";
  return `${soFar}; ${costs.perHour ? `${costs.perHour} now` : "a price of what runs now is not known"}.`;
}

function serves({ serving }: Report): string {
  if (!serving) return "Nothing: the stack has no endpoint.";
  const live = serving.deployments.filter(({ traffic }) => traffic > 0);
  if (live.length === 0) return `Nothing: endpoint ${serving.endpoint} gives no deployment traffic.`;
  const parts = live.map(
    ({ model, traffic, machines }) =>
      `${model}${live.length > 1 ? ` (${percentText(traffic / 100)})` : ""} on ${machines}`,
  );
  return `${parts.join(" and ")}, at endpoint ${serving.endpoint}.`;
}
