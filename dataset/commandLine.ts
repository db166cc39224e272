import type { DatasetRequestInput } from "./request";
import { requestOptions, type RequestField, type RequestOption } from "./requestOptions";
import type { RowPolicy } from "./rowsShown";

/** The options of a request, as the words of a command line. Fields that are not set are left out. */
export function requestWords(request: DatasetRequestInput): string[] {
  return Object.entries<RequestOption>(requestOptions).flatMap(([field, option]) => {
    const value = request[field as RequestField];
    return value === undefined ? [] : option.write(value);
  });
}

/**
 * The shell command that prepares the data of a request and prints the manifest as its last line.
 *
 * `@pulumi/command` stores this text in the state and runs the command again when it changes. Therefore the text for a configuration must
 * stay byte for byte what it was in version 0.1.0.
 * @param rows where rows appear (`--rows`); default: in everything, for a public data set on the hub
 */
export function commandLine(request: DatasetRequestInput, { rows }: { rows?: RowPolicy } = {}): string {
  const words = [...requestWords(request).map(shellWord), ...(rows ? ["--rows", rows] : []), "--json"];
  return ["node dist/scripts/download-dataset.js", ...words].join(" ");
}

function shellWord(word: string): string {
  return /^[\w./:=,@+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
