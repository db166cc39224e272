import { z } from "zod";
import { purgeDeletedVault, purgeDeletedWorkspace } from "../../azureml/clients/softDelete";
import { findWorkspace } from "../../azureml/clients/workspaces";
import { diffInputs, handlerClass } from "../shared/handler";
import { logLine } from "../shared/log";
import { nonEmpty, resourceName, workspaceSchema } from "../shared/schemas";

const schema = z.object({
  workspace: workspaceSchema,
  location: nonEmpty,
  // Absent if the key vault is not the stack's.
  vaultName: resourceName.optional(),
  // Missing in states of version 0.1.0. It concerns the creation only.
  purgeFirst: z.boolean().optional(),
});

type Inputs = z.infer<typeof schema>;

/** Purging is best effort: what stays behind costs nothing, so a refusal is reported and the destroy continues. */
async function purgeOrReport(name: string, purge: () => Promise<boolean>): Promise<void> {
  try {
    logLine(name, (await purge()) ? "purged" : "not purged: there is nothing soft-deleted of this name");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    logLine(name, `could not be purged, so the name stays reserved for a while: ${reason}`);
  }
}

export const Handler = handlerClass<Inputs, Inputs>({
  type: "PurgeOnDestroy",
  schema,
  diff: (olds, news) => diffInputs(olds, news, { replace: ["workspace", "vaultName"], update: ["location"] }),
  create: async (inputs, context) => {
    const { workspace } = inputs;
    if (inputs.purgeFirst) {
      const session = await context.session();
      // A service that has purged it may answer like one that found nothing (204), so the answer is not reported.
      await purgeOrReport(workspace.workspaceName, async () => {
        await purgeDeletedWorkspace(session, workspace);
        return true;
      });
    }
    return { id: `${workspace.workspaceName}/purge`, outs: inputs };
  },
  update: async (_id, _olds, inputs) => ({ outs: inputs }),
  read: async (_id, outs, context) =>
    (await findWorkspace(await context.session(), outs.workspace)) ? outs : undefined,
  delete: async (_id, { workspace, location, vaultName }, context) => {
    const session = await context.session();
    const { subscriptionId, workspaceName } = workspace;
    await purgeOrReport(workspaceName, () => purgeDeletedWorkspace(session, workspace));
    if (vaultName === undefined) return;
    await purgeOrReport(vaultName, () =>
      purgeDeletedVault(session, { subscriptionId, location, name: vaultName }),
    );
  },
});
