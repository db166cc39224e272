import { createHash } from "node:crypto";
import type { Report } from "../report";
import { summaryOf } from "../summary";
import { curveSection } from "./curveSection";
import { html, Markup } from "./markup";
import { createPlotter } from "./plot";
import type { Section } from "./section";
import {
  dataSection,
  evaluationSection,
  jobSection,
  origin,
  parameterSection,
  problemSection,
  sampleSection,
} from "./sections";
import { changeSection, costSection, lineageSection, resourceSection, servingSection } from "./stackSections";
import { style } from "./style";

/** Only the page's own style sheet, by its hash: no script, no image, no request to any host. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** Without a character more than the hash has seen. */
const styleElement = new Markup(`<style>${style}</style>`);

/** The report as one HTML file that needs nothing else. */
export async function reportPage(report: Report): Promise<string> {
  const plot = await createPlotter();
  const sections = [
    evaluationSection(report),
    sampleSection(report),
    curveSection(report, plot),
    dataSection(report),
    jobSection(report),
    parameterSection(report),
    servingSection(report),
    costSection(report),
    changeSection(report),
    lineageSection(report),
    resourceSection(report),
    problemSection(report),
  ].filter((section) => section !== undefined);
  const title = `Run report: ${report.stack}`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        ${styleElement}
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          <p class="origin">${origin(report)}</p>
        </header>
        <main>
          <dl class="answers">
            ${summaryOf(report).map(
              ({ question, answer }) =>
                html`<div>
                  <dt>${question}?</dt>
                  <dd>${answer}</dd>
                </div>`,
            )}
          </dl>
          <nav aria-label="Sections">
            <ul>
              ${sections.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}
            </ul>
          </nav>
          ${sections.map(sectionMarkup)}
        </main>
        <footer>
          Costs are estimates from prices and times. <code>npm run report</code> writes this file again.
        </footer>
      </body>
    </html> `.text;
}

const sectionMarkup = ({ id, title, content }: Section): Markup =>
  html`<section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${content}
  </section> `;
