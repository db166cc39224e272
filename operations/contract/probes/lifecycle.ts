import { type Azure, describe } from "../azure";
import type { LIFECYCLE_FACTS } from "../facts/lifecycle";
import {
  clusterBody,
  deploymentBody,
  endpointBody,
  fixturePaths,
  jobEnd,
  storageBody,
  vaultBody,
  workspaceBody,
} from "../fixtures";
import { at, listAt, textAt } from "../json";
import { jobBody } from "../pipelineJob";
import { sizes } from "../prices";
import type { Probe } from "../probe";
import { askMany } from "../scoring";
import { NotSettled } from "../verdict";
import { assignReader } from "./immutability";

const conflict = { status: [400, 409] } as const;
const dayMs = 24 * 3_600_000;

const deletedVault = ({ paths, target }: Azure, vault: string): string =>
  `${paths.subscription}/providers/Microsoft.KeyVault/locations/${target.location}/deletedVaults/${vault.split("/").at(-1) ?? ""}`;

async function deleted(azure: Azure, path: string, query?: Record<string, string>): Promise<void> {
  const answer = await azure.call("DELETE", path, undefined, { query });
  const { status, error } = await azure.settled(answer);
  if (answer.status >= 400 || status !== "Succeeded") {
    throw new NotSettled(
      `${path.split("/").at(-1) ?? ""} could not be deleted: ${describe(answer)} ${error}`,
    );
  }
}

export const LIFECYCLE_PROBES: Readonly<Record<keyof typeof LIFECYCLE_FACTS, Probe>> = {
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
  "name-free-once-deleted": {
    cost: "free",
    needs: ["workspace"],
    calls: "PUT a cluster, DELETE it, PUT it at once, and with another size after the deletion",
    run: async (azure) => {
      const path = `${azure.paths.workspace}/computes/${azure.name("gone")}`;
      const { location } = azure.target;
      await azure.made(path, clusterBody(location, sizes.cpu.name));
      const removal = await azure.call("DELETE", path, undefined, {
        query: { underlyingResourceAction: "Delete" },
      });
      const early = await azure.call("PUT", path, clusterBody(location, sizes.cpu.name));
      if (early.status < 300) azure.note("the deletion had ended before the PUT at once");
      else azure.refused(early, { ...conflict, code: "ResourceDeletionInProgress" });
      await azure.settled(removal);
      await azure.settled(early.status < 300 ? early : removal);
      if (early.status < 300) await deleted(azure, path, { underlyingResourceAction: "Delete" });
      await azure.made(path, clusterBody(location, "Standard_DS2_v2"));
      const size = textAt((await azure.call("GET", path)).body, "properties.properties.vmSize");
      azure.check(/^standard_ds2_v2$/i.test(size), "the new size after the deletion", size);
    },
  },
  "group-not-being-deleted": {
    cost: "free",
    needs: ["group"],
    calls: "PUT a group with an account, DELETE the group, PUT another account into it at once",
    run: async (azure) => {
      const group = `${azure.paths.subscription}/resourceGroups/${azure.name("rg3")}`;
      const account = (suffix: string): string =>
        `${group}/providers/Microsoft.Storage/storageAccounts/ctr${azure.target.runId}${suffix}`;
      await azure.made(group, { location: azure.target.location });
      await azure.made(account("g1"), storageBody(azure.target.location));
      const removal = await azure.call("DELETE", group);
      if (removal.status >= 400) throw new NotSettled(`the group could not be deleted: ${describe(removal)}`);
      const late = await azure.call("PUT", account("g2"), storageBody(azure.target.location));
      await azure.settled(removal);
      if (late.status === 404) throw new NotSettled("the deletion had ended before the PUT");
      azure.refused(late, { status: [409], code: "ResourceGroupBeingDeleted" });
    },
  },
  "one-operation-at-a-time": {
    cost: "free",
    needs: ["endpoint"],
    calls: "PUT the endpoint with another description, and at once with a third",
    run: async (azure) => {
      const { endpoint } = fixturePaths(azure);
      const now = await azure.call("GET", endpoint);
      const traffic = at(now.body, "properties.traffic") ?? {};
      const put = (description: string) =>
        azure.call("PUT", endpoint, endpointBody(azure.target.location, { description, traffic }));
      const first = await put("first");
      const second = await put("second");
      await azure.settled(first, endpoint);
      if (second.status < 300) await azure.settled(second, endpoint);
      if (first.status >= 300) throw new NotSettled(`the first PUT was refused: ${describe(first)}`);
      azure.refused(second, { status: [409], code: "AnotherOperationInProgress" });
    },
  },
  "failed-endpoint-takes-no-deployment": {
    notByCalls: "no call makes an endpoint fail",
  },
  "running-job-not-deletable": {
    cost: "cheap",
    needs: ["cluster", "data"],
    calls: "PUT a job, DELETE it at once",
    run: async (azure) => {
      const path = `${azure.paths.workspace}/jobs/${azure.name("busy")}`;
      const submitted = await azure.call("PUT", path, await jobBody(azure, { compute: azure.name("cpu") }));
      if (submitted.status >= 300) throw new NotSettled(`the job was refused: ${describe(submitted)}`);
      azure.refused(await azure.call("DELETE", path), { ...conflict, code: "Conflict" });
      await azure.call("POST", `${path}/cancel`);
      await jobEnd(azure, path);
    },
  },
  "model-of-completed-job": {
    cost: "cheap",
    needs: ["job"],
    calls: "PUT a model from the output of a canceled job",
    run: async (azure) => {
      const { job } = fixturePaths(azure);
      const status = await jobEnd(azure, job);
      if (status === "Completed") throw new NotSettled("the job completed before it was canceled");
      const modelUri = `azureml://jobs/${job.split("/").at(-1) ?? ""}/outputs/trained_model`;
      const body = { properties: { modelType: "mlflow_model", modelUri } };
      const answer = await azure.call(
        "PUT",
        `${azure.paths.workspace}/models/${azure.name("half")}/versions/1`,
        body,
      );
      azure.refused(answer, { ...conflict, code: "UserError" });
    },
  },
  "default-datastore-not-deletable": {
    cost: "free",
    needs: ["otherWorkspace"],
    calls: "DELETE workspaceblobstore of the second workspace",
    run: async (azure) => {
      const answer = await azure.call(
        "DELETE",
        `${azure.paths.otherWorkspace}/datastores/workspaceblobstore`,
      );
      azure.refused(answer, { ...conflict, code: "UserError" });
    },
  },
  "role-assigned-once": {
    cost: "free",
    needs: ["otherWorkspace", "endpoint"],
    calls: "PUT two role assignments with the same principal, role and scope",
    run: async (azure) => {
      const { endpoint } = fixturePaths(azure);
      const first = await assignReader(azure, endpoint, "1");
      if (first.status >= 400) throw new NotSettled(`no right to assign roles (${first.status})`);
      azure.refused(await assignReader(azure, endpoint, "2"), {
        status: [409],
        code: "RoleAssignmentExists",
      });
    },
  },
  "request-timeout-limit": {
    cost: "cheap",
    needs: ["endpoint", "plainModel"],
    calls: "PUT a deployment with requestTimeout PT3M1S",
    run: async (azure) => {
      const { endpoint, plainModel } = fixturePaths(azure);
      const body = deploymentBody(azure, {
        model: plainModel,
        instanceType: sizes.cpu.name,
        requestSettings: { requestTimeout: "PT3M1S" },
      });
      const answer = await azure.call("PUT", `${endpoint}/deployments/slow`, body);
      azure.refused(answer, { status: [400], code: "ValidationError", says: /timeout|PT3M/i });
    },
  },
  "pending-requests-limit": {
    cost: "gpu",
    needs: ["deployment"],
    calls: "12 POSTs to the scoring address at once, of a deployment with 1 concurrent request",
    run: async (azure) => {
      const statuses = await askMany(azure, 12);
      azure.check(statuses.includes(429), "429 for some of 12 requests at once", statuses);
    },
  },
  "tag-limits": {
    cost: "free",
    needs: ["storage"],
    calls: "PUT an account with 52 tags, with a value of 257 and with a name of 513 characters",
    run: async (azure) => {
      const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`t${index}`, ""]));
      for (const tags of [many, { long: "x".repeat(257) }, { ["x".repeat(513)]: "" }]) {
        const answer = await azure.call("PUT", azure.paths.storage, {
          ...storageBody(azure.target.location),
          tags,
        });
        azure.refused(answer, { status: [400] });
      }
    },
  },
};
