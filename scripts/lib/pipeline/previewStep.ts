import { readFileSync } from "node:fs";
import { readEngineDocument } from "../../../operations/pipeline/engineJson";
import { checkPlan } from "../../../operations/pipeline/planCheck";
import { previewComment } from "../../../operations/pipeline/previewComment";
import { stackPreview, summarizePreview, type StackPreview } from "../../../operations/pipeline/stackPreview";
import { readProject } from "../../../local/engine/project/project";
import { projectRoot, runChild } from "../localStack";
import { settingsOf } from "../stackSession";
import { failureText, runStack } from "./engineCommand";
import { shortReportOf } from "./reportStep";
import { commitOf, publishSummary, setOutput, writeReport } from "./surroundings";

/**
 * Previews a stack. The report is written for a failed preview as well, so that the comment shows the error.
 * @returns the exit code of the preview.
 */
export async function previewStep({ stack, out }: { stack: string; out: string }): Promise<number> {
  const { preview, code } = (await awaitsPromotion(stack))
    ? nothingYet(stack)
    : await reportedPreviewOf(stack);
  writeReport(out, preview);
  publishSummary(previewComment([preview]), process.env);
  setOutput("changes", String(preview.changes.length > 0), process.env);
  setOutput("digest", preview.digest, process.env);
  return code;
}

/**
 * Updates a stack. With a plan, the update runs only if a preview of this moment plans the same as the approved one. An update
 * without changes is run too: it ends what an earlier one left open.
 */
export async function upStep({ stack, plan }: { stack: string; plan?: string }): Promise<number> {
  const { preview, code } = await previewOf(stack);
  if (plan !== undefined) {
    const approved = stackPreview.parse(JSON.parse(readFileSync(plan, "utf8")));
    checkPlan(approved, preview);
    process.stdout.write(`The plan is the approved one: ${preview.digest}\n`);
  } else if (code !== 0) {
    return code;
  }
  publishSummary(previewComment([preview], "Update"), process.env);
  // An approved plan is carried out as it was shown.
  if (plan === undefined && (await hasSchedule(stack)))
    return runChild("scripts/schedule.js", ["--stack", stack, "--deploy"], process.env);
  return (await runStack("up", stack, ["--yes", "--skip-preview"])).code;
}

/** With what an earlier run trained and what serves, if there was one. */
async function reportedPreviewOf(stack: string): Promise<{ preview: StackPreview; code: number }> {
  const { preview, code } = await previewOf(stack);
  const report = await shortReportOf(stack);
  return { preview: { ...preview, ...(report === undefined ? {} : { report }) }, code };
}

async function previewOf(stack: string): Promise<{ preview: StackPreview; code: number }> {
  const { code, stdout, tail } = await runStack("preview", stack, [], { json: true });
  const document = readEngineDocument(stdout);
  const isExplained = document?.diagnostics?.some(({ severity }) => severity === "error");
  const text = code === 0 || isExplained ? tail : await failureText("preview", stack, tail);
  const failure = code === 0 ? undefined : text || `the preview ended with code ${code}`;
  const preview = summarizePreview(document, {
    ...{ stack, failure },
    commit: commitOf(process.env),
  });
  return { preview, code };
}

/**
 * Whether nothing was promoted to the stack yet: its file has the version `none`. The program refuses such a stack; a pipeline that
 * failed at it would be red from the first merge to the first promotion.
 */
async function awaitsPromotion(stack: string): Promise<boolean> {
  const model = await sectionOf(stack, "model");
  const { source, promote } = (model ?? {}) as { source?: unknown; promote?: { version?: unknown } | null };
  return source === "promote" && promote?.version === "none";
}

function nothingYet(stack: string): { preview: StackPreview; code: number } {
  const message = `[promotion] nothing was promoted to ${stack} yet: npm run promote -- <stack> ${stack}`;
  const document = { steps: [], diagnostics: [{ message, severity: "info" }] };
  return { preview: summarizePreview(document, { stack, commit: commitOf(process.env) }), code: 0 };
}

/** A section of the stack's configuration; `undefined` if it is not set. */
async function sectionOf(stack: string, name: string): Promise<unknown> {
  const text = (await settingsOf(stack))(`${(await readProject(projectRoot)).name}:${name}`);
  return text === undefined ? undefined : JSON.parse(text);
}

/** Whether the stack's endpoint exists only at some times: an update outside them must not create it. */
async function hasSchedule(stack: string): Promise<boolean> {
  const endpoint = (await sectionOf(stack, "endpoint")) as { schedule?: unknown } | undefined;
  return endpoint?.schedule !== undefined;
}
