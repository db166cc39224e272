import { listVmSizePrices, parseVmSizes } from "../../../azureml/clients/sizes";
import { type Azure, describe, serviceError } from "../azure";
import type { CAPACITY_FACTS } from "../facts/capacity";
import { clusterBody, deploymentBody, fixturePaths } from "../fixtures";
import { listAt, textAt } from "../json";
import { jobBody } from "../pipelineJob";
import { sizes } from "../prices";
import type { Probe } from "../probe";
import { NotSettled } from "../verdict";
import { sizeBeyondQuota, sizesWithQuota } from "./sizes";

/** Requests more instances than the quota of the family allows; the service cannot start them. */
async function beyondEndpointQuota(
  azure: Azure,
): Promise<{ needed: number; vCpus: number; instances: number }> {
  const size = (await sizesWithQuota(azure)).find(({ name }) => name === sizes.cpu.name);
  if (!size) throw new NotSettled(`${sizes.cpu.name} is not offered in the region`);
  const instances = Math.floor(size.limit / size.vCpus) + 1;
  const path = `${fixturePaths(azure).endpoint}/deployments/toomany`;
  const body = deploymentBody(
    azure,
    { instanceType: size.name, model: fixturePaths(azure).plainModel },
    instances,
  );
  const answer = await azure.call("PUT", path, body);
  azure.refused(answer, { status: [400, 409], code: "BadRequest", says: /quota/i });
  const needed = /additional needed: (\d+)/i.exec(serviceError(answer).message)?.[1];
  if (needed === undefined) throw new NotSettled(`the refusal does not name the cores: ${describe(answer)}`);
  return { needed: Number(needed), vCpus: size.vCpus, instances };
}

export const CAPACITY_PROBES: Readonly<Record<keyof typeof CAPACITY_FACTS, Probe>> = {
  "size-offered-in-region": {
    cost: "free",
    needs: ["workspace"],
    calls: "PUT a cluster of a size that no region offers",
    run: async (azure) => {
      const body = clusterBody(azure.target.location, "Standard_NC999_v99");
      const answer = await azure.call("PUT", `${azure.paths.workspace}/computes/${azure.name("x")}`, body);
      azure.refused(answer, { status: [400], code: "InvalidVmSize", says: /size/i });
    },
  },
  "retired-size-refused": {
    cost: "free",
    needs: ["workspace"],
    calls: "PUT a cluster of Standard_NC6s_v3, which was retired on 30 September 2025",
    run: async (azure) => {
      const body = clusterBody(azure.target.location, "Standard_NC6s_v3");
      const answer = await azure.call("PUT", `${azure.paths.workspace}/computes/${azure.name("old")}`, body);
      azure.refused(answer, { status: [400, 409], code: "InvalidVmSize", says: /size|retire|support|sku/i });
    },
  },
  "size-offered-for-endpoints": {
    cost: "cheap",
    needs: ["endpoint", "plainModel"],
    calls: "PUT a deployment on Standard_DS1_v2, which is not in the list",
    run: async (azure) => {
      const { endpoint, plainModel } = fixturePaths(azure);
      const body = deploymentBody(azure, { instanceType: "Standard_DS1_v2", model: plainModel });
      const answer = await azure.call("PUT", `${endpoint}/deployments/wrongsize`, body);
      azure.refused(answer, { status: [400], code: "BadRequest", says: /size|instance ?type|sku/i });
    },
  },
  "cluster-within-quota": {
    cost: "free",
    needs: ["workspace"],
    calls: "GET vmSizes and usages; PUT a cluster with 0 minimum nodes of a size whose family has no quota",
    run: async (azure) => {
      const { name } = await sizeBeyondQuota(azure);
      const body = clusterBody(azure.target.location, name);
      const answer = await azure.call("PUT", `${azure.paths.workspace}/computes/${azure.name("big")}`, body);
      azure.refused(answer, { status: [400, 409], code: "ClusterMinNodesExceedCoreQuota", says: /quota/i });
    },
  },
  "job-within-quota": {
    notByCalls: "the subscription's quota would have to be lowered while a cluster of the family exists",
  },
  "nodes-within-cluster": {
    cost: "cheap",
    needs: ["cluster", "data"],
    calls: "PUT a job with `num_nodes_finetune` 2 for a cluster of at most 1 node",
    run: async (azure) => {
      const body = await jobBody(azure, {
        compute: azure.name("cpu"),
        literals: { num_nodes_finetune: "2" },
      });
      const answer = await azure.call("PUT", `${azure.paths.workspace}/jobs/${azure.name("wide")}`, body);
      azure.refused(answer, { status: [400], code: "UserError", says: /node/i });
    },
  },
  "surge-reserve": {
    cost: "cheap",
    needs: ["endpoint", "plainModel"],
    calls:
      "PUT a deployment with one instance more than the quota allows; the refusal names the needed cores",
    run: async (azure) => {
      const { needed, vCpus, instances } = await beyondEndpointQuota(azure);
      const expected = vCpus * Math.ceil(instances * 1.2);
      azure.check(needed === expected, `${expected} cores for ${instances} instances of ${vCpus}`, needed);
    },
  },
  "quotas-shared": {
    notByCalls: "a cluster and an endpoint would have to use up the quota of a family together",
  },
  "quota-names": {
    cost: "free",
    needs: [],
    calls: "GET usages",
    run: async (azure) => {
      const answer = await azure.call("GET", `${azure.paths.region}/usages`);
      const names = listAt(answer.body, "value").map((usage) => textAt(usage, "name.value"));
      for (const total of ["TotalDedicatedCores", "TotalLowPriorityCores"])
        azure.check(names.includes(total), `a row ${total}`, names.slice(0, 5).join(", "));
      const families = names.filter((name) => /family$/i.test(name));
      const twice = families.filter((name, index) => families.indexOf(name) !== index);
      azure.check(twice.length > 0, "rows of one family for both priorities", `${families.length} names`);
    },
  },
  "deployment-within-quota": {
    cost: "cheap",
    needs: ["endpoint", "plainModel"],
    calls: "PUT a deployment with one instance more than the quota allows",
    run: async (azure) => {
      await beyondEndpointQuota(azure);
    },
  },
  "prices-of-sizes": {
    cost: "free",
    needs: [],
    calls: "GET vmSizes",
    run: async (azure) => {
      const prices = listVmSizePrices(await readSizes(azure));
      const missing = Object.values(sizes).filter(({ name }) => !((prices[name] ?? 0) > 0));
      azure.check(missing.length === 0, "a price of each size that the program uses by default", prices);
    },
  },
  "low-priority-price": {
    cost: "free",
    needs: [],
    calls: "GET vmSizes; compares the prices of the tiers",
    run: async (azure) => {
      const shares = parseVmSizes(await readSizes(azure)).flatMap(({ name, gpus, prices }) =>
        gpus > 0 && prices?.dedicated && prices.lowPriority
          ? [{ name, share: prices.lowPriority / prices.dedicated }]
          : [],
      );
      if (shares.length === 0) throw new NotSettled("the region reports no low-priority price");
      const other = shares.filter(({ share }) => Math.abs(share - 0.2) > 0.01);
      azure.check(other.length === 0, "0.2 of the dedicated price for each size with GPUs", other);
    },
  },
};

async function readSizes(azure: Azure): Promise<unknown> {
  const answer = await azure.call("GET", `${azure.paths.region}/vmSizes`);
  if (answer.status !== 200) throw new NotSettled(`sizes cannot be read (${answer.status})`);
  return answer.body;
}
