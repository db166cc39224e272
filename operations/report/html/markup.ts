/** HTML that is safe to write: everything that was put into it is escaped. */
export class Markup {
  constructor(readonly text: string) {}
}

type Part = Markup | string | number | false | null | undefined | readonly Part[];

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for an element or a quoted attribute. Control characters, which HTML does not allow, become spaces. */
export const escaped = (text: string): string =>
  text
    .replace(/[&<>"']/g, (found) => entities[found] ?? found)
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, " ");

/** A template whose values are escaped, unless they are markup. Lists are joined; false, null and undefined are left out. */
export const html = (strings: TemplateStringsArray, ...parts: Part[]): Markup =>
  new Markup(strings.reduce((text, string, index) => text + textOf(parts[index - 1]) + string));

function textOf(part: Part): string {
  if (part === false || part === null || part === undefined) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "object") return part.map(textOf).join("");
  return escaped(String(part));
}

/** A link to an address of the web; other addresses become text, so that no script can be one. */
export function link(address: string, text: string): Markup {
  return /^https:\/\//i.test(address)
    ? html`<a href="${address}" rel="noreferrer">${text}</a>`
    : html`${text}`;
}

/** A table that can be scrolled in a narrow window. */
export function tableOf(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly Part[])[],
  numeric: readonly number[] = [],
): Markup {
  const kind = (index: number): Markup => (numeric.includes(index) ? html` class="number"` : html``);
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head.map((text, index) => html`<th scope="col" ${kind(index)}>${text}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            html`<tr>
              ${cells.map((cell, index) => (index === 0 ? html`<th scope="row" ${kind(index)}>${cell}</th>` : html`<td${kind(index)}>${cell}</td>`))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** A list of names and values. Empty values are left out. */
export const factsOf = (facts: readonly (readonly [string, Part])[]): Markup =>
  html`<dl>
    ${facts
      .filter(([, value]) => value !== "" && value !== undefined)
      .map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
  </dl>`;
