import { expectedSubjects } from "../pipeline/oidcSubject";
import { type Command, az, filled, gh } from "./command";
import { applicationSteps, githubIssuer, grantSteps, pipelineIdentities, trustStep } from "./identitySteps";
import { type BootstrapOptions, bootstrapNames, type Surroundings } from "./options";
import { type Finding, type Step, whenListed, whenPrinted } from "./step";

/** What a pipeline needs to log in: applications, credentials, roles, and the variables that name them. */
export function pipelineSteps(options: BootstrapOptions, surroundings: Surroundings): Step[] {
  const { repository, devops, subscriptionId } = options;
  if (repository === undefined && devops === undefined) return [];
  const tenant: Step = {
    id: "tenant",
    title: "tenant of the subscription",
    reason: "pipelines name it when they log in",
    after: [],
    check: az(
      ...["account", "show", "--subscription", subscriptionId],
      ...["--query", "tenantId", "--output", "tsv"],
    ),
    read: whenPrinted,
    captures: "TENANT_ID",
  };
  const identities = pipelineIdentities(options).flatMap((identity) => {
    const { environment, variable, grants } = identity;
    const of = {
      ...{ id: environment, name: bootstrapNames(options).application(environment) },
      ...{ principal: `{{${variable}_PRINCIPAL_ID}}`, type: "ServicePrincipal" as const },
      after: [`principal ${environment}`],
    };
    return [
      ...applicationSteps(options, identity),
      ...grantSteps(options, of, grants),
      ...(repository ? githubSteps(options, surroundings, identity, repository) : []),
      ...(devops ? devopsSteps(options, identity, devops) : []),
    ];
  });
  return [tenant, ...identities];
}

type Identity = ReturnType<typeof pipelineIdentities>[number];

/**
 * The trust in GitHub's tokens, the GitHub environment and its variables. Flags: cli/cli, `gh variable set --env`, `gh variable list
 * --json name,value`; GitHub's REST API: PUT /repos/{owner}/{repo}/environments/{name} creates or keeps one.
 */
function githubSteps(
  options: BootstrapOptions,
  { githubSubject }: Surroundings,
  identity: Identity,
  repository: string,
): Step[] {
  const { environment, variable } = identity;
  const [subject = ""] = expectedSubjects({ repository, environment });
  const trust = {
    ...{ name: `github-${environment}`, issuer: githubIssuer },
    subject: githubSubject?.(environment) ?? subject,
  };
  const repo = ["--repo", repository];
  const variables: Record<string, string> = {
    AZURE_CLIENT_ID: `{{${variable}_APP_ID}}`,
    AZURE_TENANT_ID: "{{TENANT_ID}}",
    AZURE_SUBSCRIPTION_ID: options.subscriptionId,
    PULUMI_BACKEND_URL: bootstrapNames(options).backend,
  };
  return [
    trustStep(options, identity, trust, []),
    {
      id: `github ${environment}`,
      title: `GitHub environment ${environment}`,
      reason: "its name is part of the subject; required reviewers are set in the repository's settings",
      after: [],
      check: gh("api", "--paginate", `repos/${repository}/environments`, "--jq", ".environments[].name"),
      read: whenListed(environment),
      create: gh("api", "--method", "PUT", `repos/${repository}/environments/${environment}`),
    },
    ...Object.entries(variables).map(([name, value]): Step => {
      const set: Command = gh("variable", "set", name, "--env", environment, ...repo, "--body", value);
      return {
        id: `variable ${environment} ${name}`,
        title: `variable ${name} of GitHub environment ${environment}`,
        reason: "the workflows read it; it is no secret",
        after: [`github ${environment}`, `app ${environment}`, "tenant"],
        check: gh("variable", "list", "--env", environment, ...repo, "--json", "name,value"),
        read: (output, values): Finding => {
          const all = JSON.parse(output || "[]") as Array<{ name: string; value: string }>;
          const seen = all.find((one) => one.name === name)?.value;
          const expected = filled(value, values);
          if (seen === undefined) return { state: "missing" };
          return seen === expected
            ? { state: "exists" }
            : { state: "differs", detail: `expected ${expected}, it is ${seen}` };
        },
        create: set,
        update: set,
      };
    }),
  ];
}

/**
 * A service connection with workload identity federation. Azure DevOps chooses its issuer and subject, so the credential follows
 * it. Form of the file and names of the parameters: Microsoft Learn, "Azure DevOps CLI service endpoint"; microsoft/symphony,
 * its Azure DevOps scripts. The command belongs to the extension `azure-devops`, which the CLI installs on first use.
 */
function devopsSteps(
  options: BootstrapOptions,
  identity: Identity,
  { organization, project }: { organization: string; project: string },
): Step[] {
  const { environment, variable } = identity;
  const name = bootstrapNames(options).application(environment);
  const place = ["--organization", organization, "--project", project];
  const list = (query: string): Command =>
    az("devops", "service-endpoint", "list", ...place, "--query", query, "--output", "tsv");
  const connection = {
    name,
    type: "azurerm",
    url: "https://management.azure.com/",
    authorization: {
      scheme: "WorkloadIdentityFederation",
      parameters: { tenantid: "{{TENANT_ID}}", serviceprincipalid: `{{${variable}_APP_ID}}` },
    },
    data: {
      environment: "AzureCloud",
      scopeLevel: "Subscription",
      subscriptionId: options.subscriptionId,
      subscriptionName: options.subscriptionId,
      creationMode: "Manual",
    },
    isShared: false,
    isReady: true,
    serviceEndpointProjectReferences: [{ projectReference: { name: project }, name }],
  };
  const create = az(
    ...["devops", "service-endpoint", "create", ...place],
    ...["--service-endpoint-configuration", "{{FILE}}"],
  );
  const lookup = (what: "Issuer" | "Subject"): Step => ({
    id: `connection ${what} ${environment}`,
    title: `${what.toLowerCase()} of service connection ${name}`,
    reason: "Azure DevOps chooses it",
    after: [`connection ${environment}`],
    check: list(`[?name=='${name}'].authorization.parameters.workloadIdentityFederation${what}`),
    read: whenPrinted,
    captures: `${variable}_CONNECTION_${what.toUpperCase()}`,
  });
  const trust = {
    name: `azure-devops-${environment}`,
    issuer: `{{${variable}_CONNECTION_ISSUER}}`,
    subject: `{{${variable}_CONNECTION_SUBJECT}}`,
  };
  return [
    {
      id: `connection ${environment}`,
      title: `service connection ${name}`,
      reason: `the login of Azure pipelines in the environment ${environment}, without a secret`,
      after: [`app ${environment}`, "tenant"],
      check: list(`[?name=='${name}'].id`),
      read: whenPrinted,
      create: { ...create, file: JSON.stringify(connection) },
    },
    lookup("Issuer"),
    lookup("Subject"),
    trustStep(options, identity, trust, [
      `connection Issuer ${environment}`,
      `connection Subject ${environment}`,
    ]),
  ];
}
