import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { filled } from "../../../operations/bootstrap/command";
import { CommandFailure } from "../../../operations/bootstrap/failure";
import type { BootstrapOptions } from "../../../operations/bootstrap/options";
import type { Execute } from "../../../operations/bootstrap/run";

/** What the fake programs keep. */
export interface FakeState {
  registered: string[];
  groups: Record<string, unknown>;
  applications: Array<{ name: string; appId: string; credentials: Array<Record<string, unknown>> }>;
  principals: unknown[];
  assignments: Array<{ principal: string; role: string; scope: string; condition?: string }>;
  environments: Record<string, Record<string, string>>;
  repository: unknown;
  template?: unknown;
  stacks: Record<string, string[]>;
  connections: unknown[];
  user?: unknown;
  deny: Record<string, string>;
  failures: Record<string, { times: number; message: string }>;
  log: string[];
}

interface Fake {
  answer(state: FakeState, program: string, argv: readonly string[], env?: object): string;
  emptyState(): FakeState;
}

// eslint-disable-next-line @typescript-eslint/no-require-imports
const fake = require("./fakeCli.js") as Fake;
export const { emptyState } = fake;

/** No pipeline logs in. */
export const withoutPipeline: BootstrapOptions = {
  environment: "dev",
  subscriptionId: "00000000-0000-0000-0000-000000000001",
  location: "eastus2",
  prefix: "azureml-finetune",
};
export const options: BootstrapOptions = { ...withoutPipeline, repository: "contoso/finetune" };

/** What the command line says. */
export const known = {
  subscription: options.subscriptionId,
  repository: options.repository,
  subject: undefined,
};

/** Answers commands from a state, without processes. */
export function executeOn(state: FakeState): Execute {
  return async (command) => {
    const { program, argv, env, file } = command;
    const answer = (words: readonly string[]): string => fake.answer(state, program, words, env);
    try {
      return await Promise.resolve(file === undefined ? answer(argv) : withFile(file, argv, answer));
    } catch (error) {
      throw new CommandFailure((error as Error).message);
    }
  };
}

function withFile(text: string, argv: readonly string[], use: (argv: string[]) => string): string {
  const folder = mkdtempSync(join(tmpdir(), "bootstrap-"));
  try {
    const path = join(folder, "file.json");
    writeFileSync(path, text);
    return use(argv.map((word) => filled(word, new Map([["FILE", path]]))));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The state without what a run leaves in the log. */
export function withoutLog(state: FakeState): FakeState {
  return { ...(JSON.parse(JSON.stringify(state)) as FakeState), log: [] };
}

/** Whether a command changes something. */
export const isWrite = (text: string): boolean => /\b(create|register|update|set|init|put|PUT)\b/.test(text);
