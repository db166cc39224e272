import { Command, CommanderError, InvalidArgumentError } from "commander";

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

/** Parses an option's number. Errors: anything else, with what is allowed. */
export function numberFrom(minimum: number, maximum = Infinity): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (value >= minimum && value <= maximum) return value;
    const range = maximum === Infinity ? `from ${minimum}` : `from ${minimum} to ${maximum}`;
    throw new InvalidArgumentError(`Expected a number ${range}.`);
  };
}

/** Parses an option's whole number from 1. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError("Expected a whole number of at least 1.");
}
