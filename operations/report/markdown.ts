import { code, folded, plain, table } from "../pipeline/markdown";
import { type Measure } from "./evaluation";
import type { Report } from "./report";
import { summaryOf } from "./summary";
import { metricText } from "./text";

/** The report in short, for the page of a pipeline's run. */
export const reportMarkdown = (report: Report): string =>
  [`### Stack ${code(report.stack)}`, "", ...shortReport(report), ""].join("\n");

/** The lines of the short form, without the name of the stack. */
export function shortReport(report: Report): string[] {
  const answers = summaryOf(report).map(({ question, answer }) => `- **${question}?** ${plain(answer)}`);
  const measures = report.evaluation?.measures ?? [];
  const changes = report.changes?.rows ?? [];
  return [
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
  ];
}

const cells = ({ name, before, after }: Measure): string[] => [
  name,
  before === undefined ? "–" : metricText(before),
  metricText(after),
];
