import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { azureMlError, errorText } from "../errors";
import { redactedLine } from "../http/redact";
import type { Login } from "../login";

/** The part of `az account show` that decides about identity and cloud. */
export interface CliAccount {
  subscriptionId: string;
  tenantId: string;
  /** `AzureCloud`, `AzureUSGovernment`, `AzureChinaCloud`, or the name of a registered cloud. */
  environment: string;
  /** Whether it is the CLI's current subscription. */
  isDefault: boolean;
}

/** Runs `az` with the arguments and returns its output. Replaced in tests. */
export type RunAz = (args: readonly string[]) => Promise<string>;

const runAz: RunAz = async (args) => {
  // On Windows `az` is a batch file, which needs a shell. No argument contains a character with a meaning there.
  const windows = process.platform === "win32";
  const { stdout } = await promisify(execFile)("az", [...args], { shell: windows, maxBuffer: 1024 * 1024 });
  return stdout;
};

/**
 * The account that the azure-native provider takes with the Azure CLI: the configured subscription's, else the current one.
 * Cloud and subscription come from it (pulumi/pulumi-azure-native, provider/pkg/provider/azure_cli.go).
 *
 * Versions of the provider differ in what they send for a configured tenant, and `az account get-access-token` refuses a tenant
 * together with a subscription (azure-cli-core 2.91.0, `_profile.py`). Therefore the tenant must be the account's own.
 * @throws CliAccount, LoginSettings
 */
export async function showCliAccount(
  login: Extract<Login, { kind: "cli" }>,
  run: RunAz = runAz,
): Promise<CliAccount> {
  const { subscriptionId, tenantId } = login;
  // The id reaches a command line.
  if (subscriptionId !== undefined && !/^[\w .-]+$/.test(subscriptionId))
    throw azureMlError("CliAccount", {
      detail: "the subscription id contains characters that are not allowed",
    });
  const account = await showAccount(subscriptionId, run);
  if (tenantId && account.tenantId.toLowerCase() !== tenantId.toLowerCase()) {
    throw azureMlError("LoginSettings", {
      property: "azure-native:tenantId",
      seen: `${tenantId}, but the Azure CLI is logged in to tenant ${account.tenantId} for subscription ${account.subscriptionId}`,
      remedy: `Run \`az login --tenant ${tenantId}\`, or remove azure-native:tenantId (ARM_TENANT_ID).`,
    });
  }
  return account;
}

async function showAccount(subscriptionId: string | undefined, run: RunAz): Promise<CliAccount> {
  try {
    const choice = subscriptionId ? ["--subscription", subscriptionId] : [];
    const shown = JSON.parse(await run(["account", "show", "--output", "json", ...choice])) as Record<
      string,
      unknown
    >;
    const { id, tenantId, environmentName } = shown;
    if (typeof id !== "string" || typeof tenantId !== "string")
      throw new Error("its output has no id or tenantId");
    return {
      subscriptionId: id,
      tenantId,
      environment: typeof environmentName === "string" ? environmentName : "AzureCloud",
      isDefault: shown.isDefault === true,
    };
  } catch (error) {
    throw azureMlError("CliAccount", { detail: failureText(error) }, { cause: error });
  }
}

function failureText(error: unknown): string {
  const { code, stderr } = error as { code?: unknown; stderr?: unknown };
  if (code === "ENOENT" || code === 127) return "`az` is not on the PATH";
  return redactedLine(typeof stderr === "string" && stderr ? stderr : errorText(error), 400);
}
