/** All golden exchanges, and the routes that have none. */
import { existsSync, readdirSync } from "node:fs";
import * as path from "node:path";
import { resourceGroups, subscriptions } from "./armBase";
import { endpointDiagnostics, monitoringTypes } from "./alerts";
import { artifacts } from "./artifacts";
import { assets } from "./assets";
import { computes, quotas } from "./computes";
import { connections, datastores } from "./datastores";
import { errors } from "./errors";
import type { Golden } from "./exchange";
import { history } from "./history";
import { containerRegistries } from "./containerRegistries";
import { identities } from "./identities";
import { signingIn } from "./identity";
import { jobs } from "./jobs";
import { deployments } from "./deployments";
import { mlflow } from "./mlflow";
import { mlflowModels } from "./mlflowModels";
import { insightsComponents, logWorkspaces } from "./monitoring";
import { online } from "./online";
import { operations } from "./operations";
import { registry } from "./registry";
import { roles, tagged } from "./scopes";
import { sharedRegistry } from "./sharedRegistry";
import { storageAccounts } from "./storage";
import { keyVaults } from "./vaults";
import { goldenFrom } from "./transcripts";
import { workspaces } from "./workspaces";

/** Answers of Azure that `npm run contract` has recorded. The folder does not exist before the first run on a subscription. */
const folder = path.join(__dirname, "recorded");
const recorded = (existsSync(folder) ? readdirSync(folder) : [])
  .filter((name) => name.endsWith(".json"))
  .map((name) => goldenFrom(path.join(folder, name), "workspace"));

export const GOLDENS: readonly Golden[] = [
  subscriptions,
  resourceGroups,
  tagged,
  roles,
  storageAccounts,
  keyVaults,
  identities,
  containerRegistries,
  logWorkspaces,
  insightsComponents,
  monitoringTypes,
  endpointDiagnostics,
  workspaces,
  computes,
  quotas,
  datastores,
  connections,
  assets,
  // Before the jobs, whose experiments its searches would find.
  mlflow,
  deployments,
  mlflowModels,
  jobs,
  history,
  artifacts,
  online,
  registry,
  sharedRegistry,
  signingIn,
  operations,
  errors,
  ...recorded,
];

/** Routes without a golden exchange, by `METHOD path` as the coverage table shows it, and why. */
export const WITHOUT_GOLDEN: ReadonlyArray<{ routes: RegExp; reason: string }> = [
  {
    routes: /^\w+ \/local\//,
    reason: "the local cloud's own controls: no Azure service has them; other tests cover them",
  },
  {
    routes: /^HEAD /,
    reason:
      "HEAD is answered like GET without its body; the life cycle of each ARM type contains the existence check",
  },
  {
    routes: /^(?!GET )\w+ \/mlflow\/v1\.0\|v2\.0\{workspace\}\/api\/2\.0\/mlflow\/\*$/,
    reason:
      "MLflow calls that are not served get the same answer for every method; the golden exchange uses GET",
  },
];
