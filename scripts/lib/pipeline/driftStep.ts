import { driftIssue, stackDrift, summarizeDrift } from "../../../operations/pipeline/drift";
import { readEngineDocument } from "../../../operations/pipeline/engineJson";
import { runStack } from "./engineCommand";
import { readReports } from "./reports";
import { forgeOf, publishSummary, writeReport } from "./surroundings";

/**
 * Compares a stack with Azure, and changes neither. This step ends well whenever the comparison worked, so that the issue and not a
 * failed run reports drift.
 */
export async function driftStep({ stack, out }: { stack: string; out: string }): Promise<number> {
  const { code, stdout, tail } = await runStack("refresh", stack, ["--preview-only"], { json: true });
  const document = readEngineDocument(stdout);
  const failure = code === 0 ? undefined : tail || `the comparison ended with code ${code}`;
  const drift = summarizeDrift(document, { stack, failure });
  writeReport(out, drift);
  const lines = drift.resources.map(
    ({ kind, type, name, properties }) => `${kind} ${type} ${name} ${properties.join(", ")}`,
  );
  process.stdout.write(`${[...lines, `${stack}: ${drift.resources.length} resources differ`].join("\n")}\n`);
  return failure === undefined ? 0 : code;
}

/** Opens, updates or closes the issue about drift. */
export async function driftIssueStep({ reports }: { reports: string }): Promise<number> {
  const stacks = readReports(reports, (value) => stackDrift.parse(value));
  const issue = driftIssue(stacks, new Date().toISOString().slice(0, 10));
  publishSummary(issue.body, process.env);
  process.stdout.write(`${await forgeOf(process.env).upsertIssue(issue)}\n`);
  return 0;
}
