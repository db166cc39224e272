import * as path from "node:path";
import type { Browser, Page } from "playwright-core";
import { mostPoints } from "../../../operations/workspaceView/thinned";
import { seriousViolations } from "../../browser/accessibility";
import { describeInBrowser } from "../../browser/chromium";
import { bigWorkspace } from "./bigWorkspace";
import { studioOf } from "./support";

const options = { pageFolder: path.resolve(__dirname, "../../../dist/operations/studio/page") };

describeInBrowser("the studio's page", (open) => {
  let browser: Browser;
  let page: Page;
  let started: Awaited<ReturnType<typeof studioOf>>;
  /** What the browser complains about: scripts that fail, and what the content policy refuses. */
  let complaints: string[];
  beforeAll(async () => {
    browser = await open();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    complaints = [];
    page = await browser.newPage();
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
  });
  afterEach(async () => {
    await page.close();
    await started.studio.close();
  });
  const enter = async (answers: Parameters<typeof studioOf>[0]): Promise<void> => {
    started = await studioOf(answers, options);
    await page.goto(started.studio.address);
  };
  /** Goes to a view by the keyboard's way: the address. Waits until it has left its loading state. */
  const show = async (hash: string): Promise<void> => {
    await page.waitForSelector("main h1");
    await page.evaluate(`new Promise((drawn) => {
      const next = () => requestAnimationFrame(() => requestAnimationFrame(drawn));
      if (location.hash === ${JSON.stringify(hash)}) return next();
      addEventListener("hashchange", next, { once: true });
      location.hash = ${JSON.stringify(hash)};
    })`);
    await page.waitForSelector(".state[role=status]", { state: "detached" });
  };

  it("has no serious violation of accessibility and no wider page than the window, light and dark", async () => {
    await enter(bigWorkspace);
    for (const [width, colorScheme] of [
      [1280, "light"],
      [390, "dark"],
    ] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      for (const view of ["", "jobs", "jobs/j1", "models", "data", "endpoints", "test", "cost"]) {
        await show(`#/${view}`);
        expect({ view, width, violations: await seriousViolations(page) }).toEqual({
          view,
          width,
          violations: [],
        });
        expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(
          0,
        );
      }
    }
    expect(complaints).toEqual([]);
  });

  it("shows 500 jobs and 10,000 points with a bounded number of elements", async () => {
    await enter(bigWorkspace);
    await show("#/jobs");
    expect(await page.locator("tbody tr").count()).toBe(50);
    await page.getByRole("button", { name: "Show 50 more" }).click();
    await page.getByText("100 of 500").waitFor();
    await page.getByRole("link", { name: "job j1", exact: true }).click();
    const points = (await page.locator(".curve").first().getAttribute("points")) ?? "";
    expect(points.split(" ").length).toBeLessThanOrEqual(mostPoints);
    expect(Number(await page.evaluate("document.querySelectorAll('*').length"))).toBeLessThan(500);
    await page.getByRole("img", { name: /^loss: \d+ values, from 1 to / }).waitFor();
  });

  it("changes only what differs when a view changes, and stays where it was scrolled to", async () => {
    const answers = { ...bigWorkspace };
    await enter(answers);
    await show("#/jobs");
    await page.evaluate(`{
      window.changed = [];
      const add = (changes) => changed.push(...changes.map(({ type, attributeName }) => attributeName ?? type));
      const all = { subtree: true, childList: true, characterData: true, attributes: true };
      new MutationObserver(add).observe(document.querySelector("main"), all);
      scrollTo(0, 600);
    }`);
    const { value } = bigWorkspace["jobs"] as { value: { properties: object }[] };
    const [first, ...others] = value;
    answers["jobs"] = {
      value: [{ ...first, properties: { ...first?.properties, status: "Completed" } }, ...others],
    };
    await page.getByText("Completed").waitFor();
    expect(await page.evaluate("changed.sort()")).toEqual(["characterData", "class"]);
    expect(await page.evaluate("scrollY")).toBe(600);
  });

  it("follows an address that changes as soon as the page is drawn", async () => {
    await page.addInitScript(`new MutationObserver((_, self) => {
      if (!document.querySelector("main h1")) return;
      self.disconnect();
      location.hash = "#/jobs";
    }).observe(document, { childList: true, subtree: true });`);
    await enter(bigWorkspace);
    await page.getByRole("heading", { name: "Jobs", exact: true }).waitFor();
  });

  it("says what is missing in an empty workspace, and why a view cannot be read", async () => {
    const none = { value: [] };
    await enter({
      jobs: none,
      models: none,
      data: none,
      onlineEndpoints: none,
      computes: { value: [{ name: 5 }] },
    });
    for (const view of ["jobs", "models", "data", "endpoints", "test"]) {
      await show(`#/${view}`);
      expect(await page.locator("main").innerText()).toMatch(/There are no .* yet\./);
    }
    await show("#/cost");
    expect(await page.getByRole("alert").innerText()).toContain("computes");
  });

  it("is used by keyboard alone", async () => {
    await enter(bigWorkspace);
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to content");
    for (const view of ["Overview", "Jobs", "Models", "Data", "Endpoints", "Test"]) {
      await page.keyboard.press("Tab");
      expect(await page.evaluate("document.activeElement.textContent")).toBe(view);
    }
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Test" }).waitFor();
    // The focus is at the view, so the next stop is its first control.
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.tagName")).toBe("SELECT");
    await page.getByLabel("Question").fill("capital of France?");
    await page.keyboard.press("Enter");
    await page.locator(".answer", { hasText: "Paris" }).waitFor();
  });

  it("asks a deployment beside the traffic split", async () => {
    await enter(bigWorkspace);
    await show("#/test");
    await page.getByLabel("Beside it").selectOption("blue");
    await page.getByLabel("Question").fill("capital of France?");
    await page.getByRole("button", { name: "Ask" }).click();
    for (const column of ["the endpoint", "blue"])
      await page
        .getByRole("region", { name: `Answers of ${column}` })
        .locator(".answer", { hasText: "Paris" })
        .waitFor();
    const scored = started.sent.filter(({ url }) => url === "https://chat.test/score");
    expect(scored.map(({ headers }) => headers.get("azureml-model-deployment")).sort()).toEqual([
      "blue",
      undefined,
    ]);
  });
});
