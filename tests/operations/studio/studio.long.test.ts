import type { Browser, Page } from "playwright-core";
import type { Sandbox } from "../../../scripts/lib/sandbox";
import { seriousViolations } from "../../browser/accessibility";
import { describeInBrowser } from "../../browser/chromium";
import { makeTestSandbox, outputs } from "../../lifecycle/support";

describeInBrowser("the studio of a stack on the local cloud", (open) => {
  let sandbox: Sandbox;
  let browser: Browser;
  let page: Page;
  let studio: ReturnType<Sandbox["start"]>;

  beforeAll(async () => {
    sandbox = await makeTestSandbox();
    browser = await open();
    page = await browser.newPage();
    page.setDefaultTimeout(300_000);
  });
  afterAll(async () => {
    await browser.close();
    studio?.kill("SIGTERM");
    await studio?.finished;
    await sandbox.dispose();
  });

  const goTo = (view: string): Promise<void> =>
    page.getByRole("navigation").getByRole("link", { name: view, exact: true }).click();
  const ask = async (question: string): Promise<void> => {
    await page.getByLabel("Question").fill(question);
    await page.getByRole("button", { name: "Ask" }).click();
  };

  test("shows a training live, a chat with the model, a fault, the recovery and a roll-out", async () => {
    // Live training, during the first update: the stack has no outputs yet.
    sandbox.setConfig("azureml-finetune:finetune.maxSteps", 40);
    const first = sandbox.start("stack", "up");
    await first.until(/training: /);
    studio = sandbox.start("studio", "--port", "0");
    await page.goto(await studio.until(/http:\S+\/open\?token=\S+/));
    await goTo("Jobs");
    await page.locator("td a").click();
    await page.getByText("Running").first().waitFor();
    await page.getByRole("img", { name: /^loss: / }).waitFor();
    expect(await page.getByRole("log").innerText()).not.toBe("");
    expect((await first.finished).code).toBe(0);
    await page.locator("dd .badge.good").waitFor();

    // Model and lineage.
    const { registeredModel, deploymentName = "" } = outputs(sandbox);
    await goTo("Models");
    await page
      .getByRole("heading", { name: `${registeredModel.name}, version ${registeredModel.version}` })
      .waitFor();
    await page.getByRole("list", { name: "Lineage" }).getByText(deploymentName).waitFor();

    // Rows on request only.
    await goTo("Data");
    await page.getByRole("button", { name: "Show first rows" }).first().click();
    await page.locator(".rows li").first().waitFor();

    // Chat.
    await goTo("Test");
    await ask("What is the capital of France?");
    await page.getByText(/^200, \d+ ms, raw request$/).waitFor();

    // A fault that the page adds strikes the next question, and the question after it is answered.
    await goTo("Local cloud");
    await page.getByLabel("Kind").selectOption("score-error");
    await page.getByLabel("Path or resource id").fill("*");
    await page.getByRole("button", { name: "Add fault" }).click();
    await page.getByRole("button", { name: /^Clear fault/ }).waitFor();
    await goTo("Test");
    await ask("What is the capital of France?");
    await page.getByText(/^424, /).waitFor();
    await ask("What is the capital of France?");
    await page.getByText(/^200, /).waitFor();

    // A second training with another learning rate, rolled out in steps: two deployments exist at a time.
    const before = outputs(sandbox);
    sandbox.setConfig("azureml-finetune:finetune.learningRate", 0.002);
    sandbox.setConfig("azureml-finetune:rollout", { steps: [50, 100], holdSeconds: 20 });
    const second = sandbox.start("stack", "up");
    await second.until(/50 % for demo-\d+: held for/);
    await goTo("Endpoints");
    await page.getByRole("img", { name: /^Traffic: demo-\d+ 50 %, demo-\d+ 50 %$/ }).waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    await goTo("Models");
    const boxes = page.getByRole("checkbox", { name: "Compare" });
    await boxes.nth(0).check();
    await boxes.nth(1).check();
    const compared = await page.getByRole("region", { name: "Comparison" }).innerText();
    expect(compared).toContain(before.jobName);
    await goTo("Test");
    await page.getByLabel("Deployment").selectOption({ index: 1 });
    await page.getByLabel("Beside it").selectOption({ index: 2 });
    const ended = second.finished.then(() => true);
    // Without requests each step waits minutes for the figures of its deployment.
    for (
      let isOver = false;
      !isOver;
      isOver = (await Promise.race([ended, page.waitForTimeout(1_000)])) === true
    ) {
      await ask("What is the capital of France?");
      // Both deployments; the old one may be deleted at the end.
      await page.locator(".card summary", { hasText: "raw request" }).nth(1).waitFor();
    }
    expect((await second.finished).code).toBe(0);
    expect((await second.finished).all).toMatch(/ 100 % for demo-\d+: [1-9]\d* requests, error rate 0 %/);
    await goTo("Endpoints");
    const { deploymentName: served } = outputs(sandbox);
    await page.getByRole("img", { name: `Traffic: ${served} 100 %` }).waitFor();

    // The report compares it with the first run.
    expect(compared).toContain(outputs(sandbox).jobName);
    const report = await sandbox.run("report", "--markdown");
    expect(report.stdout).toContain(`Since ${before.jobName}`);
    expect(report.stdout).toMatch(/\| learning\\_rate \| 0\.005 \| 0\.002 \|/);
    expect(report.stdout).toMatch(
      /What does it cost\?\*\* About \d+\.\d+ USD so far; \d+\.\d+ USD per hour now\./,
    );

    // The job's address leads to its page once the browser was let in.
    const { studioUrl } = outputs(sandbox) as unknown as { studioUrl: string };
    const port = Number(sandbox.env["AZUREML_LOCAL_PORT"]) + 3;
    expect(studioUrl).toBe(`http://127.0.0.1:${port}/#/jobs/${outputs(sandbox).jobName}`);
  });
});
