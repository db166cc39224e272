import { mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { errorText } from "../../../azureml/errors";
import { redactedLine } from "../../../azureml/http/redact";
import { reportMarkdown, shortReport } from "../../../operations/report/markdown";
import { publishSummary } from "./surroundings";

/**
 * Shows the run report's short form on the page of the run, and writes its page to a file for an artifact. The update has ended well: without
 * a report it still has, and the file beside it has the reason.
 */
export async function reportStep({ stack, out }: { stack: string; out: string }): Promise<number> {
  try {
    const { readReport, writePage } = await import("../report.js");
    const found = await readReport({ stack });
    await writePage(found, { stack, out });
    publishSummary(reportMarkdown(found), process.env);
  } catch (error) {
    const reason = reasonText(error);
    mkdirSync(path.dirname(out), { recursive: true });
    writeFileSync(`${out}.txt`, reason);
    process.stdout.write(reason);
  }
  return 0;
}

/** The short form for a comment; undefined for a stack without a report: it is not deployed, or creates a registry only. */
export async function shortReportOf(stack: string): Promise<string | undefined> {
  try {
    const { readReport } = await import("../report.js");
    return shortReport(await readReport({ stack })).join("\n");
  } catch (error) {
    process.stdout.write(reasonText(error));
    return undefined;
  }
}

const reasonText = (error: unknown): string => `No run report: ${redactedLine(errorText(error))}\n`;
