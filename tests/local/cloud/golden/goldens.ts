/** All golden exchanges, and the routes that have none. */
import { resourceGroups, subscriptions } from "./armBase";
import { artifacts } from "./artifacts";
import { assets } from "./assets";
import { computes, quotas } from "./computes";
import { connections, datastores } from "./datastores";
import { errors } from "./errors";
import type { Golden } from "./exchange";
import { history } from "./history";
import { signingIn } from "./identity";
import { jobs } from "./jobs";
import { mlflow } from "./mlflow";
import { insightsComponents, logWorkspaces } from "./monitoring";
import { online } from "./online";
import { operations } from "./operations";
import { containerRegistries, identities } from "./registries";
import { registry } from "./registry";
import { roles, tagged } from "./scopes";
import { storageAccounts } from "./storage";
import { keyVaults } from "./vaults";
import { workspaces } from "./workspaces";

export const GOLDENS: readonly Golden[] = [
  subscriptions,
  resourceGroups,
  tagged,
  roles,
  storageAccounts,
  keyVaults,
  containerRegistries,
  identities,
  logWorkspaces,
  insightsComponents,
  workspaces,
  computes,
  quotas,
  datastores,
  connections,
  assets,
  jobs,
  history,
  artifacts,
  online,
  mlflow,
  registry,
  signingIn,
  operations,
  errors,
];

/** Routes without a golden exchange, by `METHOD path` as the coverage table shows it, and why. */
export const WITHOUT_GOLDEN: ReadonlyArray<{ routes: RegExp; reason: string }> = [
  {
    routes: /^\w+ \/local\//,
    reason:
      "the local cloud's own controls: no service of Azure answers them; their tests are beside their code",
  },
  {
    routes: /^HEAD /,
    reason:
      "the server's own answer to HEAD is that of GET without its body; the existence check of ARM's types is in the life of each",
  },
  {
    routes: /^(?!GET )\w+ \/mlflow\/v1\.0\|v2\.0\{workspace\}\/api\/2\.0\/mlflow\/\*$/,
    reason:
      "the answer to MLflow calls that are not served, the same for every method: the golden one asks with GET",
  },
];
