import { code, folded, plain, table } from "../pipeline/markdown";
import { type Measure } from "./evaluation";
import type { Report } from "./report";
import { summaryOf } from "./summary";
import { metricText } from "./text";

/** The report in short, for the comment of a pull request or the page of a pipeline's run. */
export function reportMarkdown(report: Report): string {
  const answers = summaryOf(report).map(({ question, answer }) => `- **${question}?** ${plain(answer)}`);
  const measures = report.evaluation?.measures ?? [];
  const changes = report.changes?.rows ?? [];
  return [
    `### Stack ${code(report.stack)}`,
    "",
    ...answers,
    ...(measures.length > 0
      ? ["", ...folded("Evaluation", table(["measure", "before", "after"], measures.map(cells)))]
      : []),
    ...(changes.length > 0
      ? [
          "",
          ...folded(
            `Since ${plain(report.changes?.since ?? "")}`,
            table(
              ["what", "before", "now"],
              changes.map(({ what, before, now }) => [what, before, now].map(plain)),
            ),
          ),
        ]
      : []),
    "",
  ].join("\n");
}

const cells = ({ name, before, after }: Measure): string[] => [
  name,
  before === undefined ? "–" : metricText(before),
  metricText(after),
];
