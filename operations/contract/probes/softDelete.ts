import { type Azure, describe } from "../azure";
import type { SOFT_DELETE_FACTS } from "../facts/softDelete";
import { vaultBody, workspaceBody } from "../fixtures";
import { at, listAt, textAt } from "../json";
import type { Probe } from "../probe";
import { NotSettled } from "../verdict";

const conflict = { status: [400, 409] } as const;
const dayMs = 24 * 3_600_000;

const deletedVault = ({ paths, target }: Azure, vault: string): string =>
  `${paths.subscription}/providers/Microsoft.KeyVault/locations/${target.location}/deletedVaults/${vault.split("/").at(-1) ?? ""}`;

/** Deletes a resource and waits for the end. @throws NotSettled if Azure does not. */
export async function deleted(azure: Azure, path: string, query?: Record<string, string>): Promise<void> {
  const answer = await azure.call("DELETE", path, undefined, { query });
  const { status, error } = await azure.settled(answer);
  if (answer.status >= 400 || status !== "Succeeded") {
    throw new NotSettled(
      `${path.split("/").at(-1) ?? ""} could not be deleted: ${describe(answer)} ${error}`,
    );
  }
}

export const SOFT_DELETE_PROBES: Readonly<Record<keyof typeof SOFT_DELETE_FACTS, Probe>> = {
  "workspace-name-kept-after-delete": {
    cost: "free",
    needs: ["storage", "vault"],
    calls:
      "PUT a workspace, DELETE it, PUT it again; PUT with allowRecoverSoftDeletedWorkspace and compare workspaceId",
    run: async (azure) => {
      const path = `${azure.paths.ml}/workspaces/${azure.name("ws3")}`;
      await azure.made(path, workspaceBody(azure));
      const before = textAt((await azure.call("GET", path)).body, "properties.workspaceId");
      await deleted(azure, path);
      azure.refused(await azure.call("PUT", path, workspaceBody(azure)), {
        status: [409, 400],
        code: "BadRequest",
        says: /soft-?deleted|purge/i,
      });
      await azure.made(path, workspaceBody(azure, { allowRecoverSoftDeletedWorkspace: true }));
      const after = textAt((await azure.call("GET", path)).body, "properties.workspaceId");
      azure.check(
        before !== "" && after === before,
        "the recovered workspace has its old id",
        after === before,
      );
    },
  },
  "deleted-workspaces-listed": {
    cost: "free",
    needs: ["storage", "vault"],
    calls: "PUT a workspace, DELETE it, GET deletedWorkspaces",
    run: async (azure) => {
      const path = `${azure.paths.ml}/workspaces/${azure.name("ws4")}`;
      await azure.made(path, workspaceBody(azure));
      await deleted(azure, path);
      const list = `${azure.paths.subscription}/providers/Microsoft.MachineLearningServices/deletedWorkspaces`;
      const answer = await azure.call("GET", list);
      azure.check(answer.status === 200, "200 for the list", describe(answer));
      const names = listAt(answer.body, "value").map((entry) => textAt(entry, "name"));
      azure.check(names.includes(azure.name("ws4")), "the deleted workspace in the list", names.length);
    },
  },
  "deleted-workspace-purged-by-id": {
    cost: "free",
    needs: ["storage", "vault"],
    calls: "PUT a workspace, DELETE it, DELETE it with forceToPurge, PUT it again",
    run: async (azure) => {
      const path = `${azure.paths.ml}/workspaces/${azure.name("ws5")}`;
      await azure.made(path, workspaceBody(azure));
      await deleted(azure, path);
      await deleted(azure, path, { forceToPurge: "true" });
      const free = await azure.call("PUT", path, workspaceBody(azure));
      azure.check(free.status < 300, "the purged name is free", describe(free));
      await azure.settled(free);
    },
  },
  "vault-name-kept-after-delete": {
    cost: "free",
    needs: ["group"],
    calls: "PUT a vault, DELETE it, PUT it again; recover it; DELETE and purge it; PUT it",
    run: async (azure) => {
      const path = azure.paths.vault.replace(/-kv$/, "-k2");
      await azure.made(path, await vaultBody(azure));
      await deleted(azure, path);
      azure.refused(await azure.call("PUT", path, await vaultBody(azure)), {
        status: [409],
        code: "ConflictError",
      });
      await azure.made(path, await vaultBody(azure, { createMode: "recover" }));
      await deleted(azure, path);
      const purge = await azure.call("POST", `${deletedVault(azure, path)}/purge`);
      azure.check(purge.status < 300, "the purge is accepted", describe(purge));
      await azure.settled(purge);
      const free = await azure.call("PUT", path, await vaultBody(azure));
      azure.check(free.status < 300, "the purged name is free", describe(free));
      await azure.settled(free, path);
    },
  },
  "recovered-vault-keeps-properties": {
    cost: "free",
    needs: ["group"],
    calls: "PUT a vault, DELETE it, PUT it with createMode recover and another property; GET it",
    run: async (azure) => {
      const path = azure.paths.vault.replace(/-kv$/, "-k4");
      await azure.made(path, await vaultBody(azure));
      await deleted(azure, path);
      await azure.made(path, await vaultBody(azure, { createMode: "recover", enabledForDeployment: true }));
      const { body } = await azure.call("GET", path);
      const value = at(body, "properties.enabledForDeployment");
      azure.check(value !== true, "the property from before the deletion", String(value));
    },
  },
  "only-deleted-vault-recovered": {
    cost: "free",
    needs: ["group"],
    calls: "PUT a vault that never existed with createMode recover",
    run: async (azure) => {
      const path = azure.paths.vault.replace(/-kv$/, "-k5");
      azure.refused(await azure.call("PUT", path, await vaultBody(azure, { createMode: "recover" })), {
        status: [400, 404, 409],
        code: "SoftDeletedVaultDoesNotExist",
      });
    },
  },
  "vault-retention": {
    cost: "free",
    needs: ["group"],
    calls: "PUT a vault with 3 days, then with 7, then with 8; DELETE it and read its purge date",
    run: async (azure) => {
      const path = azure.paths.vault.replace(/-kv$/, "-k3");
      const body = (softDeleteRetentionInDays: number) => vaultBody(azure, { softDeleteRetentionInDays });
      azure.refused(await azure.call("PUT", path, await body(3)), { status: [400], code: "BadRequest" });
      await azure.made(path, await body(7));
      azure.refused(await azure.call("PUT", path, await body(8)), { ...conflict, code: "BadRequest" });
      await deleted(azure, path);
      const { body: found } = await azure.call("GET", deletedVault(azure, path));
      const [from, to] = ["deletionDate", "scheduledPurgeDate"].map((name) =>
        Date.parse(textAt(found, `properties.${name}`)),
      );
      const days = Math.round(((to ?? 0) - (from ?? 0)) / dayMs);
      azure.check(days === 7, "7 days from deletion to purge", days);
    },
  },
  "protected-vault-not-purgeable": {
    notByCalls:
      "a vault with purge protection stays for at least 7 days after the run, and a run leaves nothing",
  },
};
