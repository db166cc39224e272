/** A command of the bootstrap as data. Arguments can refer to values that earlier steps found or created: `{{APP_ID}}`. */
export interface Command {
  program: "az" | "gh" | "pulumi";
  argv: readonly string[];
  /** Variables of its environment, in addition to the caller's. */
  env?: Readonly<Record<string, string>>;
  /** A file that the command reads. `{{FILE}}` in an argument stands for its path. */
  file?: string;
}

/** Values by the name of their reference. */
export type Values = ReadonlyMap<string, string>;

const reference = /\{\{([A-Z_]+)\}\}/g;

export const az = (...argv: string[]): Command => ({ program: "az", argv });
export const gh = (...argv: string[]): Command => ({ program: "gh", argv });

/** The text with every known value. Unknown references stay. */
export function filled(text: string, values: Values): string {
  return text.replace(reference, (whole, name: string) => values.get(name) ?? whole);
}

/** The command with every known value. */
export function filledCommand({ argv, env, file, ...rest }: Command, values: Values): Command {
  return {
    ...rest,
    argv: argv.map((text) => filled(text, values)),
    ...(env && {
      env: Object.fromEntries(Object.entries(env).map(([name, text]) => [name, filled(text, values)])),
    }),
    ...(file !== undefined && { file: filled(file, values) }),
  };
}

/** Names of the values that a command still needs. */
export function openReferences({ argv, env = {}, file = "" }: Command): string[] {
  const texts = [...argv, ...Object.values(env), file];
  const names = texts.flatMap((text) => [...text.matchAll(reference)].map(([, name = ""]) => name));
  return [...new Set(names)].filter((name) => name !== "FILE");
}

/** An argument for a POSIX shell. A reference becomes a variable. */
function quoted(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (text.search(reference) < 0) return `'${text.replaceAll("'", `'\\''`)}'`;
  const escaped = text.replace(/[\\"`$]/g, "\\$&");
  return `"${escaped.replace(reference, (_, name: string) => `$${name}`)}"`;
}

/**
 * The command for a POSIX shell, one option a line.
 * @param captures the variable that gets its output.
 */
export function shellText({ program, argv, env = {}, file }: Command, captures?: string): string {
  const words = argv.map((text) => quoted(text.replaceAll("{{FILE}}", "bootstrap.json")));
  const lines: string[][] = [[program]];
  for (const word of words) {
    if (word.startsWith("-")) lines.push([word]);
    else lines.at(-1)?.push(word);
  }
  const text = lines.map((line) => line.join(" ")).join(" \\\n  ");
  const variables = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)} `);
  const command = `${variables.join("")}${text}`;
  const written = file === undefined ? "" : `printf '%s' ${quoted(file)} > bootstrap.json\n`;
  return `${written}${captures === undefined ? command : `${captures}=$(${command})`}`;
}
