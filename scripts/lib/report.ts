import { readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import * as path from "node:path";
import { parseConfig } from "../../config/parse";
import { sections } from "../../config/sections";
import type { StackConfig } from "../../config/stackConfig";
import { readProject } from "../../local/engine/project/project";
import { collectFacts } from "../../operations/report/collect";
import { reportPage } from "../../operations/report/html/page";
import { reportMarkdown } from "../../operations/report/markdown";
import { type Report, reportOf } from "../../operations/report/report";
import { stackFacts } from "../../operations/report/stackFacts";
import { embeddedEngine, hasFileBackend } from "./engines/embedded";
import { pulumiCli } from "./engines/pulumiCli";
import { projectRoot } from "./localStack";
import { reportFile } from "./reportFile";
import { stackOutputs } from "./stackOutputs";
import { openStackSession, settingsOf } from "./stackSession";

/** Options of `npm run report`. */
export interface ReportOptions {
  stack: string;
  /** File of the report. Default: see `reportFile`. */
  out?: string;
  /** Print the short form instead of writing a file. */
  markdown?: boolean;
  /** Show rows of the data also if the stack does not show them. */
  rows?: boolean;
}

/** Reads the stack and its workspace. @returns the short form, or the path of the written file. */
export async function report(options: ReportOptions): Promise<string> {
  const found = await readReport(options);
  return options.markdown ? reportMarkdown(found) : writePage(found, options);
}

/** Reads the stack and its workspace, in a process with the stack's environment. */
export async function readReport({
  stack,
  rows = false,
}: Pick<ReportOptions, "stack" | "rows">): Promise<Report> {
  const { env } = process;
  const { name: project } = await readProject(projectRoot);
  const open = (await hasFileBackend(projectRoot, env)) ? embeddedEngine : pulumiCli;
  const [state, outputs] = await Promise.all([
    open(projectRoot, stack, env).exportState(),
    stackOutputs(stack, env, rows),
  ]);
  const facts = stackFacts({ project, stack }, state, outputs);
  const { session } = await openStackSession(stack);
  const showsRows = rows || facts.showsRows;
  const workspace = await collectFacts(session, facts, { withRows: showsRows });
  return reportOf(facts, workspace, { config: await configOf(project, stack, env), showsRows });
}

/** Writes the page, complete or not at all. @returns its path. */
export async function writePage(
  found: Report,
  options: Pick<ReportOptions, "stack" | "out">,
): Promise<string> {
  const file = path.resolve(projectRoot, options.out ?? (await reportFile(options.stack)));
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.partial`, await reportPage(found));
  await rename(`${file}.partial`, file);
  const shown = path.relative(projectRoot, file);
  return shown.startsWith("..") ? file : shown;
}

/** The stack's configuration; undefined if it has mistakes, which a preview reports. */
async function configOf(
  project: string,
  stack: string,
  env: NodeJS.ProcessEnv,
): Promise<StackConfig | undefined> {
  const setting = await settingsOf(stack, { cwd: projectRoot, env });
  const keys = [
    ...Object.keys(sections).map((section) => `${project}:${section}`),
    "azure-native:location",
    "azure-native:subscriptionId",
  ];
  const values = keys.flatMap((key) => {
    const value = setting(key);
    return value === undefined ? [] : [[key, value] as const];
  });
  const parsed = parseConfig({
    values: Object.fromEntries(values),
    project,
    env,
    readFile: (file) => readFileSync(path.resolve(projectRoot, file), "utf8"),
  });
  return "config" in parsed ? parsed.config : undefined;
}
