/** The account of the Azure CLI, from which the real provider takes cloud and subscription (azure_cli.go). */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { isObject } from "../host/values";

export interface CliAccount {
  id: string;
  environmentName: string;
  isDefault: boolean;
}

/** @throws with the CLI's message */
export async function cliAccount(subscriptionId: string | undefined): Promise<CliAccount> {
  const choice = subscriptionId ? ["--subscription", subscriptionId] : [];
  const { stdout } = await promisify(execFile)("az", ["account", "show", "-o", "json", ...choice]).catch(
    (error: unknown) => {
      const { code, stderr } = error as { code?: unknown; stderr?: unknown };
      const reason =
        code === "ENOENT" ? "Azure CLI not found on path" : String(stderr ?? "").trim() || String(error);
      throw new Error(`the Azure CLI did not show the account: ${reason}`, { cause: error });
    },
  );
  const account = JSON.parse(stdout) as unknown;
  const text = (key: string): string =>
    isObject(account) && typeof account[key] === "string" ? account[key] : "";
  return {
    id: text("id"),
    environmentName: text("environmentName"),
    isDefault: isObject(account) && account["isDefault"] === true,
  };
}
