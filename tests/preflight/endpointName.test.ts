import { endpointName, formerEndpointName } from "../../azureml/names";
import { ProblemCollector } from "../../preflight/checks/context";
import { chooseEndpointName } from "../../preflight/checks/endpointName";
import { fakeCloud } from "./fakeCloud";
import { config } from "../config/support";

const identity = { project: "p", stack: "dev", subscriptionId: "s" };
const ref = { subscriptionId: "s", resourceGroupName: "rg", workspaceName: "ws" };
const own = { dataset: { name: "mine/support-chats" } };

/** The name chosen while Azure has a deployment on the endpoint `deployed`. */
function choose(settings: Record<string, unknown>, deployed = ""): Promise<string> {
  const facts = { name: "demo-1", instanceType: "Standard_NC24ads_A100_v4" };
  const cloud = fakeCloud({
    deployments: async (_ref, endpoint) => (endpoint === deployed ? [facts as never] : []),
  });
  const report = new ProblemCollector("p");
  return chooseEndpointName({ config: config(settings), identity, cloud, report }, ref);
}

describe("the endpoint's name", () => {
  test("is the notebook's for its data set, and contains the name of any other", async () => {
    expect(await choose({})).toMatch(/^ultrachat-completion-/);
    expect(await choose(own)).toMatch(/^chat-support-chats-[0-9a-f]{10}$/);
    expect(await choose({ ...own, endpoint: { name: "mine" } })).toBe("mine");
  });

  test("stays the one of version 0.1.0 while a deployment is on it", async () => {
    const former = formerEndpointName(identity, "key");
    expect(await choose(own, former)).toBe(former);
    expect(await choose(own, "another")).toBe(endpointName(identity, "key", own.dataset.name));
  });
});
