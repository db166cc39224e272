import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import { reportPage } from "../../../operations/report/html/page";
import { reportOf } from "../../../operations/report/report";
import { seriousViolations } from "../../browser/accessibility";
import { describeInBrowser } from "../../browser/chromium";
import { stack, workspaceFacts } from "./support";

describeInBrowser("the report in a browser without network", (open) => {
  const folder = mkdtempSync(path.join(tmpdir(), "azureml-finetune-report-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    { width: 1280, colorScheme: "light" as const },
    { width: 390, colorScheme: "dark" as const },
  ])("opens from its file, $width pixels wide and $colorScheme", async ({ width, colorScheme }) => {
    const file = path.join(folder, `${width}.html`);
    const facts = workspaceFacts();
    // Small values have long labels.
    const rates = [0.005, 0.0003, 0.000002].map((value, step) => ({ step, value, at: 0 }));
    Object.assign(facts.current?.metrics.series ?? {}, { learning_rate: rates });
    const report = reportOf(stack(), facts, { config: undefined, showsRows: true });
    writeFileSync(file, await reportPage(report));
    const browser = await open();
    try {
      const context = await browser.newContext({
        viewport: { width, height: 800 },
        colorScheme,
        offline: true,
      });
      const page = await context.newPage();
      const seen: string[] = [];
      // A violated policy and a failed request are messages of the console.
      page.on("console", (message) => seen.push(message.text()));
      page.on("request", (request) =>
        seen.push(...(request.url().startsWith("file:") ? [] : [request.url()])),
      );
      await page.goto(pathToFileURL(file).href);
      expect(seen).toEqual([]);
      expect(await page.locator("figure svg").count()).toBe(4);
      // No label of an axis begins left of its image, where it is cut off.
      const leftOf =
        "[...document.querySelectorAll('figure svg text')].filter((text) => text.getBoundingClientRect().left < text.ownerSVGElement.getBoundingClientRect().left).map((text) => text.textContent)";
      expect(await page.evaluate<string[]>(leftOf)).toEqual([]);
      expect(await page.evaluate<boolean>("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
      // The page's own style sheet is in force.
      expect(
        await page.evaluate<string>("getComputedStyle(document.querySelector('.answers')).borderRadius"),
      ).toBe("8px");
      expect(await seriousViolations(page)).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
