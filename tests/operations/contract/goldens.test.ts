import { FACTS, type FactId } from "../../../operations/contract/facts";
import { GOLDENS } from "../../local/cloud/golden/goldens";

/** The assumptions on which the inferred answers of a golden depend. */
const ASSUMED: Readonly<Record<string, readonly FactId[]>> = {
  "subscriptions and resource providers": ["subscription-names-tenant", "provider-registration"],
  "resource groups": ["group-not-being-deleted", "resources-by-tag"],
  "tags of a resource, and the resources of a group or a subscription": ["tag-limits", "resources-by-tag"],
  "role assignments and definitions": ["role-assigned-once", "role-principal-fixed"],
  "storage accounts and blob containers": ["storage-account-answer", "storage-kind-fixed"],
  "key vaults, their secrets and deleted vaults": ["vault-answer", "vault-name-kept-after-delete"],
  "user-assigned identities": ["name-of-managed-identity"],
  "container registries": ["endpoint-identity-roles"],
  "Log Analytics workspaces": ["log-workspace-answer"],
  "Application Insights components": ["insights-component-answer"],
  "action groups, log alerts and cost budgets": [
    "action-group-short-name",
    "log-alert-windows",
    "budget-starts-a-month",
    "budget-has-receiver",
  ],
  "diagnostic settings, metric alerts and autoscale settings of an endpoint": [
    "diagnostic-categories",
    "alert-metric-exists",
    "metric-alert-windows",
    "autoscale-of-deployment",
  ],
  workspaces: ["workspace-answer", "workspace-name-kept-after-delete", "discovery-without-token"],
  "compute clusters": ["cluster-answer", "operation-status", "compute-deletion-action"],
  "datastores and their secrets": ["datastore-answer", "datastore-secret", "default-datastore"],
  "connections of a workspace": ["connection-hides-credentials"],
  "containers and versions of assets": [
    "data-version-answer",
    "model-version-answer",
    "environment-version-answer",
  ],
  "A template's deployment": ["template-deployment-answer"],
  "MLflow's model registry": ["mlflow-registers-models"],
  "MLflow tracking": ["mlflow-run-answer", "unknown-mlflow-run-is-404"],
  jobs: ["job-answer", "job-found-by-name", "job-metadata-changes", "job-deletion"],
  "run history": [
    "run-details",
    "job-changed-by-run-history",
    "unknown-run-is-404",
    "steps-below-pipeline-component",
  ],
  "artifacts of runs": ["run-details"],
  "online endpoints, deployments and scoring": ["endpoint-answer", "deployment-answer", "score-answer-text"],
  "the registry azureml": [
    "registry-discovery",
    "newest-version-first",
    "missing-version-is-404",
    "registry-uri-by-account",
  ],
  "a created registry and its models": [
    "registry-discovery",
    "import-copies-tags",
    "import-answers-nothing",
    "registry-files-by-sas",
    "registry-uri-by-account",
    "registry-version-filters",
    "registry-version-tags-change",
  ],
  "signing in": ["metadata-document", "token-names-principal"],
  "long-running operations": ["operation-address", "operation-status", "operation-on-arm-host"],
  "error bodies": [
    "error-document",
    "missing-resource-is-404",
    "missing-asset-code",
    "deployment-within-quota",
  ],
};

const inferred = GOLDENS.filter(({ exchanges }) =>
  exchanges.some(({ provenance }) => provenance.startsWith("inferred: ")),
).map(({ about }) => about);

test("every golden with an inferred answer names assumptions of the table", () => {
  expect(Object.keys(ASSUMED).sort()).toEqual([...inferred].sort());
  for (const ids of Object.values(ASSUMED)) for (const id of ids) expect(FACTS).toHaveProperty([id]);
});
