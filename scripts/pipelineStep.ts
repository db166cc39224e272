import { createCommand } from "./lib/commandLine";
import { runMain } from "./lib/failure";
import { commentStep } from "./lib/pipeline/commentStep";
import { destroyStep } from "./lib/pipeline/destroyStep";
import { driftIssueStep, driftStep } from "./lib/pipeline/driftStep";
import { identityStep } from "./lib/pipeline/identityStep";
import { previewStep, upStep } from "./lib/pipeline/previewStep";
import { promoteRequestStep, promoteStep } from "./lib/pipeline/promoteStep";
import { reportStep } from "./lib/pipeline/reportStep";
import { reviewDownStep, reviewSweepStep, reviewUpStep } from "./lib/pipeline/reviewStep";

interface Options {
  stack: string;
  out: string;
  reports: string;
  environment: string;
  plan?: string;
  checkOnly?: boolean;
}

type Row = [flags: string, about: string];

const stack: Row = ["-s, --stack <name>", "the stack"];
const out: Row = ["--out <file>", "where to write the report for a later job"];
const reports: Row = ["--reports <directory>", "where the reports are, at any depth"];

/** Name, description, required options, further options, and the work. */
const steps: [string, string, Row[], Row[], (options: Options) => Promise<number>][] = [
  [
    "identity",
    "check the subject of the pipeline's identity token before the login",
    [["--environment <name>", "the environment of the job"]],
    [],
    identityStep,
  ],
  ["preview", "preview a stack and write what it found to a file", [stack, out], [], previewStep],
  ["comment", "write the one comment of a pull request about all stacks", [reports], [], commentStep],
  [
    "up",
    "update a stack, only if it does what was approved",
    [stack],
    [["--plan <file>", "the report of the approved preview; without it nothing was to approve"]],
    upStep,
  ],
  ["report", "show and write the run report after an update", [stack, out], [], reportStep],
  ["drift", "compare a stack with Azure; changes nothing", [stack, out], [], driftStep],
  ["drift-issue", "open, update or close the one issue about drift", [reports], [], driftIssueStep],
  ["promote", "make the edit of a promotion from a stack to TARGET", [stack, out], [], promoteStep],
  ["promote-request", "open the pull request of a promotion", [reports], [], promoteRequestStep],
  ["review-up", "create the stack of a pull request if needed, and update it", [stack], [], reviewUpStep],
  ["review-down", "delete the stack of a pull request", [stack], [], reviewDownStep],
  ["review-sweep", "delete the review stacks whose last day has come", [], [], reviewSweepStep],
  [
    "destroy",
    "destroy a stack whose name was typed again (CONFIRMATION, OVERRIDE_PRODUCTION)",
    [stack],
    [["--check-only", "check what was typed, and delete nothing"]],
    destroyStep,
  ],
];

/**
 * `npm run pipeline-step -- <name>`: one step of a pipeline. GitHub Actions and Azure Pipelines call the same steps;
 * .github/workflows and azure-pipelines/ contain only their order (docs/pipelines.md).
 */
async function main(): Promise<number> {
  const command = createCommand("npm run pipeline-step --", "One step of a pipeline (docs/pipelines.md).");
  let code = 0;
  for (const [name, about, required, optional, work] of steps) {
    const step = command.command(name).description(about);
    for (const row of required) step.requiredOption(...row);
    for (const row of optional) step.option(...row);
    step.action(async (options: Options) => void (code = await work(options)));
  }
  await command.parseAsync();
  return code;
}

runMain(main);
