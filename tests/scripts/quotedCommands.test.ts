/** Every `npm` command that the documentation quotes exists, with its subcommands and options. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const root = resolve(__dirname, "../..");
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`),
];

interface Quoted {
  where: string;
  script: string;
  words: string[];
}

/** The commands of a page, up to what ends them: a comment, the end of the code, or another command. */
function quotedIn(page: string): Quoted[] {
  if (!page.endsWith(".md")) return [];
  const text = readFileSync(join(root, page), "utf8");
  const found = text.matchAll(/\bnpm (?:run (?:--silent )?([\w:-]+)|(test|start)\b)(?: --( [^`#\n|;&)]*))?/g);
  return [...found].map(({ 1: run, 2: short, 3: rest = "", index }) => ({
    where: `${page}:${text.slice(0, index).split("\n").length}`,
    script: run ?? short ?? "",
    words: rest.trim().split(/\s+/).filter(Boolean),
  }));
}

const helps = new Map<string, Promise<string>>();

/** What a script prints for --help, or a command of it. */
function help(file: string, ...commands: string[]): Promise<string> {
  const key = [file, ...commands].join(" ");
  const known = helps.get(key);
  if (known) return known;
  const printed = promisify(execFile)(
    process.execPath,
    [join(root, "dist/scripts", `${file}.js`), ...commands, "--help"],
    { cwd: root },
  ).then(({ stdout }) => stdout);
  helps.set(key, printed);
  return printed;
}

/** What is wrong with a quoted command: nothing, or one line. */
async function mistake({ where, script, words }: Quoted): Promise<string[]> {
  const command = scripts[script];
  if (command === undefined) return [`${where}: no script is named ${script}`];
  const [, file, fixed = ""] = /dist\/scripts\/(\w[\w-]*)\.js(.*)$/.exec(command) ?? [];
  if (file === undefined) return [];
  const commands: string[] = [];
  let text = await help(file);
  for (const word of [...fixed.trim().split(/\s+/), ...words].filter((one) => /^[a-z][\w-]*$/.test(one))) {
    const listed = text.split(/^Commands:$/m)[1] ?? "";
    if (!new RegExp(`^  ${word}\\b`, "m").test(listed)) break;
    commands.push(word);
    text = await help(file, ...commands);
  }
  const options = words.flatMap((word) => /^\[?(--?[a-z][\w-]*)/.exec(word)?.[1] ?? []);
  return options
    .filter((option) => option !== "--help" && !new RegExp(`(^|[\\s,])${option}(?![\\w-])`, "m").test(text))
    .map((option) => `${where}: npm run ${[script, ...words].join(" ")}: no option ${option}`);
}

test("the documentation quotes only commands and options that exist", async () => {
  const quoted = pages.flatMap(quotedIn);
  expect(quoted.filter(({ words }) => words.length > 0).length).toBeGreaterThan(50);
  expect((await Promise.all(quoted.map(mistake))).flat()).toEqual([]);
});

test("a script, a command and an option that do not exist are found", async () => {
  const wrong = async (script: string, ...words: string[]) => mistake({ where: "x:1", script, words });
  expect(await wrong("promotes")).toEqual(["x:1: no script is named promotes"]);
  expect(await wrong("local", "fault", "add", "500", "--paths")).toEqual([
    "x:1: npm run local fault add 500 --paths: no option --paths",
  ]);
  expect(await wrong("up", "--stack", "dev", "--yess")).toEqual([
    "x:1: npm run up --stack dev --yess: no option --yess",
  ]);
});
