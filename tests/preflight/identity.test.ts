import type { CredentialReport } from "../../azureml/clients/credential";
import type { ErrorCode } from "../../azureml/errors";
import { RequestFailure } from "../../azureml/http/failure";
import type { StackConfig } from "../../config/stackConfig";
import { ProblemCollector } from "../../preflight/checks/context";
import { checkIdentity } from "../../preflight/checks/identity";
import type { PreflightCloud } from "../../preflight/cloud";

const subscriptionId = "00000000-0000-0000-0000-000000000001";
const identity = { project: "azureml-finetune", stack: "dev", subscriptionId };
const ref = { subscriptionId, resourceGroupName: "rg", workspaceName: "ws" };
const ci: CredentialReport = {
  credential: "a service principal with an OIDC token",
  identity: "app-id",
  tenantId: "tenant-1",
  objectId: "ci",
  principalType: "ServicePrincipal",
};

async function check(changes: Partial<PreflightCloud> = {}, workspace: object = {}) {
  const report = new ProblemCollector(identity.project);
  const cloud = {
    credential: async () => ci,
    subscription: async () => ({ displayName: "Research", tenantId: "tenant-1", state: "Enabled" }),
    provider: async () => ({ objectId: "ci", subscriptionId }),
    assignedPrincipal: async () => undefined,
    ...changes,
  } as unknown as PreflightCloud;
  const config = {
    workspace: { mode: "create", grantDataAccess: true, datastoreAccess: "key", existing: {}, ...workspace },
  } as unknown as StackConfig;
  const context = { config, identity, cloud, report, notes: [] as string[] };
  const login = await checkIdentity(context as never, ref);
  const problems = report.problems.map(({ property, seen }) => `${property}: ${seen}`);
  return { login, problems, notes: context.notes };
}

const failure =
  (status: number, code: ErrorCode, detail = "") =>
  () =>
    Promise.reject(new RequestFailure(code, "m", status, "c", detail, "r"));

test("names principal, tenant and subscription", async () => {
  const { login, problems, notes } = await check();
  expect(problems).toEqual([]);
  expect(notes).toEqual([
    `Logged in with a service principal with an OIDC token as service principal app-id (object id ci), tenant tenant-1, subscription Research (${subscriptionId}).`,
  ]);
  expect(login?.principalType).toBe("ServicePrincipal");
});

test("refuses to continue if the provider acts as another principal or in another subscription", async () => {
  const { problems } = await check({ provider: async () => ({ objectId: "vm", subscriptionId: "other" }) });
  expect(problems).toEqual([
    "credential: the azure-native provider acts as vm, the program as ci (a service principal with an OIDC token)",
    `azure-native:subscriptionId: the azure-native provider uses other, the program ${subscriptionId}`,
  ]);
});

test("continues with a note if the provider does not report its identity", async () => {
  const { problems, notes } = await check({ provider: () => Promise.reject(new Error("no Graph token")) });
  expect(problems).toEqual([]);
  expect(notes[1]).toBe("The azure-native provider did not report its identity: no Graph token");
});

test.each<[string, PreflightCloud["subscription"], RegExp]>([
  ["that does not exist", failure(404, "NotFound"), /1 does not exist, or app-id has no access to it/],
  [
    "of another tenant, refused",
    failure(401, "Unauthorized", "wrong issuer"),
    /does not accept .* \(wrong issuer\)/,
  ],
  [
    "of another tenant, readable",
    async () => ({ displayName: "R", tenantId: "tenant-2", state: "Enabled" }),
    /is in tenant tenant-2, but the identity's token is for tenant tenant-1/,
  ],
  [
    "that is disabled",
    async () => ({ displayName: "R", tenantId: "tenant-1", state: "Disabled" }),
    /subscription R .* is Disabled/,
  ],
])("a subscription %s is reported once, as azure-native:subscriptionId", async (_, subscription, seen) => {
  const { login, problems } = await check({ subscription });
  expect(problems).toEqual([expect.stringMatching(seen)]);
  expect(problems[0]).toMatch(/^azure-native:subscriptionId: /);
  expect(login).toBeUndefined();
});

test("an identity that may not read the subscription can still deploy", async () => {
  const { login, problems } = await check({ subscription: failure(403, "Unauthorized") });
  expect(problems).toEqual([]);
  expect(login?.objectId).toBe("ci");
});

test("says that data goes up with the account key if the role belongs to the first deployment's identity", async () => {
  const { notes } = await check({ assignedPrincipal: async () => "laptop" });
  expect(notes[1]).toMatch(
    /belongs to laptop, the identity of the first deployment, not to app-id. Data is uploaded with the datastore's account key/,
  );
  expect((await check({ assignedPrincipal: async () => "CI" })).notes).toHaveLength(1);
  const asked = jest.fn(async () => "laptop");
  await check({ assignedPrincipal: asked }, { grantDataAccess: false });
  await check({ assignedPrincipal: asked }, { mode: "adopt" });
  expect(asked).not.toHaveBeenCalled();
});
