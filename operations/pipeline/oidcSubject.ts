/**
 * Which subject a pipeline's token has, and which one it must have for Azure to accept it.
 *
 * GitHub: `repo:<owner>/<repository>:environment:<environment>`. Repositories that were created or renamed on or after
 * 2026-07-15, and others that opted in, have the ids of owner and repository behind the names: `repo:<owner>@<id>/<repository>@<id>:…`
 * (github/docs pull request 45221; learn.microsoft.com, workload-identities-github-immutable-subjects). An organization can
 * choose other claims. Azure DevOps: `sc://<organization>/<project>/<service connection>` (microsoft/azure-pipelines-tasks,
 * docs/service-connections/azure-oidc), or an id of the connection below `/eid1/` if Microsoft Entra is the issuer.
 */

/** The pipeline's surroundings that its token describes. */
interface Surroundings {
  /** `owner/repository`. */
  repository: string;
  repositoryId?: string | undefined;
  ownerId?: string | undefined;
  /** The environment of the job. */
  environment: string;
}

/** The subjects that GitHub can give a job of this environment, the name-based one first. */
export function expectedSubjects({ repository, repositoryId, ownerId, environment }: Surroundings): string[] {
  const [owner = "", name = ""] = repository.split("/");
  const end = `:environment:${environment}`;
  const immutable = ownerId && repositoryId ? [`repo:${owner}@${ownerId}/${name}@${repositoryId}${end}`] : [];
  return [`repo:${repository}${end}`, ...immutable];
}

/** The claims of a token that describe who has it. The signature is Azure's to check. */
export function tokenClaims(token: string): { sub: string; iss: string; aud: string } {
  const [, payload = ""] = token.split(".");
  try {
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as Record<string, unknown>;
    const text = (name: string): string => (typeof claims[name] === "string" ? claims[name] : "");
    return { sub: text("sub"), iss: text("iss"), aud: text("aud") };
  } catch (cause) {
    throw new Error("the pipeline's identity token is not a JSON web token", { cause });
  }
}

/**
 * Refuses a token whose subject no credential of this environment can accept.
 * @param clientId the application that is to be used, for the message.
 * @returns a line for the log with the subject that the federated credential must have.
 * @throws Error naming the subject seen and the expected ones.
 */
export function checkSubject(
  { sub, iss, aud }: { sub: string; iss: string; aud: string },
  expected: readonly string[],
  clientId = "(AZURE_CLIENT_ID is not set)",
): string {
  if (expected.includes(sub)) {
    return `The federated credential of application ${clientId} must have exactly the subject ${sub}, issuer ${iss}, audience ${aud}.`;
  }
  throw new Error(
    [
      `The subject of the pipeline's identity token is not the expected one.`,
      `  seen:     ${sub || "nothing"}`,
      ...expected.map((subject, index) => `  ${index === 0 ? "expected: " : "or:       "}${subject}`),
      "Azure would refuse it (AADSTS700213, AADSTS70021). The job must run in this environment of this repository, and the",
      "repository must not have another template for the subject (gh api repos/<owner>/<repository>/actions/oidc/customization/sub).",
      `If the subject seen is right, give application ${clientId} a federated credential with it: docs/pipelines.md.`,
    ].join("\n"),
  );
}
