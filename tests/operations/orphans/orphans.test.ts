import { LOCAL_TENANT_ID } from "../../../local/cloud/constants";
import { openSession } from "../../../azureml/clients/session";
import { findBilled } from "../../../operations/orphans/find";
import { fakeCloud } from "../../azureml/support";
import { removeBilled } from "../../../operations/orphans/remove";
import {
  NAMES,
  startWorkspaceCloud,
  SUBSCRIPTION_ID,
  useEnvironment,
} from "../../local/cloud/clients/workspaceCloud";
import { SUBSCRIPTION, type TestCloud } from "../../local/cloud/helpers/testCloud";

const workspace = `${SUBSCRIPTION}/resourceGroups/${NAMES.group}/providers/Microsoft.MachineLearningServices/workspaces/${NAMES.workspace}`;
const owner = (stack: string, project = "shop") => ({ "pulumi-project": project, "pulumi-stack": stack });
const location = "westeurope";
const cluster = (tags: Record<string, string>) => ({
  location,
  tags,
  properties: {
    computeType: "AmlCompute",
    properties: {
      vmSize: "Standard_NC24ads_A100_v4",
      vmPriority: "Dedicated",
      scaleSettings: { minNodeCount: 0, maxNodeCount: 1, nodeIdleTimeBeforeScaleDown: "PT120S" },
    },
  },
});

describe("a running job", () => {
  const job = (name: string, tags?: Record<string, string>) => ({
    id: `/workspaces/ws/jobs/${name}`,
    name,
    properties: { status: "Running", ...(tags ? { tags } : {}) },
  });
  const { session } = fakeCloud(({ url }) => {
    const value = /\/workspaces\?/.test(url)
      ? [{ id: "/workspaces/ws", name: "ws" }]
      : url.includes("/jobs")
        ? [
            job("finetune-shop-dev-abc123-1"),
            job("finetune-shop-dev-abc123-2", owner("dev")),
            job("finetune-shop-dev-abc123-3", owner("dev", "other")),
            job("finetune-shop-dev-def456-4"),
          ]
        : [];
    return { status: 200, body: { value } };
  });
  const found = async (search: { stack?: string; jobPrefix?: string }) => {
    const all = {
      session,
      subscriptionId: SUBSCRIPTION_ID,
      project: "shop",
      log: () => undefined,
      ...search,
    };
    return (await findBilled(all)).map(({ name }) => name);
  };

  it("is found by its name if somebody has removed its tags, and never with the tags of another owner", async () => {
    expect(await found({ stack: "dev", jobPrefix: "finetune-shop-dev-abc123" })).toEqual([
      "finetune-shop-dev-abc123-1",
      "finetune-shop-dev-abc123-2",
    ]);
  });

  it("is found by its tags only if the stack is not named", async () => {
    expect(await found({})).toEqual(["finetune-shop-dev-abc123-2"]);
  });
});

/** A workspace that several stacks share. */
describe("what bills in a subscription", () => {
  let cloud: TestCloud;
  let leave: () => void;
  beforeAll(async () => {
    cloud = await startWorkspaceCloud();
    leave = useEnvironment(cloud);
    Object.assign(process.env, {
      ARM_USE_MSI: "true",
      ARM_SUBSCRIPTION_ID: SUBSCRIPTION_ID,
      ARM_TENANT_ID: LOCAL_TENANT_ID,
    });
    const put = async (path: string, body: unknown): Promise<void> => {
      const answer = await cloud.call("PUT", path, body);
      expect(answer.status).toBeLessThan(300);
      await cloud.finish(answer);
    };
    await put(`${workspace}/computes/dev-gpu`, cluster(owner("dev")));
    await put(`${workspace}/computes/prod-gpu`, cluster(owner("prod")));
    await put(`${workspace}/computes/foreign`, cluster(owner("dev", "other")));
    await put(`${workspace}/computes/untagged`, cluster({}));
    await put(`${workspace}/onlineEndpoints/dev-chat`, {
      location,
      tags: owner("dev"),
      identity: { type: "SystemAssigned" },
      properties: { authMode: "Key" },
    });
    await put(`${SUBSCRIPTION}/resourceGroups/rg-dev`, { location, tags: owner("dev") });
    // One in the group of the adopted workspace, and one that its own group takes along.
    for (const group of [NAMES.group, "rg-dev"])
      await put(
        `${SUBSCRIPTION}/resourceGroups/${group}/providers/Microsoft.Insights/scheduledQueryRules/errors`,
        {
          location,
          tags: owner("dev"),
          properties: {
            scopes: [],
            evaluationFrequency: "PT5M",
            windowSize: "PT15M",
            criteria: { allOf: [] },
          },
        },
      );
  });
  afterAll(async () => {
    leave();
    await cloud.dispose();
  });

  const search = async (stack?: string) => ({
    session: await openSession(),
    subscriptionId: SUBSCRIPTION_ID,
    project: "shop",
    ...(stack ? { stack } : {}),
    log: () => undefined,
  });
  const names = async (stack?: string) =>
    (await findBilled(await search(stack))).map(
      ({ stack: of, kind, name, detail }) => `${of} ${kind} ${name}: ${detail}`,
    );

  it("is found by its owner tags, in every workspace", async () => {
    expect(await names()).toEqual([
      "dev endpoint dev-chat: deployments: 0",
      "dev cluster dev-gpu: nodes: 0",
      "prod cluster prod-gpu: nodes: 0",
      "dev alert rule errors: by the month",
      "dev resource group rg-dev: with everything in it",
    ]);
  });

  it("is deleted for one stack, and what belongs to others stays", async () => {
    const lines: string[] = [];
    await removeBilled(await openSession(), await findBilled(await search("dev")), (line) =>
      lines.push(line),
    );
    expect(lines).toEqual([
      "Deleted endpoint dev-chat.",
      "Deleted cluster dev-gpu.",
      "Deleted alert rule errors.",
      "Deleted resource group rg-dev.",
    ]);
    expect(await names()).toEqual(["prod cluster prod-gpu: nodes: 0"]);
    for (const other of ["foreign", "untagged"])
      expect((await cloud.call("GET", `${workspace}/computes/${other}`)).status).toBe(200);
  });
});
