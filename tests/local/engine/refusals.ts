import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { main } from "../../../local/engine/cli";
import type { Graph } from "./properties/graph";
import { World } from "./properties/world";

/** Runs the command line in this process and captures its output. */
async function command(env: NodeJS.ProcessEnv, argv: string[]): Promise<{ code: number; text: string }> {
  let text = "";
  const catchText = (chunk: unknown): boolean => {
    text += String(chunk);
    return true;
  };
  const spies = [jest.spyOn(process.stdout, "write"), jest.spyOn(process.stderr, "write")];
  spies.forEach((spy) => spy.mockImplementation(catchText));
  try {
    return { code: await main(argv, env), text };
  } finally {
    spies.forEach((spy) => spy.mockRestore());
  }
}

const thing = (key: string, inputs: Graph[number]["inputs"]): Graph[number] => ({
  ...{ key, name: key, kind: "custom", type: "cloud:index:Thing", dependsOn: [], aliases: [] },
  inputs: { label: { literal: key }, ...inputs },
});

/** The stack for all tests: `two` depends on `one` and has a secret. */
const graph: Graph = [
  thing("one", { value: { literal: "1" } }),
  thing("two", {
    link: { from: "one", output: "self" },
    secret: { literal: "s3cret of two", secret: true },
  }),
];

export type Edit = (text: string) => string;
type Answer = { code: number; text: string };

/** A stack with a state, for tests of wrong input: a rejected command must change nothing. */
export class Refusals {
  readonly backend: string;
  readonly statePath: string;
  readonly up = ["up", "--yes", "--stack", "dev"];

  private constructor(readonly world: World) {
    this.backend = join(world.root, "state/.pulumi");
    this.statePath = join(this.backend, "stacks/prop/dev.json");
  }

  static async make(): Promise<Refusals> {
    const world = await World.make();
    await world.run({ operation: "up", graph });
    return new Refusals(world);
  }

  get env(): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      PULUMI_BACKEND_URL: `file://${this.world.root}/state`,
      PULUMI_CONFIG_PASSPHRASE: "correct horse battery",
    };
  }

  /** Runs a command on the current files. No file may change; no stack trace and no secret may be printed. */
  async run(argv = this.up, env = this.env, cwd = this.world.root): Promise<Answer> {
    const before = this.world.files();
    const { code, text } = await command(env, [...argv, "--cwd", cwd]);
    expect(text).not.toMatch(/^\s+at .*[:)]/m);
    expect(text).not.toContain("s3cret");
    expect(this.world.files()).toEqual(before);
    return { code, text };
  }

  /** Runs a command while a file is changed and restores the file. */
  async runWith(path: string, edit: Edit): Promise<Answer> {
    const sound = readFileSync(path, "utf8");
    const damaged = edit(sound);
    expect(damaged).not.toBe(sound);
    writeFileSync(path, damaged);
    try {
      return await this.run();
    } finally {
      writeFileSync(path, sound);
    }
  }
}

/** Expects an exit code and all parts of the message. */
export function expectAnswer(answer: Answer, code: number, patterns: readonly RegExp[]): void {
  for (const pattern of patterns) expect(answer.text).toMatch(pattern);
  expect(answer.code).toBe(code);
}
