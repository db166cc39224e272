import { checkSubject, expectedSubjects, tokenClaims } from "../../../operations/pipeline/oidcSubject";
import { jsonClient } from "../../../operations/pipeline/http";

/** The audience that Microsoft Entra requires of a federated token. */
const audience = "api://AzureADTokenExchange";

/** Prints the subject that Azure will see, or refuses one that Azure cannot accept. The token itself is never printed. */
export async function identityStep({ environment }: { environment: string }): Promise<number> {
  const { env } = process;
  const token = await identityToken(env);
  if (token === undefined) {
    process.stdout.write("This run has no identity token of a pipeline: nothing to check.\n");
    return 0;
  }
  const expected = expectedSubjects({
    repository: env["GITHUB_REPOSITORY"] ?? "",
    repositoryId: env["GITHUB_REPOSITORY_ID"],
    ownerId: env["GITHUB_REPOSITORY_OWNER_ID"],
    environment,
  });
  process.stdout.write(`${checkSubject(tokenClaims(token), expected, env["ARM_CLIENT_ID"])}\n`);
  return 0;
}

async function identityToken(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken } = env;
  if (!url || !requestToken) return undefined;
  const hint = "The job needs `permissions: id-token: write`.";
  const client = jsonClient("GitHub's token service", { authorization: `Bearer ${requestToken}` }, hint);
  const { body } = await client.send("GET", `${url}&audience=${encodeURIComponent(audience)}`);
  const { value } = (body ?? {}) as { value?: unknown };
  if (typeof value !== "string") throw new Error("GitHub's token service answered without a token");
  return value;
}
