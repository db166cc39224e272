import { join } from "node:path";
import type { RunOptions } from "../../local/engine/run";
import { embeddedEngine } from "../lib/engines/embedded";
import { recoveryNeed } from "../lib/recoveryNeed";
import type * as Orphans from "../lib/orphans";
import type * as Recovery from "../lib/recovery";
import type { OperationSteps } from "../lib/stackOperation";
import { freshModules } from "./modules";

/** One run's place and output. */
export interface Place {
  cwd: string;
  stack: string;
  env: NodeJS.ProcessEnv;
  print(line: string): void;
  /** Runs the engine in this process. */
  engine(run: Partial<RunOptions> & Pick<RunOptions, "operation">): Promise<number>;
  /** Throws if the run was killed. */
  throwIfKilled(): void;
}

const lib = join(__dirname, "..", "lib");
const files = {
  recovery: join(lib, "recovery.js"),
  orphans: join(lib, "orphans.js"),
  session: join(lib, "stackSession.js"),
  failed: join(lib, "failedDeployments.js"),
};

/**
 * The steps that scripts/lib/commandSteps.ts runs in processes of their own, in this process: the same functions, each time in new
 * instances of their modules, as a process has them.
 */
export function sweepSteps(
  place: Place,
  options: Partial<RunOptions> & Pick<RunOptions, "operation">,
): OperationSteps {
  const { cwd, stack, env, print, engine, throwIfKilled } = place;
  const inside = async (work: (load: <T>(file: string) => T) => Promise<number>): Promise<number> => {
    throwIfKilled();
    const modules = freshModules({ env: process.env, print, own: Object.values(files) });
    const code = await work(<T>(file: string) => modules(file) as T).catch((error: unknown) => {
      // As `runMain` prints it.
      print(`error: ${(error as Error).message}`);
      return 1;
    });
    throwIfKilled();
    return code;
  };
  return {
    need: () => recoveryNeed(cwd, stack, env),
    recover: (request) =>
      inside((load) =>
        load<typeof Recovery>(files.recovery).recover(request, {
          ...{ cwd, stack, env, log: print },
          engine: embeddedEngine(cwd, stack, env, engine),
        }),
      ),
    engine: async (onEvent) => {
      const code = await engine({ ...options, onEvent });
      throwIfKilled();
      return code;
    },
    removeOrphans: () =>
      inside((load) =>
        load<typeof Orphans>(files.orphans).orphans(
          { stack, delete: true, quiet: true },
          { cwd, env, log: print },
        ),
      ),
    print,
  };
}
