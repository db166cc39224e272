import { readFileSync } from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { promotedLine, promotionRequest } from "../../../operations/pipeline/promotionRequest";
import { projectRoot, runChild } from "../localStack";
import { readReports } from "./reports";
import { forgeOf, writeReport } from "./surroundings";

const promotion = z.object({
  source: z.string(),
  target: z.string(),
  file: z.string(),
  before: z.string(),
  after: z.string(),
});

/** Makes the edit of `npm run promote` and writes it to a file, for the job that may write to the repository. */
export async function promoteStep({ stack, out }: { stack: string; out: string }): Promise<number> {
  const target = process.env["TARGET"] ?? "";
  if (!/^[\w-]+$/.test(target))
    throw new Error(`TARGET is "${target}": set it to the stack that is promoted to`);
  const file = `Pulumi.${target}.yaml`;
  const read = (): string => readFileSync(path.join(projectRoot, file), "utf8");
  const before = read();
  const code = await runChild("scripts/promote.js", [stack, target], process.env);
  if (code !== 0) return code;
  const change = { source: stack, target, file, before, after: read() };
  promotedLine(change);
  writeReport(out, change);
  return 0;
}

/** Opens the pull request of each promotion. */
export async function promoteRequestStep({ reports }: { reports: string }): Promise<number> {
  const actor = process.env["GITHUB_ACTOR"] ?? process.env["BUILD_REQUESTEDFOR"] ?? "the pipeline";
  for (const change of readReports(reports, (value) => promotion.parse(value)))
    process.stdout.write(`${await forgeOf(process.env).openPullRequest(promotionRequest(change, actor))}\n`);
  return 0;
}
