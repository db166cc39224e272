import type { CredentialReport } from "../../azureml/clients/credential";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { errorText } from "../../azureml/errors";
import { hasStatus } from "../../azureml/http/failure";
import { callerRoleAssignment, workspaceNames } from "../../azureml/names";
import type { CheckContext } from "./context";

const same = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase();

/**
 * Reports tenant, subscription and principal, and checks that the provider acts as the same principal. Returns nothing if no other
 * request to Azure can succeed.
 */
export async function checkIdentity(
  context: CheckContext,
  ref: WorkspaceRef,
): Promise<CredentialReport | undefined> {
  const { cloud, report, notes } = context;
  const login = await report.attempt("credential", () => cloud.credential());
  if (!login) return undefined;
  const [subscription] = await Promise.all([
    describeSubscription(context, login),
    compareWithProvider(context, login),
    describeDataAccess(context, login, ref),
  ]);
  if (!subscription) return undefined;
  const kinds = { User: "user ", ServicePrincipal: "service principal " };
  const kind = login.principalType ? kinds[login.principalType] : "";
  const object = login.objectId && login.objectId !== login.identity ? ` (object id ${login.objectId})` : "";
  notes.unshift(
    `Logged in with ${login.credential} as ${kind}${login.identity}${object}` +
      `${login.tenantId ? `, tenant ${login.tenantId}` : ""}, ${subscription}.`,
  );
  return login;
}

/** The subscription in words. A wrong subscription is reported here, once, and not by every request in it. */
async function describeSubscription(
  { identity: { subscriptionId }, cloud, report }: CheckContext,
  login: CredentialReport,
): Promise<string | undefined> {
  const property = "azure-native:subscriptionId";
  const remedy =
    "Correct azure-native:subscriptionId (ARM_SUBSCRIPTION_ID), or log in with an identity that has access: `az account list` shows the subscriptions of `az login`.";
  try {
    const { displayName, tenantId, state } = await cloud.subscription(subscriptionId);
    if (tenantId && login.tenantId && !same(tenantId, login.tenantId)) {
      const seen = `${subscriptionId} (${displayName}) is in tenant ${tenantId}, but the identity's token is for tenant ${login.tenantId}`;
      report.add({ property, seen, remedy });
      return undefined;
    }
    if (/^(disabled|deleted)$/i.test(state)) {
      const seen = `subscription ${displayName} (${subscriptionId}) is ${state}: nothing can be created in it`;
      report.add({ property, seen, remedy: "Reactivate it in the Azure portal, or use another one." });
      return undefined;
    }
    return `subscription ${displayName || "without a name"} (${subscriptionId})`;
  } catch (error) {
    // An identity whose role covers only a resource group may not read the subscription.
    if (hasStatus(error, 403)) return `subscription ${subscriptionId}`;
    if (hasStatus(error, 404)) {
      const seen = `${subscriptionId} does not exist, or ${login.identity} has no access to it`;
      report.add({ property, seen, remedy });
    } else if (hasStatus(error, 401)) {
      const seen = `${subscriptionId} does not accept the identity's token for tenant ${login.tenantId ?? "unknown"} (${error.detail})`;
      report.add({ property, seen, remedy });
    } else {
      report.add({ property, seen: errorText(error) });
    }
    return undefined;
  }
}

/** Program and provider choose by the same rules. This compares the results. */
async function compareWithProvider(
  { identity: { subscriptionId }, cloud, report, notes }: CheckContext,
  login: CredentialReport,
): Promise<void> {
  let provider: Awaited<ReturnType<CheckContext["cloud"]["provider"]>>;
  try {
    provider = await cloud.provider();
  } catch (error) {
    notes.push(`The azure-native provider did not report its identity: ${errorText(error)}`);
    return;
  }
  if (login.objectId && provider.objectId && !same(login.objectId, provider.objectId))
    report.add({
      property: "credential",
      seen: `the azure-native provider acts as ${provider.objectId}, the program as ${login.objectId} (${login.credential})`,
      allowed: "one identity for both",
      remedy: "Select one identity explicitly: docs/azure.md lists the settings.",
    });
  if (provider.subscriptionId && !same(subscriptionId, provider.subscriptionId))
    report.add({
      property: "azure-native:subscriptionId",
      seen: `the azure-native provider uses ${provider.subscriptionId}, the program ${subscriptionId}`,
      allowed: "one subscription for both",
      remedy: "Run `pulumi config set azure-native:subscriptionId <id>`.",
    });
}

/**
 * The first deployment assigns the data role to its own identity, and later ones keep that assignment. Another identity then has
 * no data role of its own, so data uploads fall back to the datastore's account key (azureml/clients/blobs.ts).
 */
async function describeDataAccess(
  { config: { workspace }, identity, cloud, notes }: CheckContext,
  login: CredentialReport,
  ref: WorkspaceRef,
): Promise<void> {
  if (workspace.mode !== "create" || !workspace.grantDataAccess || !login.objectId) return;
  const { storageAccount } = workspaceNames(identity);
  const created = `/subscriptions/${ref.subscriptionId}/resourceGroups/${ref.resourceGroupName}/providers/Microsoft.Storage/storageAccounts/${storageAccount}`;
  const scope = workspace.existing.storageAccount ?? created;
  // Only for a note: an identity without permission to read role assignments gets none.
  const holder = await cloud.assignedPrincipal(scope, callerRoleAssignment(identity)).catch(() => undefined);
  if (holder === undefined || same(holder, login.objectId)) return;
  const instead =
    workspace.datastoreAccess === "key"
      ? "Data is uploaded with the datastore's account key instead. To upload with this identity, assign the role to it as well."
      : "The storage account accepts no key: assign the role to this identity as well, or the upload of new data is refused.";
  notes.push(
    `The role Storage Blob Data Contributor belongs to ${holder}, the identity of the first deployment, not to ${login.identity}. ${instead}`,
  );
}
