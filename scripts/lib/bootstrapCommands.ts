import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, filled } from "../../operations/bootstrap/command";
import { CommandFailure } from "../../operations/bootstrap/failure";
import type { Execute } from "../../operations/bootstrap/run";

/** Runs the bootstrap's commands with the programs on the PATH. A file that a command reads exists only meanwhile. */
export function executeOnPath(cwd: string, env: NodeJS.ProcessEnv): Execute {
  return async (command) => {
    if (command.file === undefined) return run(command, cwd, env);
    const folder = await mkdtemp(join(tmpdir(), "azureml-finetune-bootstrap-"));
    try {
      const path = join(folder, "configuration.json");
      await writeFile(path, command.file, { mode: 0o600 });
      const argv = command.argv.map((text) => filled(text, new Map([["FILE", path]])));
      return await run({ ...command, argv }, cwd, env);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}

function run(command: Command, cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    // On Windows `az` is a batch file, which needs a shell; arguments with quotes do not survive one.
    const child = spawn(command.program, command.argv, {
      cwd,
      env: { ...env, ...command.env, AZURE_CORE_ONLY_SHOW_ERRORS: "true", PULUMI_SKIP_UPDATE_CHECK: "true" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", (error: NodeJS.ErrnoException) =>
      reject(new CommandFailure(error.message, error.code === "ENOENT")),
    );
    child.on("close", (code) => {
      if (code === 0) return resolve(Buffer.concat(stdout).toString("utf8"));
      const text = Buffer.concat(stderr).toString("utf8").trim();
      reject(new CommandFailure(text || `exit code ${code}`));
    });
  });
}
