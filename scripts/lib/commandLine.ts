import { Command, CommanderError } from "commander";

/**
 * A command of this project. It prints help for `--help`; it refuses unknown options, unknown commands and surplus
 * arguments with a suggestion.
 * @param invocation what a person types in front of the options, for example `npm run ask --`
 */
export function createCommand(invocation: string, description: string): Command {
  return new Command(invocation)
    .description(description)
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError(`See ${invocation} --help`);
}

/** The exit code of a command line that ended in help (0) or was refused (2); commander has printed the text. */
export function commandLineExitCode(error: unknown): number | undefined {
  if (!(error instanceof CommanderError)) return undefined;
  return error.exitCode === 0 ? 0 : 2;
}
