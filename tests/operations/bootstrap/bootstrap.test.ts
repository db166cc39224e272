import { discover } from "../../../operations/bootstrap/discover";
import { CommandFailure } from "../../../operations/bootstrap/failure";
import { type BootstrapOptions, secretsProvider } from "../../../operations/bootstrap/options";
import { bootstrapPlan, type StackFile } from "../../../operations/bootstrap/plan";
import { apply, examine, type Execute } from "../../../operations/bootstrap/run";
import { commandsText, planText, unknownReasons } from "../../../operations/bootstrap/text";
import {
  emptyState,
  executeOn,
  type FakeState,
  isWrite,
  known,
  options,
  withoutLog,
  withoutPipeline,
} from "./support";

let waits = 0;
const patience = {
  times: 3,
  wait: () => {
    waits += 1;
    return Promise.resolve();
  },
};

/** The stack's file after `pulumi stack init`, which the fake does not write. */
const written = (given: BootstrapOptions): StackFile => ({
  secretsprovider: secretsProvider(given, {}),
  encryptedkey: "key",
});

async function planOn(state: FakeState, given: BootstrapOptions = options, file = written(given)) {
  const { surroundings } = await discover(executeOn(state), known);
  return bootstrapPlan(given, surroundings, file);
}

async function applyOn(state: FakeState, given: BootstrapOptions = options): Promise<string[]> {
  const lines: string[] = [];
  await apply(await planOn(state, given), executeOn(state), (text) => void lines.push(text), patience);
  return lines;
}

const examineOn = async (state: FakeState, file?: StackFile) =>
  examine(await planOn(state, options, file), executeOn(state));

const statesOf = async (state: FakeState): Promise<string[]> => [
  ...new Set((await examineOn(state)).steps.map(({ found }) => found.state)),
];

beforeEach(() => {
  waits = 0;
});

describe("the bootstrap of an empty subscription", () => {
  test("examines without a write; only the login exists", async () => {
    const state = emptyState();
    const before = withoutLog(state);
    const { steps } = await examineOn(state);
    expect(withoutLog(state)).toEqual(before);
    expect(state.log.filter(isWrite)).toEqual([]);
    const existing = steps.filter(({ found }) => found.state === "exists").map(({ step }) => step.id);
    expect(existing).toEqual(["person", "tenant"]);
  });

  test("creates everything, with two applications that trust one environment each", async () => {
    const state = emptyState();
    await applyOn(state);
    expect(await statesOf(state)).toEqual(["exists"]);
    const trust = (environment: string) => ({
      name: `github-${environment}`,
      issuer: "https://token.actions.githubusercontent.com",
      subject: `repo:contoso/finetune:environment:${environment}`,
      audiences: ["api://AzureADTokenExchange"],
    });
    expect(state.applications).toEqual([
      { appId: "app-1", name: "azureml-finetune-dev", credentials: [trust("dev")] },
      { appId: "app-2", name: "azureml-finetune-dev-preview", credentials: [trust("dev-preview")] },
    ]);
    const variables = (appId: string) => ({
      AZURE_CLIENT_ID: appId,
      AZURE_TENANT_ID: "tenant-1",
      AZURE_SUBSCRIPTION_ID: options.subscriptionId,
      PULUMI_BACKEND_URL: expect.stringMatching(/^azblob:\/\/state\?storage_account=st\w+$/) as string,
    });
    expect(state.environments).toEqual({ dev: variables("app-1"), "dev-preview": variables("app-2") });
    expect(Object.values(state.stacks)).toEqual([["dev"]]);
  });

  test("changes nothing when it runs again", async () => {
    const state = emptyState();
    await applyOn(state);
    const before = withoutLog(state);
    state.log = [];
    expect(await applyOn(state)).toEqual([]);
    expect(state.log.filter(isWrite)).toEqual([]);
    expect(withoutLog(state)).toEqual(before);
  });

  test("continues after an interruption at any command, and creates nothing twice", async () => {
    const whole = emptyState();
    await applyOn(whole);
    const count = whole.log.filter(isWrite).length;
    for (let stop = 0; stop < count; stop += 1) {
      const state = emptyState();
      let left = stop;
      const execute: Execute = (command) => {
        if (isWrite(command.argv.join(" ")) && left-- === 0) throw new Error("killed");
        return executeOn(state)(command);
      };
      const steps = await planOn(state);
      await expect(apply(steps, execute, () => undefined, patience)).rejects.toThrow("killed");
      await applyOn(state);
      expect(withoutLog(state)).toEqual(withoutLog(whole));
    }
  });
});

describe("the roles", () => {
  test("are on the smallest scope, and every step has a reason", async () => {
    const state = emptyState();
    await applyOn(state);
    const of = (principal: string): string[] =>
      state.assignments
        .filter((one) => one.principal === principal)
        .map(({ role, scope }) => `${role} on ${scope.split("/").slice(-2).join("/")}`);
    const subscription = `subscriptions/${options.subscriptionId}`;
    expect(of("principal-of-app-1")).toEqual([
      `Contributor on ${subscription}`,
      `Role Based Access Control Administrator on ${subscription}`,
      "Storage Blob Data Contributor on containers/state",
      "Key Vault Crypto User on keys/pulumi",
    ]);
    expect(of("principal-of-app-2")).toEqual([
      `Reader on ${subscription}`,
      `AzureML Data Scientist on ${subscription}`,
      "Storage Blob Data Reader on containers/state",
      "Key Vault Crypto User on keys/pulumi",
    ]);
    expect(of("person-1")).toEqual([
      "Storage Blob Data Contributor on containers/state",
      "Key Vault Crypto User on keys/pulumi",
    ]);
    for (const { reason } of await planOn(emptyState())) expect(reason).toMatch(/\w{4}.*[^.]$/);
  });

  test("allow the identity to assign only the roles that the program assigns", async () => {
    const state = emptyState();
    await applyOn(state);
    const conditions = state.assignments.filter((one) => one.condition);
    expect(conditions.map(({ role }) => role)).toEqual(["Role Based Access Control Administrator"]);
    const condition = conditions[0]?.condition ?? "";
    expect(condition).toMatch(/roleAssignments\/write'.*@Request.*roleAssignments\/delete'.*@Resource/);
    // Owner, Role Based Access Control Administrator, User Access Administrator.
    expect(condition).not.toMatch(/8e3af657-a8ff|f58310d9-a9f6|18d7d88d-d35e/);
    expect(condition.match(/ba92f5b4-2d11-453d-a403-e96b0029c9fe/g)).toHaveLength(2);
  });

  test("can be limited to a resource group, and extended to a registry", async () => {
    const scope = `/subscriptions/${options.subscriptionId}/resourceGroups/rg-team`;
    const registry = `${scope}/providers/Microsoft.MachineLearningServices/registries/shared`;
    const state = emptyState();
    await applyOn(state, { ...options, scope, registry });
    const scopesOf = (role: string): string[] =>
      state.assignments.filter((one) => one.role === role).map((one) => one.scope);
    expect(scopesOf("Contributor")).toEqual([scope]);
    expect(scopesOf("AzureML Registry User")).toEqual([registry, registry]);
  });
});

describe("the OIDC subject", () => {
  test("that is wrong is shown beside the expected one, and corrected", async () => {
    const state = emptyState();
    await applyOn(state);
    const wrong = { subject: "repo:contoso/other:environment:dev" };
    Object.assign(state.applications[0]?.credentials[0] ?? {}, wrong);
    const examination = await examineOn(state);
    expect(planText(examination)).toMatch(
      /DIFFERS +federated credential github-dev of azureml-finetune-dev\n +expected subject: repo:contoso\/finetune:environment:dev\n +the application has: repo:contoso\/other:environment:dev/,
    );
    expect(commandsText(examination)).toMatch(/^az ad app federated-credential update/m);
    expect(await applyOn(state)).toEqual([
      "corrects federated credential github-dev of azureml-finetune-dev",
    ]);
    expect(await statesOf(state)).toEqual(["exists"]);
  });
});

describe("missing rights", () => {
  test.each([
    [
      "to create applications",
      "ad app create",
      "ERROR: Insufficient privileges to complete the operation.",
      /application azureml-finetune-dev failed:\n {2}ERROR: Insufficient.*\nCreating applications needs the Microsoft Entra role Application Developer/,
    ],
    [
      "to assign roles",
      "role assignment create",
      "ERROR: (AuthorizationFailed) The client 'me' does not have authorization to perform action 'Microsoft.Authorization/roleAssignments/write' over scope '/subscriptions/1'",
      /role Storage Blob Data Contributor of you on container state failed:.*Assigning roles needs Owner/s,
    ],
    [
      "to create a resource group",
      "group create",
      "ERROR: (AuthorizationFailed) The client 'me' does not have authorization to perform action 'Microsoft.Resources/subscriptions/resourcegroups/write'",
      /resource group rg-\S+ failed:.*needs Owner on the subscription, or Contributor and/s,
    ],
    [
      "in the repository",
      "variable set",
      "HTTP 403: Resource not accessible",
      /admin rights in the repository/,
    ],
  ])("%s are reported with what to request", async (_, pattern, message, expected) => {
    const state = emptyState();
    state.deny = { [pattern]: message };
    await expect(applyOn(state)).rejects.toThrow(expected);
  });

  test("or no login leave the steps unchecked, with one reason for all, and the commands are printed", async () => {
    const state = emptyState();
    state.deny = {
      "^az ": "ERROR: Please run 'az login' to setup account.",
      "^gh ": "To get started with GitHub CLI, please run:  gh auth login",
    };
    const examination = await examineOn(state);
    expect(unknownReasons(examination)).toEqual([
      expect.stringMatching(/^Log in: `az login/),
      expect.stringMatching(/^Log in to GitHub/),
    ]);
    const text = commandsText(examination);
    expect(text).toContain("MY_PRINCIPAL_ID=$(az ad signed-in-user show");
    expect(text).toContain('--id "$DEPLOY_APP_ID"');
  });
});

test("a new role or principal that Azure has not copied yet is waited for", async () => {
  const state = emptyState();
  const refused = "error: AuthorizationPermissionMismatch";
  state.failures = {
    "stack ls": { times: 1, message: refused },
    "stack init": { times: 1, message: refused },
    "assignment create.*principal-of-app-1": { times: 1, message: "ERROR: (PrincipalNotFound)" },
  };
  await applyOn(state);
  expect(waits).toBe(3);
  state.stacks = {};
  state.failures = { "stack init": { times: 9, message: refused } };
  await expect(applyOn(state)).rejects.toThrow(
    /stack dev .* failed:.*A new role works after up to ten minutes/s,
  );
});

test("two applications of one name are refused", async () => {
  const state = emptyState();
  const name = "azureml-finetune-dev";
  state.applications = ["a", "b"].map((appId) => ({ name, appId, credentials: [] }));
  await expect(applyOn(state)).rejects.toThrow("2 applications have this name: delete or rename all but one");
});

test("a stack whose file lacks the encrypted key is not created again", async () => {
  const state = emptyState();
  await applyOn(state);
  const { steps } = await examineOn(state, {});
  expect(steps.at(-1)?.found).toEqual({
    state: "differs",
    detail: expect.stringMatching(/Pulumi\.dev\.yaml has no encryptedkey: get the file of whoever/) as string,
  });
});

test("Azure DevOps chooses the subject of its service connection, and the credential follows it", async () => {
  const devops = { organization: "https://dev.azure.com/contoso", project: "finetune" };
  const state = emptyState();
  await applyOn(state, { ...withoutPipeline, devops });
  expect(state.connections).toEqual([
    expect.objectContaining({ name: "azureml-finetune-dev", type: "azurerm" }),
    expect.objectContaining({ name: "azureml-finetune-dev-preview" }),
  ]);
  expect(state.applications[0]?.credentials).toEqual([
    expect.objectContaining({ subject: "/eid1/c/pub/t/1/a/2/sc/azureml-finetune-dev" }),
  ]);
  expect(state.environments).toEqual({});
});

test("without a pipeline only state, key, the person's roles and the stack are created", async () => {
  const state = emptyState();
  await applyOn(state, withoutPipeline);
  expect(state.applications).toEqual([]);
  expect(Object.values(state.stacks)).toEqual([["dev"]]);
});

test("a service principal that runs the bootstrap gets the person's roles as one", async () => {
  const state = { ...emptyState(), user: { name: "client-7", type: "servicePrincipal" } };
  await applyOn(state);
  expect(state.assignments[0]).toMatchObject({ principal: "object-of-client-7" });
});

test("only the vault of prod has purge protection", async () => {
  for (const environment of ["dev", "prod"]) {
    const steps = await planOn(emptyState(), { ...options, environment });
    const created = steps.find(({ id }) => id === "vault")?.create?.argv ?? [];
    expect(created.includes("--enable-purge-protection")).toBe(environment === "prod");
  }
});

test("a program that is absent is named once; a mistake of the bootstrap itself is not hidden", async () => {
  const absent: Execute = () => Promise.reject(new CommandFailure("spawn az ENOENT", true));
  const examination = await examine(await planOn(emptyState()), absent);
  expect(unknownReasons(examination)[0]).toMatch(/^`az` is not on the PATH\. Install/);
  const failing: Execute = () => Promise.reject(new TypeError("a mistake"));
  await expect(examine(await planOn(emptyState()), failing)).rejects.toThrow("a mistake");
});
