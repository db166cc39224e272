/** Which official type stands for the body of a request, and for the body of its answer. */
import type { Recorded } from "./recording";

/** A type of tests/judges/go/models.go, or the reason why no official type exists. */
export type Judge = { model: string } | { none: string };

interface Route {
  /** Path from `/subscriptions` or the host, without ids. */
  at: RegExp;
  /** Type of the sent body, by method. */
  sent?: Record<string, Judge>;
  /** Type of the answer to the methods that return the resource. */
  answered?: Record<string, Judge>;
}

const of = (model: string): Judge => ({ model });
const resource = (at: RegExp, model: string, sent = model): Route => ({
  at,
  sent: { PUT: of(sent) },
  answered: { GET: of(model), PUT: of(model) },
});
const list = (at: RegExp, model: string, method = "GET"): Route => ({
  at,
  answered: { [method]: of(model) },
});

const workspace = "/providers/Microsoft.MachineLearningServices/workspaces/[^/]+";

const routes: readonly Route[] = [
  resource(/^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+$/i, "resources.ResourceGroup"),
  resource(/\/Microsoft\.OperationalInsights\/workspaces\/[^/]+$/i, "operationalinsights.Workspace"),
  resource(/\/Microsoft\.Insights\/components\/[^/]+$/i, "applicationinsights.Component"),
  resource(/\/Microsoft\.Insights\/actionGroups\/[^/]+$/i, "monitor.ActionGroup"),
  resource(/\/Microsoft\.Insights\/autoscalesettings\/[^/]+$/i, "monitor.AutoscaleSetting"),
  resource(/\/Microsoft\.Insights\/diagnosticSettings\/[^/]+$/i, "monitor.DiagnosticSettings"),
  resource(/\/Microsoft\.Insights\/metricAlerts\/[^/]+$/i, "monitor.MetricAlert"),
  resource(/\/Microsoft\.Insights\/scheduledQueryRules\/[^/]+$/i, "monitor.ScheduledQueryRule"),
  resource(/\/Microsoft\.Consumption\/budgets\/[^/]+$/i, "consumption.Budget"),
  resource(
    /\/Microsoft\.KeyVault\/vaults\/[^/]+$/i,
    "keyvault.Vault",
    "keyvault.VaultCreateOrUpdateParameters",
  ),
  list(/\/Microsoft\.KeyVault\/locations\/[^/]+\/deletedVaults\/[^/]+$/i, "keyvault.DeletedVault"),
  resource(
    /\/Microsoft\.Storage\/storageAccounts\/[^/]+$/i,
    "storage.Account",
    "storage.AccountCreateParameters",
  ),
  resource(
    /\/Microsoft\.Authorization\/roleAssignments\/[^/]+$/i,
    "authorization.RoleAssignment",
    "authorization.RoleAssignmentCreateParameters",
  ),
  resource(new RegExp(`${workspace}$`, "i"), "ml.Workspace"),
  resource(new RegExp(`${workspace}/computes/[^/]+$`, "i"), "ml.ComputeResource"),
  resource(new RegExp(`${workspace}/datastores/[^/]+$`, "i"), "ml.Datastore"),
  resource(new RegExp(`${workspace}/data/[^/]+/versions/[^/]+$`, "i"), "ml.DataVersionBase"),
  resource(new RegExp(`${workspace}/models/[^/]+/versions/[^/]+$`, "i"), "ml.ModelVersion"),
  resource(new RegExp(`${workspace}/jobs/[^/]+$`, "i"), "ml.JobBase"),
  resource(new RegExp(`${workspace}/onlineEndpoints/[^/]+$`, "i"), "ml.OnlineEndpoint"),
  resource(new RegExp(`${workspace}/onlineEndpoints/[^/]+/deployments/[^/]+$`, "i"), "ml.OnlineDeployment"),
  list(new RegExp(`${workspace}/onlineEndpoints/[^/]+/deployments$`, "i"), "ml.OnlineDeployments"),
  list(new RegExp(`${workspace}/onlineEndpoints/[^/]+/listKeys$`, "i"), "ml.EndpointAuthKeys", "POST"),
  list(/\/locations\/[^/]+\/vmSizes$/i, "ml.VirtualMachineSizeListResult"),
  list(/\/locations\/[^/]+\/usages$/i, "ml.ListUsagesResult"),
  {
    at: /\/Microsoft\.KeyVault\/checkNameAvailability$/i,
    sent: { POST: of("keyvault.CheckNameAvailability") },
    answered: { POST: of("keyvault.CheckNameAvailabilityResult") },
  },
  {
    at: /\/Microsoft\.Storage\/checkNameAvailability$/i,
    sent: { POST: of("storage.CheckNameAvailability") },
    answered: { POST: of("storage.CheckNameAvailabilityResult") },
  },
  {
    at: new RegExp(`${workspace}/datastores/[^/]+/listSecrets$`, "i"),
    sent: { POST: { none: "the pinned SDK (2024-04-01) is older than the body of this request" } },
  },
  {
    at: /^\/history\/v1\.0\/.*\/experiments\/[^/]+\/runs\/[^/]+$/,
    sent: { PATCH: { none: "run history is no part of Azure Resource Manager and has no type in the SDK" } },
  },
  {
    at: /^\/endpoints\/[^/]+\/[^/]+\/score$/,
    sent: { POST: { none: "the schema of a scoring request belongs to the deployed model, not to Azure" } },
  },
];

/** The official type of the body that was sent. Undefined: the table has none, which is a mistake. */
export function judgeOfBody({ method, path }: Pick<Recorded, "method" | "path">): Judge | undefined {
  return routes.find(({ at, sent }) => sent?.[method] && at.test(path))?.sent?.[method];
}

/** The official type of a successful answer. Undefined: no type of the SDK describes it. */
export function judgeOfAnswer({ method, path, status }: Recorded): Judge | undefined {
  if (status < 200 || status >= 300) return undefined;
  return routes.find(({ at, answered }) => answered?.[method] && at.test(path))?.answered?.[method];
}
