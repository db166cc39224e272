import { once } from "node:events";
import { z } from "zod";
import { budgetSection } from "../../config/budget";
import { cloudPort, studioPort } from "../../local/cloud/ports";
import { startStudio } from "../../operations/studio/server";
import { cloudControls } from "./cloudControls";
import { outputsOf } from "./endpointOf";
import { projectRoot } from "./localStack";
import { isOnLocalCloud } from "./stackPlace";
import { openStackSession, settingsOf } from "./stackSession";
import { preparedQuality } from "./preparedQuality";

/** Options of `npm run studio`. */
export interface StudioCommand {
  stack: string;
  /** Default: 3 above the local cloud's; any free one for Azure. */
  port?: number;
}

const workspaceOutputs = z.object({
  subscriptionId: z.string(),
  resourceGroupName: z.string(),
  workspaceName: z.string(),
});

const everyMs = 3_000;

/** Serves the page until an interrupt. Returns the exit code. */
export async function studio({ stack, port }: StudioCommand): Promise<number> {
  const outputs = workspaceOutputs.safeParse(await outputsOf(stack, process.env));
  if (!outputs.success)
    throw new Error(
      `stack "${stack}" has no workspace yet. Create it with \`npm run up -- --stack ${stack}\` first`,
    );
  const { session } = await openStackSession(stack);
  const isLocal = await isOnLocalCloud(projectRoot, stack);
  const { prices: own, currency } = await budgetOf(stack);
  const running = await startStudio({
    place: {
      session,
      workspace: outputs.data,
      stack,
      prices: { own, currency },
      quality: (version) => preparedQuality(projectRoot, version),
    },
    ...(isLocal ? { controls: cloudControls(projectRoot) } : {}),
    port: port ?? (isLocal ? studioPort(cloudPort(process.env)) : 0),
    everyMs,
    onOpened: (next) => print(`Opened. For another browser: ${next}`),
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EADDRINUSE") throw error;
    throw new Error(`${error.message}. Another studio may be running; \`--port 0\` takes a free port`, {
      cause: error,
    });
  });
  print(`Studio of stack ${stack}, until Ctrl+C. Open this address once:\n\n  ${running.address}\n`);
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  await running.close();
  return 0;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function budgetOf(stack: string): Promise<z.output<typeof budgetSection>> {
  const text = (await settingsOf(stack))("azureml-finetune:budget");
  return budgetSection.parse(text === undefined ? {} : JSON.parse(text));
}
