import { z } from "zod";
import { purgeDeletedVault, purgeDeletedWorkspace } from "../../azureml/clients/softDelete";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { diffOf, handlerClass, say } from "./base";
import { nonEmpty, resourceName, workspaceSchema } from "./schemas";

interface Inputs {
  workspace: WorkspaceRef;
  location: string;
  vaultName: string;
}

const schema = z.looseObject({ workspace: workspaceSchema, location: nonEmpty, vaultName: resourceName });

/** Purging bills nothing and is owed nothing: where it is refused, the destroy goes on and says what stays behind. */
async function attempt(what: string, purge: () => Promise<void>): Promise<void> {
  try {
    await purge();
    say(what, "purged");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    say(what, `its name stays reserved for a while, it could not be purged: ${reason}`);
  }
}

export const Handler = handlerClass<Inputs, Inputs>({
  type: "PurgeOnDestroy",
  schema,
  diff: (olds, news) => diffOf(olds, news, { replace: ["workspace", "vaultName"], update: ["location"] }),
  create: async (inputs) => ({ id: `${inputs.workspace.workspaceName}/purge`, outs: inputs }),
  update: async (_id, _olds, inputs) => ({ outs: inputs }),
  read: async (_id, outs) => outs,
  delete: async (_id, { workspace, location, vaultName }, context) => {
    const session = await context.session();
    const { subscriptionId, workspaceName } = workspace;
    await attempt(workspaceName, () => purgeDeletedWorkspace(session, workspace));
    await attempt(vaultName, () => purgeDeletedVault(session, { subscriptionId, location, name: vaultName }));
  },
});
