import { html, type Markup } from "./markup";

/** A part of the page with a heading. */
export interface Section {
  id: string;
  title: string;
  content: Markup;
}

/** A part with its contents; those that are false or undefined are left out. */
export const section = (id: string, title: string, ...content: (Markup | false | undefined)[]): Section => ({
  id,
  title,
  content: html`${content}`,
});

/** A remark below or instead of a content. */
export const note = (text: string): Markup => html`<p class="note">${text}</p>`;
