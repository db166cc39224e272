import { join } from "node:path";
import type { AzureSession } from "../../azureml/clients/session";
import type { RunOptions } from "../../local/engine/run";
import type * as Clouds from "../../azureml/clients/clouds";
import type * as Sessions from "../../azureml/clients/session";
import type * as Recover from "../../operations/recovery/recover";
import type * as Find from "../../operations/orphans/find";
import type * as Remove from "../../operations/orphans/remove";
import type * as Failed from "../../operations/rollout/removeFailed";
import { findStack } from "../../local/engine/open";
import { embeddedConfig, embeddedEngine } from "../lib/engines/embedded";
import { recoveryNeed } from "../lib/recoverIfNeeded";
import { freshModules } from "./modules";

/** One run's place and output. */
interface Place {
  cwd: string;
  stack: string;
  env: NodeJS.ProcessEnv;
  print(line: string): void;
}

const dist = join(__dirname, "..", "..");

/** Loads modules as the script's own process would: with a session of its own. */
async function openAzure({ cwd, stack, env, print }: Place) {
  const modules = freshModules({ env: process.env, print });
  const load = <T>(file: string): T => modules(join(dist, file)) as T;
  const { azureOptions } = load<typeof Clouds>("azureml/clients/clouds.js");
  const { openSession } = load<typeof Sessions>("azureml/clients/session.js");
  const options = azureOptions(await embeddedConfig(cwd, stack, env));
  const session: AzureSession = await openSession(options);
  await session.credential.report(session.cloud.armScope);
  return { load, session, subscriptionId: options.settings.subscriptionId?.value ?? "" };
}

interface EnginePlace extends Place {
  engine(run: Partial<RunOptions> & { operation: "preview" }): Promise<number>;
}

/** What `npm run up`, `refresh` and `destroy` do first: `recoverIfNeeded` with scripts/recover.ts, in this process. */
export async function recoverBefore(place: EnginePlace): Promise<number> {
  const { cwd, stack, env, print: log } = place;
  const need = await recoveryNeed(await findStack(cwd, stack, env));
  if (need === "none") return 0;
  return reporting(log, async () => {
    const { load, session, subscriptionId } = await openAzure(place);
    const { recoverStack } = load<typeof Recover>("operations/recovery/recover.js");
    const { removeFailed } = load<typeof Failed>("operations/rollout/removeFailed.js");
    const engine = engineOf(place);
    await removeFailed({ session, engine, log, keepFailed: false });
    await recoverStack({ session, subscriptionId, engine, includePlanned: need === "planned", log });
  });
}

/** What `npm run up` does after a failure: `tidyAfterFailure`. */
export async function tidyAfter(place: EnginePlace): Promise<void> {
  const { print: log } = place;
  await reporting(log, async () => {
    const { load, session } = await openAzure(place);
    const { removeFailed } = load<typeof Failed>("operations/rollout/removeFailed.js");
    await removeFailed({ session, engine: engineOf(place), log, keepFailed: false });
  });
}

const engineOf = ({ cwd, stack, env, engine }: EnginePlace): ReturnType<typeof embeddedEngine> =>
  embeddedEngine(cwd, stack, env, (options) => engine(options));

/** Prints an error as `runMain` does. Returns the exit code. */
async function reporting(print: (line: string) => void, work: () => Promise<void>): Promise<number> {
  try {
    await work();
    return 0;
  } catch (error) {
    print(`error: ${(error as Error).message}`);
    return 1;
  }
}

/** What `npm run destroy` does last: `orphans --delete`. */
export function removeOrphans(place: Place): Promise<number> {
  const { stack, print: log } = place;
  return reporting(log, async () => {
    const { load, session, subscriptionId } = await openAzure(place);
    const { findBilled } = load<typeof Find>("operations/orphans/find.js");
    const { removeBilled } = load<typeof Remove>("operations/orphans/remove.js");
    const found = await findBilled({ session, subscriptionId, project: "azureml-finetune", stack, log });
    await removeBilled(session, found, log);
  });
}
