import { parseArmId } from "../azureml/armIds";
import { formatValue, type Problem } from "../azureml/problem";
import type { ParsedSections, RuleContext } from "./parsedSections";
import { problemsOf, type Report } from "./problems";

type Workspace = NonNullable<ParsedSections["workspace"]>;

/**
 * Rules between the options of workspace, cluster and endpoint: identities, existing resources, network and encryption.
 * `warnings` are for what works only if somebody else has prepared it.
 */
export function workspaceOptionRules(
  parsed: ParsedSections,
  { project }: RuleContext,
): { problems: Problem[]; warnings: string[] } {
  const { workspace } = parsed;
  if (!workspace) return { problems: [], warnings: [] };
  const report = problemsOf(project);
  if (workspace.mode === "adopt")
    return {
      problems: [...adoptRules(workspace, report), ...adoptedIdentityRules(parsed, report)],
      warnings: [],
    };
  return {
    problems: [
      ...identityRules(parsed, workspace, report),
      ...networkRules(workspace, report),
      ...encryptionRules(workspace, report),
    ],
    warnings: warningsOf(parsed, workspace, project),
  };
}

/** An adopted workspace stays as it is, so options of it would be without effect. */
function adoptRules(workspace: Workspace, report: Report): Problem[] {
  const { existing, allowedIpRanges, managedNetwork, privateEndpoints, encryption } = workspace;
  const given = {
    identity: workspace.identity !== "system",
    datastoreAccess: workspace.datastoreAccess !== "key",
    existing: Object.keys(existing).length > 0,
    allowedIpRanges: allowedIpRanges.length > 0,
    managedNetwork: managedNetwork.isolationMode !== "Disabled" || managedNetwork.outboundRules.length > 0,
    privateEndpoints: privateEndpoints.subnet !== undefined || privateEndpoints.dnsZones.length > 0,
    encryption: Object.keys(encryption).length > 0,
  };
  return Object.entries(given)
    .filter(([, isGiven]) => isGiven)
    .map(([name]) =>
      report(
        `workspace.${name}`,
        "set, with workspace.mode: adopt",
        "no value with workspace.mode: adopt, which changes nothing of the workspace",
        "Remove it, or set workspace.mode: create.",
      ),
    );
}

/** In an adopted workspace the program assigns no roles, and the resource group is not its own. */
function adoptedIdentityRules({ compute, endpoint }: ParsedSections, report: Report): Problem[] {
  const created = [
    ...(compute?.mode === "create" && compute.identity === "create" ? ["compute.identity"] : []),
    ...(endpoint?.enabled && endpoint.identity === "create" ? ["endpoint.identity"] : []),
  ];
  return created.map((setting) =>
    report(
      setting,
      formatValue("create"),
      "the id of an existing identity, with workspace.mode: adopt",
      "Create the identity, assign its roles on the workspace's storage account and container registry (docs/azure.md), and set its id.",
    ),
  );
}

function identityRules(
  { compute, endpoint, model }: ParsedSections,
  workspace: Workspace,
  report: Report,
): Problem[] {
  const problems: Problem[] = [];
  const trains = model?.source === "train" && compute?.mode === "create";
  if (workspace.datastoreAccess === "identity" && trains && compute.identity === "none")
    problems.push(
      report(
        "compute.identity",
        `${formatValue("none")}, with workspace.datastoreAccess: identity`,
        "create, or the id of a user-assigned identity",
        "Without an identity of the cluster, a job cannot read its model or write its output. Set compute.identity: create.",
      ),
    );
  // The registry that Azure ML creates by itself does not exist before the first image is built.
  if (endpoint?.enabled && endpoint.identity !== "system" && !workspace.existing.containerRegistry)
    problems.push(
      report(
        "endpoint.identity",
        `${formatValue(endpoint.identity)}, without workspace.existing.containerRegistry`,
        "a user-assigned identity together with the container registry that it pulls images from (role AcrPull)",
        "Set workspace.existing.containerRegistry to the id of a registry, or use endpoint.identity: system.",
      ),
    );
  return problems;
}

function networkRules(workspace: Workspace, report: Report): Problem[] {
  const { managedNetwork, privateEndpoints, allowedIpRanges, existing } = workspace;
  const { isolationMode, outboundRules } = managedNetwork;
  const problems: Problem[] = [];
  const closesStorage = allowedIpRanges.length > 0 && !existing.storageAccount;
  if (closesStorage && isolationMode === "Disabled")
    problems.push(
      report(
        "workspace.allowedIpRanges",
        `${allowedIpRanges.length} ranges, with workspace.managedNetwork.isolationMode: Disabled`,
        "ranges together with a managed network",
        "The nodes of the cluster have no fixed address and could not read the data. Set workspace.managedNetwork.isolationMode: AllowInternetOutbound.",
      ),
    );
  const names = outboundRules.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined)
    problems.push(
      report(
        "workspace.managedNetwork.outboundRules",
        `two rules named ${formatValue(repeated)}`,
        "a name for each rule",
        "Rename one of them.",
      ),
    );
  for (const { name, type } of outboundRules) {
    const isAllowed =
      isolationMode === "AllowOnlyApprovedOutbound" ||
      (isolationMode !== "Disabled" && type === "PrivateEndpoint");
    if (isAllowed) continue;
    problems.push(
      report(
        "workspace.managedNetwork.outboundRules",
        `rule ${formatValue(name)} of type ${type}, with isolationMode: ${isolationMode}`,
        isolationMode === "Disabled"
          ? "no rules without a managed network"
          : "rules of type PrivateEndpoint: all of the internet is allowed already",
        "Remove the rule, or set isolationMode: AllowOnlyApprovedOutbound.",
      ),
    );
  }
  if (privateEndpoints.dnsZones.length > 0 && !privateEndpoints.subnet)
    problems.push(
      report(
        "workspace.privateEndpoints.dnsZones",
        `${privateEndpoints.dnsZones.length} zones, without workspace.privateEndpoints.subnet`,
        "zones together with a subnet",
        "Set workspace.privateEndpoints.subnet, or remove the zones.",
      ),
    );
  return problems;
}

function encryptionRules({ encryption }: Workspace, report: Report): Problem[] {
  const { keyVault, key } = encryption;
  if ((keyVault === undefined) !== (key === undefined) || (encryption.identity && key === undefined)) {
    const missing = key === undefined ? "key" : "keyVault";
    return [
      report(
        `workspace.encryption.${missing}`,
        "not set",
        "keyVault and key together, or neither",
        "Set it, or remove workspace.encryption.",
      ),
    ];
  }
  const vault = keyVault && parseArmId(keyVault)?.name.toLowerCase();
  if (key === undefined || new URL(key).hostname.toLowerCase().split(".")[0] === vault) return [];
  return [
    report(
      "workspace.encryption.key",
      `a key of the vault at ${new URL(key).hostname}`,
      `a key of workspace.encryption.keyVault (${vault})`,
      "Correct one of them.",
    ),
  ];
}

function warningsOf({ compute, endpoint }: ParsedSections, workspace: Workspace, project: string): string[] {
  const { publicNetworkAccess, privateEndpoints, allowedIpRanges, grantDataAccess } = workspace;
  const warnings: string[] = [];
  const identities = [
    ...(workspace.identity === "system" ? [] : ["workspace.identity"]),
    ...(compute?.identity === "none" ? [] : ["compute.identity"]),
    ...(endpoint?.enabled && endpoint.identity !== "system" ? ["endpoint.identity"] : []),
  ];
  if (!publicNetworkAccess)
    warnings.push(
      `${project}:workspace.publicNetworkAccess: false. The machine that runs preview and up must reach the workspace${privateEndpoints.subnet ? " and its storage account through the private endpoints" : " through a private endpoint that somebody else creates, or workspace.privateEndpoints"}: uploads, jobs and metrics fail from outside the network.`,
    );
  if (allowedIpRanges.length > 0)
    warnings.push(
      `${project}:workspace.allowedIpRanges: the machine that runs up must have one of these addresses, or the upload of the data is refused.`,
    );
  if (!grantDataAccess && workspace.datastoreAccess === "identity")
    warnings.push(
      `${project}:workspace.grantDataAccess: false, with workspace.datastoreAccess: identity. There is no account key to fall back on: the upload fails until the deploying identity has the role Storage Blob Data Contributor on the storage account.`,
    );
  if (!grantDataAccess && identities.length > 0)
    warnings.push(
      `${project}:workspace.grantDataAccess: false. Somebody else must assign the roles of ${identities.join(", ")} (docs/azure.md).`,
    );
  return warnings;
}
