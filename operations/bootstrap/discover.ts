import { expectedSubjects } from "../pipeline/oidcSubject";
import { az, gh } from "./command";
import { CommandFailure } from "./failure";
import type { Surroundings } from "./options";
import type { Execute } from "./run";

/** Domains of key vaults by cloud (azure-cli-core 2.91.0, cloud.py: `keyvault_dns`). */
const vaultDomains: Record<string, string> = {
  AzureCloud: "vault.azure.net",
  AzureUSGovernment: "vault.usgovcloudapi.net",
  AzureChinaCloud: "vault.azure.cn",
};

/** From this day, repositories have ids in the subject of their tokens (github/docs pull request 45221). */
const immutableSince = "2026-07-15";

interface Account {
  id: string;
  environmentName: string;
  user: { name: string; type: string };
}

/** What the command line says. */
interface Known {
  /** Default: that of the Azure CLI. */
  subscription: string | undefined;
  repository: string | undefined;
  /** Whether the subject has names only, or ids behind them. Default: what GitHub says, else by the repository's age. */
  subject: "names" | "ids" | undefined;
}

/**
 * Who is logged in, and what GitHub puts into its tokens. What cannot be found out has its default, and the plan then shows that
 * nothing could be checked.
 */
export async function discover(
  execute: Execute,
  { subscription, repository, subject }: Known,
): Promise<{ subscriptionId: string | undefined; surroundings: Surroundings }> {
  const chosen = subscription === undefined ? [] : ["--subscription", subscription];
  const account = await attempt<Account>(execute(az("account", "show", ...chosen, "--output", "json")));
  const githubSubject = repository === undefined ? undefined : await subjectOf(execute, repository, subject);
  return {
    subscriptionId: subscription ?? account?.id,
    surroundings: {
      ...(account && {
        login:
          account.user.type === "servicePrincipal"
            ? { type: "servicePrincipal" as const, clientId: account.user.name }
            : { type: "user" as const },
        vaultDomain: vaultDomains[account.environmentName] ?? "vault.azure.net",
      }),
      ...(githubSubject && { githubSubject }),
    },
  };
}

interface Repository {
  id: number;
  created_at: string;
  owner: { id: number };
}

/**
 * What the repository's tokens have as subject. Answers of `GET /repos/{owner}/{repo}/actions/oidc/customization/sub` in public
 * repositories of 2026 have `use_immutable_subject` and `sub_claim_prefix`; older ones only the first two members.
 */
interface Template {
  use_default?: boolean;
  include_claim_keys?: string[];
  use_immutable_subject?: boolean;
  sub_claim_prefix?: string;
}

/**
 * The subject by environment, or undefined if GitHub could not be asked.
 * @throws Error if the repository has a template of its own, or its ids are required and not known.
 */
async function subjectOf(
  execute: Execute,
  repository: string,
  form: "names" | "ids" | undefined,
): Promise<((environment: string) => string) | undefined> {
  const found = await attempt<Repository>(execute(gh("api", `repos/${repository}`)));
  if (!found) {
    if (form !== "ids") return undefined;
    throw new Error(
      "--subject ids: the ids come from GitHub. Log in with `gh auth login`, and check --repository",
    );
  }
  const route = `repos/${repository}/actions/oidc/customization/sub`;
  const template = await attempt<Template>(execute(gh("api", route)));
  const keys = (template?.include_claim_keys ?? []).join(", ");
  if (template?.use_default === false && !["", "repo", "repo, context"].includes(keys))
    throw new Error(
      `the tokens of ${repository} have a subject of ${keys}; expected the default, repo and context. ` +
        `Set it: gh api --method PUT ${route} -F use_default=true`,
    );
  const prefix = template?.sub_claim_prefix;
  if (form === undefined && prefix !== undefined)
    return (environment) => `${prefix}:environment:${environment}`;
  const isByAge = template?.use_immutable_subject ?? found.created_at >= immutableSince;
  const isImmutable = form === undefined ? isByAge : form === "ids";
  const ids = { repositoryId: String(found.id), ownerId: String(found.owner.id) };
  return (environment) => {
    const [named = "", immutable = named] = expectedSubjects({ repository, environment, ...ids });
    return isImmutable ? immutable : named;
  };
}

async function attempt<T>(output: Promise<string>): Promise<T | undefined> {
  try {
    return JSON.parse(await output) as T;
  } catch (error) {
    if (error instanceof CommandFailure || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
