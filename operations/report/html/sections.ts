import { isBetter } from "../evaluation";
import type { Report } from "../report";
import { countText, durationText, metricText, timeText } from "../text";
import { factsOf, html, link, type Markup, tableOf } from "./markup";
import { note, type Section, section } from "./section";

const optional = (value: number | undefined): string => (value === undefined ? "–" : countText(value));

/** What was trained on what. */
export function dataSection({ data, baseModel }: Report): Section {
  if (!data) return section("data", "Data", note("This stack has no data of its own."));
  return section(
    "data",
    "Data and base model",
    factsOf([
      ["data set", data.dataset],
      ["subset", data.subset],
      ["revision", html`<code>${data.revision}</code>`],
      ["rows are", data.isPublic ? "public" : "yours: shown only on request"],
      ["base model", baseModel],
    ]),
    tableOf(
      "Splits of the data",
      ["split", "used for", "rows", "of", "bytes", "SHA-256"],
      data.splits.map(({ name, use, rows, totalRows, bytes, sha256 }) => [
        name,
        use || "not used",
        optional(rows),
        optional(totalRows),
        optional(bytes),
        html`<code>${sha256.slice(0, 16)}</code>`,
      ]),
      [2, 3, 4],
    ),
    data.quality === undefined
      ? note("The data step made no quality report.")
      : data.quality.length === 0
        ? note("The quality report found nothing.")
        : tableOf(
            "Findings of the quality report",
            ["split", "finding", "rows"],
            data.quality.map(({ split, what, rows }) => [split, what, countText(rows)]),
            [2],
          ),
  );
}

/** The job with its steps. */
export function jobSection({ training }: Report): Section {
  if (!training) return section("job", "Training", note("This stack has no training job."));
  const { warnings, error } = training;
  return section(
    "job",
    "Training",
    error !== undefined && html`<p class="problem">${error}</p>`,
    warnings.length > 0 &&
      html`<ul class="problem">
        ${warnings.map((text) => html`<li>${text}</li>`)}
      </ul>`,
    factsOf([
      ["job", training.studioUrl ? link(training.studioUrl, training.job) : training.job],
      ["name", training.displayName],
      ["status", training.status],
      ["experiment", training.experiment],
      ["component", training.component],
      ["machines", training.machines],
      ["submitted", training.submittedAt],
      ["waited until it started", training.waitedMs === undefined ? "" : durationText(training.waitedMs)],
      ["took", training.tookMs === undefined ? "" : durationText(training.tookMs)],
      ["speed", training.speed],
      ["commit", training.commit && html`<code>${training.commit}</code>`],
      ["started by", training.by],
      ["pipeline run", training.run && link(training.run, training.run)],
    ]),
    stepTable(training.steps),
  );
}

/** Each step with a bar: when it waited and when it ran. */
function stepTable(steps: NonNullable<Report["training"]>["steps"]): Markup {
  if (steps.length === 0) return note("The steps of the job could not be read, or it has none yet.");
  const starts = steps.flatMap(({ startedAt, waitedMs = 0 }) =>
    startedAt === undefined ? [] : [startedAt - waitedMs],
  );
  const begin = Math.min(...starts);
  const total = Math.max(1, ...steps.map(({ startedAt, endedAt = startedAt ?? begin }) => endedAt - begin));
  const percent = (ms: number): string => `${((ms / total) * 100).toFixed(2)}%`;
  return tableOf(
    "Steps of the job, in the order in which they ran",
    ["step", "status", "waited", "took", "from start to end of the job"],
    steps.map(({ name, status, startedAt, waitedMs, tookMs }) => [
      name,
      status,
      waitedMs === undefined ? "–" : durationText(waitedMs),
      tookMs === undefined ? "–" : durationText(tookMs),
      startedAt === undefined
        ? ""
        : html`<svg class="bar" aria-hidden="true" height="12" width="100%">
            <rect class="track" width="100%" height="12" />
            <rect
              class="waited"
              x="${percent(startedAt - (waitedMs ?? 0) - begin)}"
              width="${percent(waitedMs ?? 0)}"
              height="12"
            />
            <rect
              class="took"
              x="${percent(startedAt - begin)}"
              width="${percent(Math.max(tookMs ?? 0, total / 250))}"
              height="12"
            />
          </svg>`,
    ]),
    [2, 3],
  );
}

/** The parameters with who set each. Those that the component decides by itself are folded. */
export function parameterSection({ training }: Report): Section {
  const all = training?.parameters ?? [];
  const set = all.filter(({ setBy }) => !setBy.startsWith("component"));
  const left = all.filter((parameter) => !set.includes(parameter));
  const rows = (list: typeof all) =>
    list.map(({ name, value, setBy }) => [html`<code>${name}</code>`, value, setBy]);
  const head = ["parameter", "value", "set by"];
  return section(
    "parameters",
    "Parameters",
    set.length === 0
      ? note("No parameters were sent.")
      : tableOf("Parameters that were sent", head, rows(set)),
    left.length > 0 &&
      html`<details>
        <summary>${left.length} that nobody set</summary>
        ${tableOf("Defaults of the component", head, rows(left))}
      </details>`,
  );
}

/** Measures before and after. */
export function evaluationSection({ evaluation }: Report): Section {
  if (!evaluation || evaluation.measures.length === 0)
    return section("evaluation", "Evaluation", note("Nothing was measured."));
  const { basis, measures, rows } = evaluation;
  const before =
    basis === "base model" ? "base model" : basis === "first evaluation" ? "first evaluation" : "before";
  return section(
    "evaluation",
    "Evaluation before and after",
    rows ? html`<p>Measured on ${rows}.</p>` : undefined,
    tableOf(
      "Measures of the model",
      ["measure", before, "tuned model", "result"],
      measures.map((measure) => {
        const better = isBetter(measure);
        return [
          measure.name,
          measure.before === undefined ? "–" : metricText(measure.before),
          metricText(measure.after),
          better === undefined
            ? "–"
            : html`<span class="${better ? "better" : "worse"}">${better ? "better" : "not better"}</span>`,
        ];
      }),
      [1, 2],
    ),
    basis !== "base model" &&
      note(
        "Azure ML's component measures only the tuned model, so there is no value of the base model. " +
          (basis === "first evaluation" ? "“First evaluation” is the first one during the training." : ""),
      ),
  );
}

/** Questions with the answers of both models. */
export function sampleSection({ samples, showsRows, score }: Report): Section {
  const title = "Samples before and after";
  const scored =
    score.kind === "shown" &&
    tableOf(
      "The question that was sent to the deployment before it got traffic",
      ["question", "reference", "tuned model", "time"],
      [[score.question, score.reference || "–", score.answer, durationText(score.latencyMs)]],
      [3],
    );
  if (!showsRows)
    return section(
      "samples",
      title,
      note("Samples are rows of your data. They are shown only on request: add --rows."),
    );
  return section(
    "samples",
    title,
    samples.length > 0 &&
      tableOf(
        "Held-out questions",
        ["question", "base model", "tuned model", "reference"],
        samples.map(({ question, before, after, reference }) => [
          html`<span class="turns">${question}</span>`,
          before ?? "–",
          after,
          reference,
        ]),
      ),
    scored,
    samples.length === 0 &&
      note(
        "No answers of the base model exist: Azure ML's component never asks it, and no output of the job contains any. To compare, deploy the base model yourself and ask it the same question.",
      ),
  );
}

/** What could not be read. */
export const problemSection = ({ problems }: Report): Section | undefined =>
  problems.length === 0
    ? undefined
    : section(
        "problems",
        "Not read",
        html`<ul class="problem">
          ${problems.map((text) => html`<li>${text}</li>`)}
        </ul>`,
      );

/** The line below the title. */
export const origin = ({ project, stack, place, createdAt }: Report): string =>
  `Project ${project}, stack ${stack}, ${place}. Read ${timeText(createdAt)}.`;
