/** A program that failed or is not there. */
export class CommandFailure extends Error {
  constructor(
    /** What it printed on standard error. */
    readonly output: string,
    /** The program is not on the PATH. */
    readonly isAbsent = false,
  ) {
    super(output);
  }
}

/** Each cause that the programs report in their own words, and what to do. The first that fits. */
const remedies: Array<[pattern: RegExp, remedy: string]> = [
  [
    /az login|AADSTS\d+.*expired|No subscription found|Please run 'az login'/i,
    "Log in: `az login --tenant <tenant>`. The subscription must be one of `az account list`.",
  ],
  [
    /Insufficient privileges|Authorization_RequestDenied/i,
    "Creating applications needs the Microsoft Entra role Application Developer (Cloud Application Administrator for those of others). Ask for it, or let somebody who has it run this command; what exists is found again.",
  ],
  [
    /RoleAssignmentUpdateNotPermitted|does not have authorization.*roleAssignments\/write/is,
    "Assigning roles needs Owner, or Role Based Access Control Administrator, on the scope. Ask for it, or let somebody who has it run this command; what exists is found again.",
  ],
  [
    /AuthorizationFailed|does not have authorization/i,
    "The identity of the Azure CLI needs Owner on the subscription, or Contributor and Role Based Access Control Administrator.",
  ],
  [
    /AuthorizationPermissionMismatch|ForbiddenByRbac|StatusCode=403|does not have .*permission.*key/i,
    "A new role works after up to ten minutes. Run the command again then: it continues here.",
  ],
  [
    /StorageAccountAlreadyTaken|already taken/i,
    "The name belongs to a storage account outside this subscription. Use another --project-prefix.",
  ],
  [
    /VaultAlreadyExists|deleted state|ConflictError.*vault/i,
    "A deleted vault keeps its name. Restore it with `az keyvault recover --name <name>`, or use another --project-prefix.",
  ],
  [
    /gh auth login|GH_TOKEN/i,
    "Log in to GitHub: `gh auth login`. Variables need admin rights in the repository.",
  ],
  [
    /HTTP 40[34]/,
    "The account of `gh` needs admin rights in the repository, and --repository must be <owner>/<name> as on GitHub.",
  ],
  [/PULUMI_ACCESS_TOKEN|pulumi login/i, "Run `pulumi login` with the backend that the command names."],
];

const installation = {
  az: "Install the Azure CLI: https://learn.microsoft.com/cli/azure/install-azure-cli",
  gh: "Install the GitHub CLI: https://cli.github.com",
  pulumi: "Install the Pulumi CLI: https://www.pulumi.com/docs/install",
};

/** What to do after a failure, if it is a known one. */
export function failureRemedy(
  program: keyof typeof installation,
  { output, isAbsent }: Pick<CommandFailure, "output" | "isAbsent">,
): string | undefined {
  if (isAbsent) return `\`${program}\` is not on the PATH. ${installation[program]}`;
  return remedies.find(([pattern]) => pattern.test(output))?.[1];
}

/** The failure for a person: which step, what the program reported, what to do next. */
export function failureReport(
  title: string,
  program: keyof typeof installation,
  { output, isAbsent }: Pick<CommandFailure, "output" | "isAbsent">,
): string {
  const remedy = failureRemedy(program, { output, isAbsent });
  if (isAbsent) return `${title}: ${remedy}`;
  const lines = output
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^WARNING|^Traceback|^File "/.test(line));
  const reported = lines.slice(-6).map((line) => line.slice(0, 400));
  return [`${title} failed:`, ...reported.map((line) => `  ${line}`), ...(remedy ? [remedy] : [])].join("\n");
}

/** Whether the failure ends by itself: Azure copies new objects and role assignments to all its servers first. */
export const isDelay = (output: string): boolean =>
  /AuthorizationPermissionMismatch|ForbiddenByRbac|PrincipalNotFound|does not reference a valid application|StatusCode=403/.test(
    output,
  );
