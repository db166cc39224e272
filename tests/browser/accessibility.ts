import type axe from "axe-core";
import type { Page } from "playwright-core";

/** The serious and critical violations that axe-core finds on the page: rule and the elements, one line for each. */
export async function seriousViolations(page: Page): Promise<string[]> {
  // Evaluated by the debugger, which a content security policy does not bind, unlike a script element.
  const { source } = await import("axe-core");
  await page.evaluate(source);
  const { violations } = await page.evaluate<axe.AxeResults>("axe.run()");
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}
