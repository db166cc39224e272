import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { exportedState, type StateResource } from "../../../operations/recovery/deployment";
import type { StackEngine } from "../../../operations/recovery/recover";

const plan = z.looseObject({
  steps: z.array(z.looseObject({ op: z.string(), newState: z.custom<StateResource>().optional() })).nullish(),
});

/**
 * The Pulumi CLI on PATH as the recovery sees it. It works with every backend and secrets provider.
 * @param cwd the project's directory.
 */
export function pulumiCli(cwd: string, stack: string, env: NodeJS.ProcessEnv): StackEngine {
  const pulumi = (...argv: string[]): Promise<string> =>
    pulumiOutput([...argv, "--stack", stack, "--non-interactive"], cwd, env);
  return {
    exportState: async () => exportedState.parse(JSON.parse(await pulumi("stack", "export"))),
    importState: async (state) => {
      const folder = await mkdtemp(join(tmpdir(), "azureml-finetune-recovery-"));
      try {
        const file = join(folder, "state.json");
        await writeFile(file, JSON.stringify(state), { mode: 0o600 });
        await pulumi("stack", "import", "--file", file);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    plannedCreations: async () => {
      const { steps } = plan.parse(JSON.parse(await pulumi("preview", "--json")));
      return (steps ?? []).flatMap(({ op, newState }) =>
        op.startsWith("create") && newState?.type.startsWith("azure-native:") ? [newState] : [],
      );
    },
  };
}

/** The stack's settings by their full key, secrets in plain text: they include the credential. */
export async function pulumiConfig(
  cwd: string,
  stack: string,
  env: NodeJS.ProcessEnv,
): Promise<(key: string) => string | undefined> {
  const text = await pulumiOutput(
    ["config", "--json", "--show-secrets", "--stack", stack, "--non-interactive"],
    cwd,
    env,
  );
  const values = z
    .record(z.string(), z.looseObject({ value: z.string().optional() }))
    .parse(JSON.parse(text));
  return (key) => values[key]?.value;
}

/** A `pulumi` that failed or cannot be started. */
export class PulumiCliError extends Error {
  constructor(
    message: string,
    /** What the CLI reported, without the command. */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Standard output of `pulumi …`. Throws `PulumiCliError`. */
export function pulumiOutput(argv: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("pulumi", argv, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", (cause) =>
      reject(
        new PulumiCliError(
          `\`pulumi\` cannot be started (${cause.message}). Install the Pulumi CLI, or use a file:// backend.`,
          "the Pulumi CLI is not installed",
          { cause },
        ),
      ),
    );
    child.on("close", (code) => {
      const text = Buffer.concat(stdout).toString("utf8");
      if (code === 0) return resolve(text);
      const detail = Buffer.concat(stderr).toString("utf8").trim() || text.trim();
      reject(new PulumiCliError(`\`pulumi ${argv.slice(0, 2).join(" ")}\` failed: ${detail}`, detail));
    });
  });
}
