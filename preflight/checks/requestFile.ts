import { constants } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { formatValue, type Problem } from "../../azureml/problem";

/**
 * Checks that the last step can write the scoring request. It writes the file anew beside the old one, and renames it
 * (providers/score/handler.ts), so it needs the directory. This only looks.
 * @param property full name of the setting.
 * @param file path below `root`.
 * @param root directory of the project.
 */
export async function checkRequestFile(
  property: string,
  file: string,
  root: string,
): Promise<Problem | undefined> {
  const report = (seen: string, remedy: string): Problem => ({
    property,
    seen: `${formatValue(file)} ${seen}`,
    allowed: "the path of a file that can be written, such as .data/sample_score.json",
    remedy,
  });
  const path = resolve(root, file);
  if (/(^|[/\\])\.?$/.test(file)) return report("names a directory", "Add the name of a file.");
  const found = await stat(path).catch(systemCode);
  if (found === "ENOTDIR") return belowFile(path, report);
  if (typeof found === "object") {
    if (found.isDirectory()) return report("is a directory", "Add the name of a file in it.");
    if (!found.isFile()) return report("is not a regular file", "Set another path.");
    if (!(await isScoringRequest(path)))
      return report("exists and is not a scoring request; it would be overwritten", "Set another path.");
  } else if (found !== "ENOENT") return report(`cannot be written (${found})`, "Set another path.");
  const directory = await existingDirectory(dirname(path));
  const denied = await access(directory, constants.W_OK | constants.X_OK).catch(systemCode);
  if (denied === undefined) return undefined;
  return report(
    `cannot be written: directory ${directory} allows no new files (${denied})`,
    "Give write permission on it, or set another path.",
  );
}

/** A part of the path before the last is a file. */
async function belowFile(path: string, report: (seen: string, remedy: string) => Problem): Promise<Problem> {
  let parent = dirname(path);
  while (typeof (await stat(parent).catch(systemCode)) === "string" && dirname(parent) !== parent)
    parent = dirname(parent);
  return report(
    `lies below ${parent}, which is a file`,
    "Set a path whose directories do not exist as files.",
  );
}

/** The request of an earlier run, which may be overwritten. */
async function isScoringRequest(path: string): Promise<boolean> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return false;
  if (text.trim() === "") return true;
  try {
    const content: unknown = JSON.parse(text);
    return typeof content === "object" && content !== null && Object.hasOwn(content, "input_data");
  } catch {
    return false;
  }
}

/** The nearest directory that exists. */
async function existingDirectory(path: string): Promise<string> {
  const found = await stat(path).catch(systemCode);
  return typeof found === "object" || dirname(path) === path ? path : existingDirectory(dirname(path));
}

function systemCode(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : "unknown reason";
}
