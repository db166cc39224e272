import type { Curve } from "../curves";
import type { Report } from "../report";
import { metricText } from "../text";
import { html, type Markup, tableOf } from "./markup";
import { dashes } from "./plot";
import { note, type Section, section } from "./section";

/** Rows of the table below a plot. A longer curve shows every n-th value and the last one. */
const mostRows = 24;

/** The curves of the training, each with a legend and its figures as a table. */
export function curveSection(
  { curves, training }: Report,
  plot: (curve: Curve) => Markup,
): Section | undefined {
  if (!training) return undefined;
  const title = "Curves of the training";
  if (curves.length === 0)
    return section("curves", title, note("The job has logged no metrics over its steps."));
  const figures = html`<div class="plots">${curves.map((curve) => figure(curve, plot))}</div>`;
  return section("curves", title, legend(training.earlier), figures);
}

function legend(earlier: readonly string[]): Markup {
  const entry = (index: number, text: string): Markup =>
    html`<li>
      <svg aria-hidden="true" width="28" height="10">
        <line
          class="run-${index}"
          x1="0"
          x2="28"
          y1="5"
          y2="5"
          stroke-width="2"
          stroke-dasharray="${dashes[index]}"
        />
      </svg>
      ${text}
    </li>`;
  return html`<ul class="legend" aria-label="Legend">
    ${entry(0, "this run")}${earlier.map((job, index) => entry(index + 1, `earlier run ${job}`))}
  </ul>`;
}

function figure(curve: Curve, plot: (curve: Curve) => Markup): Markup {
  return html`<figure>
    <figcaption><strong>${curve.title}</strong> <span class="detail">${curve.meaning}</span></figcaption>
    ${plot(curve)}
    <details>
      <summary>Figures</summary>
      ${table(curve)}
    </details>
  </figure>`;
}

function table({ title, lines }: Curve): Markup {
  const rows = lines.flatMap(({ job, isCurrent, points }) => {
    const every = Math.ceil(points.length / mostRows);
    const shown = points.filter((_, index) => index % every === 0 || index === points.length - 1);
    return shown.map(({ step, value }) => [isCurrent ? "this run" : job, String(step), metricText(value)]);
  });
  return tableOf(`${title}: figures`, ["run", "step", "value"], rows, [1, 2]);
}
