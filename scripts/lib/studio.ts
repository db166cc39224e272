import { once } from "node:events";
import { z } from "zod";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { budgetSection } from "../../config/budget";
import { cloudPort, studioPort } from "../../local/cloud/ports";
import { openStack } from "../../local/engine/open";
import { startStudio } from "../../operations/studio/server";
import { cloudControls } from "./cloudControls";
import { outputsOf } from "./endpointOf";
import { hasFileBackend } from "./engines/embedded";
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
  const workspace = await workspaceOf(stack);
  if (!workspace)
    throw new Error(
      `stack "${stack}" has no workspace yet. Create it with \`npm run up -- --stack ${stack}\` first`,
    );
  const { session } = await openStackSession(stack);
  const isLocal = await isOnLocalCloud(projectRoot, stack);
  const { prices: own, currency } = await budgetOf(stack);
  const running = await startStudio({
    place: {
      session,
      workspace,
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

/** The workspace in the stack's outputs. During the first update it has none yet, but the embedded engine's state has the workspace. */
async function workspaceOf(stack: string): Promise<WorkspaceRef | undefined> {
  const outputs = workspaceOutputs.safeParse(await outputsOf(stack, process.env));
  if (outputs.success) return outputs.data;
  if (!(await hasFileBackend(projectRoot, process.env))) return undefined;
  const { snapshot } = await openStack(projectRoot, stack, process.env);
  const found = snapshot.resources.find(
    ({ type }) => type === "azure-native:machinelearningservices:Workspace",
  );
  const [, subscriptionId, resourceGroupName, workspaceName] =
    /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/.*\/workspaces\/([^/]+)$/i.exec(found?.id ?? "") ??
    [];
  return subscriptionId && resourceGroupName && workspaceName
    ? { subscriptionId, resourceGroupName, workspaceName }
    : undefined;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function budgetOf(stack: string): Promise<z.output<typeof budgetSection>> {
  const text = (await settingsOf(stack))("azureml-finetune:budget");
  return budgetSection.parse(text === undefined ? {} : JSON.parse(text));
}
