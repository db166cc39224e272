import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { seriousViolations } from "./accessibility";
import { describeInBrowser, findChromium } from "./chromium";

test("a Chromium is found by CHROMIUM_PATH, and on PATH", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "azureml-chromium-"));
  const executable = path.join(folder, "chromium");
  fs.writeFileSync(executable, "", { mode: 0o755 });
  expect(findChromium({ CHROMIUM_PATH: executable })).toEqual({ available: true, executable });
  expect(findChromium({ PATH: folder })).toEqual({ available: true, executable });
  fs.rmSync(folder, { recursive: true });
});

test("a CHROMIUM_PATH that names no program is the reason for which tests are skipped", () => {
  expect(findChromium({ CHROMIUM_PATH: "/nowhere", PATH: process.env.PATH })).toEqual({
    available: false,
    reason: 'CHROMIUM_PATH is "/nowhere", which is no program',
  });
});

describeInBrowser("the check of accessibility", (open) => {
  test("reports an image without a text, on a page that allows no inline script", async () => {
    const browser = await open();
    const page = await browser.newPage();
    await page.route("http://page.test/", (route) =>
      route.fulfill({
        contentType: "text/html",
        headers: { "content-security-policy": "default-src 'none'" },
        body: '<!doctype html><html lang="en"><title>t</title><main><h1>t</h1><img src="x.png"></main></html>',
      }),
    );
    await page.goto("http://page.test/");
    expect(await seriousViolations(page)).toEqual(["image-alt: img"]);
    await browser.close();
  });
});
