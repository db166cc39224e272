import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import {
  dayAfter,
  expiryOf,
  isExpired,
  isReviewStack,
  reviewFile,
  secretsProviderOf,
} from "../../../operations/pipeline/reviewStacks";
import { listStacks } from "../../../local/engine/open";
import { readProject } from "../../../local/engine/project/project";
import { embeddedEngine } from "../engines/embedded";
import { pulumiCli, pulumiOutput } from "../engines/pulumiCli";
import { projectRoot, runChild } from "../localStack";
import { isEmbedded, runStack } from "./engineCommand";
import { upStep } from "./previewStep";

/** A review stack lives so long after the last push. */
const daysToLive = 3;

const fileOf = (stack: string): string => path.join(projectRoot, `Pulumi.${stack}.yaml`);

/** Creates the stack of a pull request if it does not exist, and updates it. Each push gives it some more days. */
export async function reviewUpStep({ stack }: { stack: string }): Promise<number> {
  const file = writeStackFile(stack);
  if (!(await stackNames()).includes(stack)) await createStack(stack, file);
  return upStep({ stack });
}

/** Deletes everything of the stack of a pull request, and the stack. */
export async function reviewDownStep({ stack }: { stack: string }): Promise<number> {
  if (!(await stackNames()).includes(stack)) {
    process.stdout.write(`There is no stack ${stack}.\n`);
    return 0;
  }
  writeStackFile(stack);
  const code = (await runStack("destroy", stack, ["--yes"])).code;
  if (code !== 0) return code;
  if (!(await isEmbedded(stack))) {
    // `npm run destroy`, which the embedded engine's stacks use, does this by itself.
    const swept = await runChild(
      "scripts/orphans.js",
      ["--stack", stack, "--delete", "--quiet"],
      process.env,
    );
    if (swept !== 0) return swept;
    await pulumi("stack", "rm", "--yes", "--stack", stack);
  }
  rmSync(fileOf(stack), { force: true });
  return 0;
}

/** Deletes the review stacks whose last day has come. One that cannot be deleted does not keep the others. */
export async function reviewSweepStep(): Promise<number> {
  const today = dayAfter(new Date(), 0);
  let code = 0;
  for (const stack of (await stackNames()).filter(isReviewStack)) {
    writeStackFile(stack);
    const engine = (await isEmbedded(stack)) ? embeddedEngine : pulumiCli;
    const state = await engine(projectRoot, stack, process.env).exportState();
    const expires = expiryOf(state as Parameters<typeof expiryOf>[0]);
    const isOver = isExpired(expires, today);
    process.stdout.write(`${stack}: ${expires ?? "no last day"}${isOver ? ", deleted now" : ""}\n`);
    if (isOver) code = (await reviewDownStep({ stack })) || code;
  }
  return code;
}

function writeStackFile(stack: string): string {
  if (!isReviewStack(stack))
    throw new Error(`${stack} is no review stack: review-<number of the pull request>`);
  const owner = process.env["OWNER"] || "pull-request";
  const template = readFileSync(fileOf("review"), "utf8");
  const present = existsSync(fileOf(stack)) ? readFileSync(fileOf(stack), "utf8") : template;
  const text = reviewFile(present, { owner, expires: dayAfter(new Date(), daysToLive) });
  writeFileSync(fileOf(stack), text);
  return text;
}

const pulumi = (...argv: string[]): Promise<string> =>
  pulumiOutput([...argv, "--non-interactive"], projectRoot, process.env);

async function stackNames(): Promise<string[]> {
  if (await isEmbedded("review")) return listStacks(await readProject(projectRoot), process.env);
  const found = JSON.parse(await pulumi("stack", "ls", "--json")) as { name: string }[];
  return found.map(({ name }) => name.split("/").at(-1) ?? name);
}

async function createStack(stack: string, stackFile: string): Promise<void> {
  // The embedded engine has a stack as soon as there is its file.
  if (await isEmbedded(stack)) return;
  const provider = secretsProviderOf(stackFile);
  await pulumi("stack", "init", stack, ...(provider ? ["--secrets-provider", provider] : []));
}
