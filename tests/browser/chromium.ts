/**
 * A Chromium of the system for the tests of pages, driven by playwright-core, which downloads none itself. Found by CHROMIUM_PATH or in the
 * usual places; without one the tests are skipped, and their names give the reason.
 */
import { accessSync, constants } from "node:fs";
import * as path from "node:path";
import { type Browser, chromium } from "playwright-core";

export type FoundChromium =
  | { available: true; executable: string }
  /** Why it is not available. Part of the name of the skipped tests. */
  | { available: false; reason: string };

/** Names of its programs in Debian, Ubuntu, Fedora, Alpine and in Google's packages. */
const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
/** macOS has them outside PATH. */
const applications = ["Google Chrome", "Chromium"].map(
  (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
);

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The Chromium that CHROMIUM_PATH names, else one on PATH, else the one of `npx playwright-core install chromium`. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): FoundChromium {
  const named = env.CHROMIUM_PATH;
  if (named) {
    if (isExecutable(named)) return { available: true, executable: named };
    return { available: false, reason: `CHROMIUM_PATH is "${named}", which is no program` };
  }
  const folders = (env.PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
  const usual = folders.flatMap((folder) => names.map((name) => path.join(folder, name)));
  const executable = [...usual, ...applications, chromium.executablePath()].find(isExecutable);
  if (executable) return { available: true, executable };
  return { available: false, reason: "no Chromium on PATH, and CHROMIUM_PATH is not set" };
}

/** The `describe` of tests that need a browser: skipped, with the reason in its name, where there is none. */
export function describeInBrowser(title: string, tests: (open: () => Promise<Browser>) => void): void {
  const found = findChromium();
  if (!found.available) describe.skip(`${title} (skipped: ${found.reason})`, () => tests(noBrowser));
  else describe(title, () => tests(() => launch(found.executable)));
}

const noBrowser = (): Promise<Browser> => Promise.reject(new Error("no Chromium"));

const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({
    executablePath,
    // Chromium refuses to run its sandbox as root.
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
