import { errorText } from "../azureml/errors";
import { createCommand } from "./lib/commandLine";
import { runMain } from "./lib/failure";
import { environmentOf, inside } from "./lib/localStack";
import type { ReportOptions } from "./lib/report";
import { localStack } from "./lib/stackPlace";

/**
 * `npm run report`: writes what was trained, whether it helped, what the model says, what it costs and what is serving to one HTML file.
 * It reads the stack's state and the workspace, and changes neither.
 */
async function main(): Promise<number> {
  const command = createCommand("npm run report --", "Writes the run report of a stack.")
    .option("-s, --stack <name>", "the stack", localStack)
    .option(
      "--out <file>",
      "the file; default: .local/reports/<stack>.html, reports/<stack>.html for a stack in Azure",
    )
    .option("--markdown", "print the short form for a comment or a job's page, and write no file")
    .option("--rows", "show rows of your own data: samples, and the question of the score")
    .option("--after-up", "print the path as one line after an update; a failure is a line, too")
    .parse();
  const options = command.opts<ReportOptions & { afterUp?: boolean }>();
  return inside(
    "scripts/report.js",
    () => environmentOf(options.stack),
    () => (options.afterUp ? writeAfterUpdate(options) : write(options)),
  );
}

async function write(options: ReportOptions): Promise<number> {
  const { report } = await import("./lib/report.js");
  process.stdout.write(`${await report(options)}\n`);
  return 0;
}

/** The update has ended well: without a report it still has. */
async function writeAfterUpdate(options: ReportOptions): Promise<number> {
  process.stdout.write("Report: ");
  return write(options).catch((error: unknown) => {
    const [reason = ""] = errorText(error).split("\n");
    process.stdout.write(`not written (${reason})\n`);
    return 0;
  });
}

runMain(main);
