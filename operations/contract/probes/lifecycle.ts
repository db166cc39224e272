import { describe } from "../azure";
import type { LIFECYCLE_FACTS } from "../facts/lifecycle";
import { clusterBody, deploymentBody, endpointBody, fixturePaths, jobEnd, storageBody } from "../fixtures";
import { at, textAt } from "../json";
import { jobBody } from "../pipelineJob";
import { sizes } from "../prices";
import type { Probe } from "../probe";
import { noRegistry } from "../registry";
import { askMany } from "../scoring";
import { NotSettled } from "../verdict";
import { assignReader } from "./immutability";
import { deleted } from "./softDelete";

const conflict = { status: [400, 409] } as const;
export const LIFECYCLE_PROBES: Readonly<Record<keyof typeof LIFECYCLE_FACTS, Probe>> = {
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
  "registry-serves-its-regions": { notByCalls: noRegistry },
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
