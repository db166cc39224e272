import { errorText } from "../../azureml/errors";
import { type Azure, describe } from "./azure";
import { jobEnd } from "./fixtures";
import { textAt } from "./json";

/**
 * Deletes resources, newest first, and purges what would stay reserved. A resource below another one of the list that is
 * deleted with it is left out, except what bills. Returns what could not be deleted, with the reason.
 */
export async function deleteAll(
  azure: Azure,
  entries: readonly string[],
  log: (line: string) => void,
): Promise<string[]> {
  const failures: string[] = [];
  const kinds = ["deployments", "onlineendpoints", "jobs", "computes"];
  const order = (path: string): number => {
    const kind = path.toLowerCase().split("/").at(-2) ?? "";
    const rank = kinds.indexOf(kind);
    if (rank >= 0) return rank;
    if (kind === "workspaces") return 20;
    if (/^(storageaccounts|vaults)$/.test(kind)) return 21;
    return kind === "resourcegroups" ? 22 : 10;
  };
  const own = entries.filter((path) => order(path) === 20);
  const isBelowOwnWorkspace = (path: string): boolean =>
    own.some((workspace) => path.toLowerCase().startsWith(`${workspace.toLowerCase()}/`));
  // An endpoint takes its deployments with it, also one that receives traffic.
  const isDeleted = (path: string): boolean =>
    order(path) === 0 &&
    entries.some((one) => path.toLowerCase().startsWith(`${one.toLowerCase()}/deployments/`));
  const wanted = entries
    .filter((path) => !(order(path) === 10 && isBelowOwnWorkspace(path)) && !isDeleted(path))
    .sort((a, b) => order(a) - order(b));
  for (const path of wanted) {
    try {
      await deleteOne(azure, path);
    } catch (error) {
      failures.push(`${path}: ${errorText(error)}`);
      log(`could not delete ${path}`);
    }
  }
  return failures;
}

async function deleteOne(azure: Azure, path: string): Promise<void> {
  const last = path.toLowerCase().split("/").at(-2) ?? "";
  const kind = /operationalinsights/i.test(path) ? "logs" : last;
  if (kind === "jobs") await endJob(azure, path);
  const query =
    kind === "workspaces"
      ? { forceToPurge: "true" }
      : kind === "computes"
        ? { underlyingResourceAction: "Delete" }
        : undefined;
  for (let attempt = 1; ; attempt += 1) {
    const answer = await azure.call("DELETE", path, undefined, { query });
    // Busy with an operation that the run started, such as a creation that was interrupted.
    if (answer.status === 409 && attempt < 60) {
      await azure.pause(azure.pollMs);
      continue;
    }
    if (answer.status >= 400 && answer.status !== 404) throw new Error(describe(answer));
    const { status, error } = await azure.settled(answer);
    if (!/^succeeded$/i.test(status)) throw new Error(`the deletion ended as ${status}: ${error}`);
    break;
  }
  if (kind === "vaults") await purgeVault(azure, path);
  // The PUT of a version created its container.
  const container = /^(.*\/(?:data|models|environments|components)\/[^/]+)\/versions\/[^/]+$/.exec(path)?.[1];
  if (container) await azure.call("DELETE", container);
}

async function endJob(azure: Azure, path: string): Promise<void> {
  const found = await azure.call("GET", path);
  if (found.status === 404) return;
  if (!["Completed", "Failed", "Canceled"].includes(textAt(found.body, "properties.status"))) {
    await azure.call("POST", `${path}/cancel`);
    await jobEnd(azure, path);
  }
}

/** A deleted vault keeps its name, so it is purged. */
async function purgeVault(azure: Azure, path: string): Promise<void> {
  const deleted = `${azure.paths.subscription}/providers/Microsoft.KeyVault/locations/${azure.target.location}/deletedVaults/${path.split("/").at(-1) ?? ""}`;
  if ((await azure.call("GET", deleted)).status === 404) return;
  const answer = await azure.call("POST", `${deleted}/purge`);
  if (answer.status >= 400) throw new Error(`it is deleted, but not purged: ${describe(answer)}`);
  await azure.settled(answer);
}
