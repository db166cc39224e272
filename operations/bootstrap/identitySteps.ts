import { type Command, az, filled, type Values } from "./command";
import { deployerGrants, type Grant, personGrants, previewGrants } from "./grants";
import { type BootstrapOptions, bootstrapNames, type Surroundings } from "./options";
import { type Finding, type Step, whenPrinted } from "./step";

/** What Microsoft Entra compares with a token, letter by letter. */
export interface Trust {
  name: string;
  issuer: string;
  subject: string;
}

const audience = "api://AzureADTokenExchange";
export const githubIssuer = "https://token.actions.githubusercontent.com";

/** One application for each of the pipeline's environments. */
export interface PipelineIdentity {
  /** The pipeline's environment. */
  environment: string;
  /** First part of the names of its values. */
  variable: string;
  grants: Grant[];
}

/** The identity that changes the stack, and the one that only previews. */
export function pipelineIdentities({ environment, registry }: BootstrapOptions): PipelineIdentity[] {
  const hasRegistry = registry !== undefined;
  return [
    { environment, variable: "DEPLOY", grants: deployerGrants(hasRegistry) },
    { environment: `${environment}-preview`, variable: "PREVIEW", grants: previewGrants(hasRegistry) },
  ];
}

/**
 * An application and its service principal. A display name is not unique in Microsoft Entra, so two of the same name are
 * refused. `az ad app list --display-name` would compare only the beginning (azure-cli 2.91.0, role/custom.py).
 */
export function applicationSteps(
  options: BootstrapOptions,
  { environment, variable }: PipelineIdentity,
): Step[] {
  const name = bootstrapNames(options).application(environment);
  const [app, principal] = [`{{${variable}_APP_ID}}`, `${variable}_PRINCIPAL_ID`];
  return [
    {
      id: `app ${environment}`,
      title: `application ${name}`,
      reason: `the identity of the environment ${environment}; it has no secret`,
      after: [],
      check: az(
        ...["ad", "app", "list", "--filter", `displayName eq '${name}'`],
        ...["--query", "[].appId", "--output", "tsv"],
      ),
      read: (output) =>
        output.split(/\s+/).length > 1
          ? {
              state: "differs",
              detail: `${output.split(/\s+/).length} applications have this name: delete or rename all but one`,
            }
          : whenPrinted(output),
      create: az(
        ...["ad", "app", "create", "--display-name", name, "--sign-in-audience", "AzureADMyOrg"],
        ...["--query", "appId", "--output", "tsv"],
      ),
      captures: `${variable}_APP_ID`,
    },
    {
      id: `principal ${environment}`,
      title: `service principal of ${name}`,
      reason: "the application in this tenant; roles are assigned to it",
      after: [`app ${environment}`],
      check: az("ad", "sp", "list", "--filter", `appId eq '${app}'`, "--query", "[].id", "--output", "tsv"),
      read: whenPrinted,
      create: az("ad", "sp", "create", "--id", app, "--query", "id", "--output", "tsv"),
      captures: principal,
    },
  ];
}

interface Credential {
  name: string;
  issuer: string;
  subject: string;
  audiences: string[];
}

/** The federated credential: which tokens of the pipeline are the application. */
export function trustStep(
  options: BootstrapOptions,
  { environment, variable }: PipelineIdentity,
  trust: Trust,
  after: string[],
): Step {
  const app = `{{${variable}_APP_ID}}`;
  const { name, issuer, subject } = trust;
  const parameters = JSON.stringify({ name, issuer, subject, audiences: [audience] });
  const command = (...words: string[]): Command =>
    az("ad", "app", "federated-credential", ...words, "--id", app);
  return {
    id: `trust ${environment}`,
    title: `federated credential ${name} of ${bootstrapNames(options).application(environment)}`,
    reason: `Azure accepts only tokens with the subject ${subject.replace(/\{\{.*\}\}/, "of the service connection")}`,
    after: [`app ${environment}`, ...after],
    check: command("list"),
    read: (output, values) => readTrust(output, trust, values),
    create: { ...command("create"), argv: [...command("create").argv, "--parameters", parameters] },
    update: {
      ...command("update"),
      argv: [...command("update").argv, "--federated-credential-id", name, "--parameters", parameters],
    },
  };
}

function readTrust(output: string, trust: Trust, values: Values): Finding {
  const credentials = JSON.parse(output || "[]") as Credential[];
  const [issuer, subject] = [filled(trust.issuer, values), filled(trust.subject, values)];
  const fits = (one: Credential): boolean =>
    one.issuer === issuer && one.subject === subject && one.audiences.includes(audience);
  if (credentials.some(fits)) return { state: "exists" };
  const same = credentials.find(({ name }) => name === trust.name);
  if (!same) return { state: "missing" };
  const lines = [
    ["subject", subject, same.subject],
    ["issuer", issuer, same.issuer],
    ["audience", audience, same.audiences.join(", ")],
  ].filter(([, expected, seen]) => expected !== seen);
  return {
    state: "differs",
    detail: lines
      .map(([what, expected, seen]) => `expected ${what}: ${expected}\n     the application has: ${seen}`)
      .join("\n     "),
  };
}

/** The roles of one principal, each at the smallest scope that its reason allows. */
export function grantSteps(
  options: BootstrapOptions,
  of: { id: string; name: string; principal: string; type: "User" | "ServicePrincipal"; after: string[] },
  grants: readonly Grant[],
): Step[] {
  const { subscriptionId, registry } = options;
  const names = bootstrapNames(options);
  const scopes: Record<Grant["on"], { scope: string; name: string; after: string[] }> = {
    deployment: {
      scope: options.scope ?? `/subscriptions/${subscriptionId}`,
      name: options.scope ?? "the subscription",
      after: [],
    },
    container: { scope: names.containerId, name: `container ${names.container}`, after: ["container"] },
    key: { scope: names.keyId, name: `key ${names.key}`, after: ["key"] },
    registry: { scope: registry ?? "", name: "the registry", after: [] },
  };
  return grants.map(({ role, on, reason, condition }): Step => {
    const { scope, name, after } = scopes[on];
    const filter = `[?principalId=='${of.principal}' && roleDefinitionName=='${role}']`;
    return {
      id: `role ${of.id} ${role}`,
      title: `role ${role} of ${of.name} on ${name}`,
      reason,
      after: [...of.after, ...after],
      check: az(
        ...["role", "assignment", "list", "--scope", scope, "--query", `${filter}.id`],
        ...["--output", "tsv", "--subscription", subscriptionId],
      ),
      read: whenPrinted,
      create: az(
        ...["role", "assignment", "create", "--assignee-object-id", of.principal],
        ...["--assignee-principal-type", of.type, "--role", role, "--scope", scope],
        ...(condition ? ["--condition", condition, "--condition-version", "2.0"] : []),
        ...["--description", reason, "--subscription", subscriptionId],
      ),
    };
  });
}

/** Whoever runs the bootstrap, and the roles that creating the stack needs. */
export function personSteps(options: BootstrapOptions, { login }: Surroundings): Step[] {
  const isService = login?.type === "servicePrincipal";
  const lookup = isService
    ? az("ad", "sp", "show", "--id", login.clientId, "--query", "id", "--output", "tsv")
    : az("ad", "signed-in-user", "show", "--query", "id", "--output", "tsv");
  const name = isService ? `service principal ${login.clientId}` : "you";
  return [
    {
      id: "person",
      title: `identity of the Azure CLI: ${name}`,
      reason: "creates the stack",
      after: [],
      check: lookup,
      read: whenPrinted,
      captures: "MY_PRINCIPAL_ID",
    },
    ...grantSteps(
      options,
      {
        ...{ id: "person", name, principal: "{{MY_PRINCIPAL_ID}}", after: ["person"] },
        type: isService ? "ServicePrincipal" : "User",
      },
      personGrants,
    ),
  ];
}
