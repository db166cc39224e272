import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./localStack";

/** A test of the project, by its file and name as the file writes it. A case of `test.each` can have the name of its first cell. */
export interface TestOf {
  file: string;
  name: string;
}

/** A test of a file below `tests/`, which is named without its extension. */
export const unit = (file: string, name: string): TestOf => ({ file: `tests/${file}.test.ts`, name });

/** Whether the file has a test, or a case of one, with exactly this name. */
export function isThere({ file, name }: TestOf): boolean {
  const quoted = `(["'\`])${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`;
  const test = new RegExp(`(?:\\b(?:test|it)|\\))\\(\\s*${quoted}\\1`);
  const oneOfCases = new RegExp(`\\[\\s*${quoted}\\1,`);
  const text = readFileSync(join(projectRoot, file), "utf8");
  return test.test(text) || oneOfCases.test(text);
}
