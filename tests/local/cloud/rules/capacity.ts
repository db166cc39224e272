import type { Core } from "../../../../local/cloud/core";
import { SUBSCRIPTION } from "../helpers/testCloud";
import { pipelineJob, WORKSPACE } from "../ml/mlCloud";
import { BLUE, clusterBody, deploymentBody, ENDPOINT, expectRefusal, type RuleCase } from "./support";

const REGION = `${SUBSCRIPTION}/providers/Microsoft.MachineLearningServices/locations/westeurope`;

/** Used and allowed cores of the T4 family. */
async function usage(cloud: Parameters<RuleCase>[0]): Promise<[used: number, limit: number]> {
  const { value } = (await cloud.call("GET", `${REGION}/usages`)).body;
  const found = value.find(
    (entry: { name: { value: string } }) => entry.name.value === "standard NCASv3_T4 Family",
  );
  return [found.currentValue, found.limit];
}

async function setQuota(cloud: Parameters<RuleCase>[0], family: string, limit: number): Promise<void> {
  const id = `${REGION}/vmFamilies/${family}/quotas`;
  const answer = await cloud.call("POST", `${REGION}/updateQuotas`, { value: [{ id, limit }] });
  expect(answer.body.value[0].status).toBe("Success");
}

/** Runs a case while the deployment's size is a retired one, as after the retirement of its size. */
async function onRetiredSize(cloud: Parameters<RuleCase>[0], ruleCase: () => Promise<void>): Promise<void> {
  const { resources } = cloud.cloud as Core;
  const blue = resources.get(BLUE);
  if (!blue) throw new Error(`${BLUE} does not exist`);
  resources.put({ ...blue, properties: { ...blue.properties, instanceType: "Standard_NC6s_v3" } });
  await ruleCase();
  const changed = resources.get(BLUE) ?? blue;
  resources.put({
    ...changed,
    properties: { ...changed.properties, instanceType: blue.properties["instanceType"] },
  });
}

export const CAPACITY_CASES: Record<string, RuleCase> = {
  "a VM size that the region does not offer is refused": async (cloud) => {
    const body = { ...(clusterBody() as object), location: "northcentralus" };
    const answer = await cloud.call("PUT", `${WORKSPACE}/computes/north`, body);
    expectRefusal(
      answer,
      400,
      "InvalidVmSize",
      /not offered in the region 'northcentralus'.*Standard_DS3_v2/,
    );
  },
  "a retired VM size is refused for anything new; what runs on it can still be changed otherwise": async (
    cloud,
  ) => {
    const cluster = `${WORKSPACE}/computes/retired`;
    const retired = clusterBody("Standard_NC24s_v3");
    expectRefusal(await cloud.call("PUT", cluster, retired), 400, "InvalidVmSize", /retired on 2025-09-30/);
    const green = `${ENDPOINT}/deployments/green`;
    expectRefusal(
      await cloud.call("PUT", green, deploymentBody("Standard_NC6s_v3")),
      400,
      "InvalidVmSize",
      /'Standard_NC6s_v3' was retired on 2025-09-30/,
    );
    await onRetiredSize(cloud, async () => {
      const scaled = await cloud.done("PUT", BLUE, deploymentBody("Standard_NC6s_v3", 2));
      expect([scaled.status, scaled.body.sku.capacity]).toEqual([200, 2]);
    });
    await cloud.done("PUT", BLUE, deploymentBody());
  },
  "managed endpoints support only the VM sizes in their list": async (cloud) => {
    const answer = await cloud.call(
      "PUT",
      `${ENDPOINT}/deployments/green`,
      deploymentBody("Standard_D12_v2"),
    );
    expectRefusal(
      answer,
      400,
      "BadRequest",
      /not supported for managed online endpoints.*Standard_NC4as_T4_v3/,
    );
  },
  "a cluster requires quota of its family for its minimum of nodes, at least one; low priority has a separate quota":
    async (cloud) => {
      const dedicated = await cloud.call(
        "PUT",
        `${WORKSPACE}/computes/big`,
        clusterBody("Standard_ND96isr_H100_v5"),
      );
      expectRefusal(
        dedicated,
        400,
        "ClusterMinNodesExceedCoreQuota",
        /vCPU quota of 0 .* at least 1 .* maps to 96 vCPUs/,
      );
      const low = clusterBody("Standard_ND96isr_H100_v5", { vmPriority: "LowPriority" });
      expect((await cloud.call("PUT", `${WORKSPACE}/computes/low`, low)).status).toBe(201);
    },
  "a step fails if its nodes need more cores than the family's quota": async (cloud) => {
    const family = "standardNCADSA100v4Family";
    await cloud.done("PUT", `${WORKSPACE}/computes/shrunk`, clusterBody());
    await setQuota(cloud, family, 12);
    const job = await cloud.trained("starved", { compute_finetune: "shrunk" });
    expect(job.body.properties.status).toBe("Failed");
    const history = `/history/v1.0${WORKSPACE}/runs/starved/details`;
    const { error } = (await cloud.call("GET", history)).body;
    expect(error.error.details[0].code).toBe("JobNodeCountExceedsCoreQuota");
    expect(error.error.details[0].message).toMatch(/quota of 12 .* count of 1 which maps to 24 vCPUs/);
    await setQuota(cloud, family, 96);
  },
  "a step cannot request more nodes than its cluster's maximum": async (cloud) => {
    const answer = await cloud.call(
      "PUT",
      `${WORKSPACE}/jobs/wide`,
      pipelineJob({ num_nodes_finetune: "2" }),
    );
    expectRefusal(answer, 400, "UserError", /num_nodes_finetune is 2, but compute "cpu" has at most 1/);
  },
  "endpoints reserve 20 percent more instances for upgrades, rounded up, except for some GPU sizes": async (
    cloud,
  ) => {
    // One instance of 4 cores takes 8: 1.2 instances are rounded up to 2.
    expect(await usage(cloud)).toEqual([8, 64]);
    const exempt = deploymentBody("Standard_NC24ads_A100_v4", 4);
    expect((await cloud.done("PUT", `${ENDPOINT}/deployments/exempt`, exempt)).status).toBe(201);
    await cloud.done("DELETE", `${ENDPOINT}/deployments/exempt`);
  },
  "a deployment requires quota of its family for all its instances and the reserve": async (cloud) => {
    const answer = await cloud.call("PUT", BLUE, deploymentBody("Standard_NC4as_T4_v3", 14));
    expectRefusal(answer, 400, "BadRequest", /Current usage\/limit: 0\/64\. Additional needed: 68/);
    expect(answer.body.error.details[0].code).toBe("InferencingClientCreateDeploymentFailed");
  },
};
