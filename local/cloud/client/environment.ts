import * as path from "node:path";
import { LOCAL_SUBSCRIPTION_ID, LOCAL_TENANT_ID, LOOPBACK } from "../constants";
import { readIdentitySecret } from "../identity/secret";
import { withLoopback } from "../noProxy";
import { cloudHome, localHome, projectRoot } from "../paths";
import { cloudPort } from "../ports";
import { caFileOf } from "../tls";

/**
 * The passphrase of all stacks on the local cloud. It is published: their states contain only keys of a cloud that listens on
 * loopback and is deleted by `npm run local -- reset`.
 */
export const localPassphrase = "local";

/**
 * A directory for PYTHONPATH. Its `sitecustomize.py` resolves `<account>.blob.localhost`, the only address to which
 * azure-ai-ml uploads, where the system does not (most containers).
 */
export const pythonHook = path.join(projectRoot(), "local", "cloud", "client", "python");

/** Other clouds' settings and sign-ins must not reach a process of the local cloud. */
const FOREIGN =
  /^(AZURE_|ARM_|MSI_|IDENTITY_|ACTIONS_ID_TOKEN_REQUEST_|PULUMI_CONFIG_PASSPHRASE|PULUMI_BACKEND_URL$|HF_ENDPOINT$|MLFLOW_TRACKING_URI$|MLFLOW_REGISTRY_URI$|REGISTRY_DISCOVERY_ENDPOINT_URL$)/i;

/**
 * A copy of `base` that points only at the local cloud, whether or not it runs: all other AZURE_*, ARM_* and
 * sign-in variables are removed.
 * @throws CloudStartError("BadOption") for a malformed AZUREML_LOCAL_PORT
 */
export function localEnvironment(base: NodeJS.ProcessEnv, root = projectRoot()): NodeJS.ProcessEnv {
  const port = cloudPort(base);
  const home = cloudHome(base, root);
  const url = `https://${LOOPBACK}:${port}`;
  const caFile = caFileOf(home);
  const kept = Object.fromEntries(Object.entries(base).filter(([name]) => !FOREIGN.test(name)));
  const bypass = withLoopback(base["NO_PROXY"] ?? base["no_proxy"]);
  return {
    ...kept,
    ARM_METADATA_HOSTNAME: `${LOOPBACK}:${port}`,
    ARM_SUBSCRIPTION_ID: LOCAL_SUBSCRIPTION_ID,
    ARM_TENANT_ID: LOCAL_TENANT_ID,
    ARM_USE_MSI: "true",
    ARM_DISABLE_INSTANCE_DISCOVERY: "true",
    IDENTITY_ENDPOINT: `http://${LOOPBACK}:${port + 1}/msi/token`,
    IDENTITY_HEADER: readIdentitySecret(home),
    NODE_EXTRA_CA_CERTS: caFile,
    SSL_CERT_FILE: caFile,
    REQUESTS_CA_BUNDLE: caFile,
    REGISTRY_DISCOVERY_ENDPOINT_URL: `${url}/`,
    ARM_CLOUD_METADATA_URL: `${url}/metadata/endpoints?api-version=2019-05-01`,
    HF_ENDPOINT: `${url}/hub`,
    PULUMI_BACKEND_URL: `file://${path.join(localHome(base, root), "state")}`,
    PULUMI_CONFIG_PASSPHRASE: localPassphrase,
    PATH: [path.join(projectRoot(), "local", "plugins", "bin"), base["PATH"]]
      .filter(Boolean)
      .join(path.delimiter),
    NO_PROXY: bypass,
    no_proxy: bypass,
  };
}
