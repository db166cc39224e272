import { SUBSCRIPTION } from "../helpers/testCloud";
import { pipelineJob, WORKSPACE } from "../ml/mlCloud";
import { BLUE, clusterBody, deploymentBody, ENDPOINT, expectRefusal, type RuleCase } from "./support";

const REGION = `${SUBSCRIPTION}/providers/Microsoft.MachineLearningServices/locations/westeurope`;

/** Used and allowed cores of the V100 family. */
async function usage(cloud: Parameters<RuleCase>[0]): Promise<[used: number, limit: number]> {
  const { value } = (await cloud.call("GET", `${REGION}/usages`)).body;
  const found = value.find(
    (entry: { name: { value: string } }) => entry.name.value === "standardNCSv3Family",
  );
  return [found.currentValue, found.limit];
}

async function setQuota(cloud: Parameters<RuleCase>[0], family: string, limit: number): Promise<void> {
  const id = `${REGION}/vmFamilies/${family}/quotas`;
  const answer = await cloud.call("POST", `${REGION}/updateQuotas`, { value: [{ id, limit }] });
  expect(answer.body.value[0].status).toBe("Success");
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
  "managed endpoints support only the VM sizes in their list": async (cloud) => {
    const answer = await cloud.call(
      "PUT",
      `${ENDPOINT}/deployments/green`,
      deploymentBody("Standard_NC24rs_v3"),
    );
    expectRefusal(answer, 400, "BadRequest", /not supported for managed online endpoints.*Standard_NC6s_v3/);
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
    // One instance of 6 cores takes 12: 1.2 instances are rounded up to 2.
    expect(await usage(cloud)).toEqual([12, 48]);
    const exempt = deploymentBody("Standard_NC24ads_A100_v4", 4);
    expect((await cloud.done("PUT", `${ENDPOINT}/deployments/exempt`, exempt)).status).toBe(201);
    await cloud.done("DELETE", `${ENDPOINT}/deployments/exempt`);
  },
  "a deployment requires quota of its family for all its instances and the reserve": async (cloud) => {
    const answer = await cloud.call("PUT", BLUE, deploymentBody("Standard_NC6s_v3", 7));
    expectRefusal(answer, 400, "BadRequest", /Current usage\/limit: 0\/48\. Additional needed: 54/);
    expect(answer.body.error.details[0].code).toBe("InferencingClientCreateDeploymentFailed");
  },
};
