import { types } from "../../policy/types";

/** A resource, the stack it belongs to, and what its rule says. */
export interface Case {
  rule: string;
  /** Name of the stack, which is its environment. */
  stack: "local" | "dev" | "review" | "staging" | "prod";
  type: string;
  props: Record<string, unknown>;
  ignored?: string[];
  /** The message of a violation; undefined if there must be none. */
  violation?: RegExp;
}

const cluster = (scale: object, vmSize = "Standard_NC24ads_A100_v4") => ({
  location: "eastus2",
  properties: {
    disableLocalAuth: true,
    properties: { vmSize, remoteLoginPortPublicAccess: "Disabled", scaleSettings: scale },
  },
});
const deployment = (instanceType: string, capacity: number) => ({
  sku: { capacity },
  properties: { instanceType, livenessProbe: { initialDelay: "PT600S" } },
});
const endpoint = (properties: object) => ({ identity: { type: "SystemAssigned" }, properties });
const autoscale = (minimum: string, maximum: string) => ({ profiles: [{ capacity: { minimum, maximum } }] });

const on = (rule: string, type: string) => (stack: Case["stack"], props: object, violation?: RegExp) => ({
  ...{ rule, type, stack, props: props as Case["props"] },
  ...(violation && { violation }),
});

const size = on("gpu-sizes", types.cluster);
const servingSize = on("gpu-sizes", types.deployment);
const nodes = on("cluster-nodes", types.cluster);
const idle = on("cluster-scales-to-zero", types.cluster);
const instances = on("deployment-instances", types.deployment);
const scaled = on("deployment-instances", types.autoscale);
const probe = on("liveness-probe", types.deployment);
const keys = on("no-key-authentication", types.endpoint);
const workspace = on("no-public-workspace", types.workspace);
const storage = on("no-public-workspace", types.storage);
const vault = on("no-public-workspace", types.vault);
const open = on("no-public-endpoint", types.endpoint);
const traffic = on("no-public-endpoint", types.traffic);
const encrypted = on("encrypted-storage", types.storage);
const kept = on("protected-vault", types.vault);
const acting = on("managed-identity", types.workspace);
const login = on("managed-identity", types.cluster);
const place = on("regions", types.resourceGroup);
const gate = on("gate-is-set", types.job);
const met = on("gate-is-met", types.job);
const tagged = on("resource-tags", types.resourceGroup);

export const stackTags = { owner: "team", costCenter: "42", expires: "never" };

const safeStorage = {
  enableHttpsTrafficOnly: true,
  minimumTlsVersion: "TLS1_2",
  allowBlobPublicAccess: false,
};

export const cases: readonly Case[] = [
  size("dev", cluster({})),
  size("dev", cluster({}, "standard_nc4as_t4_v3")),
  size("dev", cluster({}, "Standard_E4s_v3")),
  size(
    "dev",
    cluster({}, "Standard_ND96asr_v4"),
    /Compute thing: properties\.properties\.vmSize is "Standard_ND96asr_v4"; allowed: Standard_NC\*_T4_v3, .* in environment dev\. Choose another compute\.size/,
  ),
  size("prod", cluster({}, "Standard_ND96asr_v4")),
  servingSize("review", deployment("Standard_NC80adis_H100_v5", 1), /Choose another endpoint\.instanceType/),
  servingSize("prod", deployment("Standard_NC80adis_H100_v5", 2)),

  nodes("review", cluster({ maxNodeCount: 1 })),
  nodes(
    "review",
    cluster({ maxNodeCount: 2 }),
    /maxNodeCount is 2; allowed: at most 1 in environment review/,
  ),

  idle("dev", cluster({ minNodeCount: 0 })),
  idle("prod", cluster({ minNodeCount: 1 })),
  idle("staging", cluster({ minNodeCount: 1 }), /minNodeCount is 1; allowed: 0 in environment staging/),

  instances("prod", deployment("Standard_NC24ads_A100_v4", 2)),
  instances("prod", deployment("Standard_NC24ads_A100_v4", 1), /sku\.capacity is 1; allowed: 2 to 10/),
  instances("dev", deployment("Standard_NC24ads_A100_v4", 3), /sku\.capacity is 3; allowed: 1 to 2/),
  scaled("prod", autoscale("2", "10")),
  scaled("prod", autoscale("1", "11"), /profiles\[0\]\.capacity\.minimum is "1"; allowed: 2 to 10/),

  probe("dev", deployment("Standard_NC24ads_A100_v4", 1)),
  probe(
    "dev",
    { properties: {} },
    /livenessProbe\.initialDelay is not set; allowed: a duration such as PT600S/,
  ),

  keys("prod", endpoint({ authMode: "AADToken" })),
  keys("staging", endpoint({ authMode: "Key" })),
  keys("prod", endpoint({ authMode: "Key" }), /authMode is "Key".* Set endpoint\.authMode to aad_token/),

  workspace("prod", { publicNetworkAccess: "Disabled" }),
  workspace("prod", { publicNetworkAccess: "Enabled", networkAcls: { defaultAction: "Deny" } }),
  workspace("prod", { publicNetworkAccess: "Enabled", ipAllowlist: ["203.0.113.0/24"] }),
  workspace("dev", { publicNetworkAccess: "Enabled" }),
  workspace(
    "prod",
    { publicNetworkAccess: "Enabled" },
    /publicNetworkAccess is "Enabled"; allowed: Disabled, or/,
  ),
  storage("prod", { networkRuleSet: { defaultAction: "Deny" } }),
  storage("prod", {}, /StorageAccount thing: publicNetworkAccess is not set/),
  vault("prod", { properties: { networkAcls: { defaultAction: "Deny" } } }),
  vault("prod", { properties: { publicNetworkAccess: "disabled" } }),
  vault("prod", { properties: {} }, /Vault thing: properties\.publicNetworkAccess is not set/),

  open("prod", endpoint({ publicNetworkAccess: "Disabled" })),
  open("prod", endpoint({ publicNetworkAccess: "Enabled" }), /Set endpoint\.publicNetworkAccess to false/),
  {
    ...open("prod", endpoint({ publicNetworkAccess: "Enabled" })),
    ignored: ["properties.publicNetworkAccess"],
  },
  traffic("prod", { settings: { publicNetworkAccess: "Disabled" } }),
  traffic(
    "prod",
    { settings: { publicNetworkAccess: "Enabled" } },
    /settings\.publicNetworkAccess is "Enabled"/,
  ),

  encrypted("dev", safeStorage),
  encrypted("dev", { ...safeStorage, minimumTlsVersion: "TLS1_0" }, /is "TLS1_0"; allowed: TLS1_2 or TLS1_3/),
  encrypted("dev", { ...safeStorage, allowBlobPublicAccess: true }, /allowBlobPublicAccess is true/),

  kept("dev", { properties: { enableSoftDelete: true } }),
  kept("dev", { properties: { enableSoftDelete: false } }, /enableSoftDelete is false; allowed: true/),
  kept("prod", { properties: { enableSoftDelete: true, enablePurgeProtection: true } }),
  kept("prod", { properties: { enableSoftDelete: true } }, /enablePurgeProtection is not set/),

  acting("dev", { identity: { type: "UserAssigned" } }),
  acting("dev", {}, /Workspace thing: identity\.type is not set/),
  login("dev", cluster({})),
  login("dev", { properties: { disableLocalAuth: false } }, /properties\.disableLocalAuth is false/),

  place("dev", { location: "West Europe" }),
  place("dev", { location: "brazilsouth" }, /location is "brazilsouth"; allowed: eastus, /),

  gate("prod", { gate: { maxEvalLoss: 1.5 } }),
  gate("dev", { gate: {} }),
  gate("prod", { gate: {} }, /finetune\.gate is \{\}; allowed: at least one of maxEvalLoss, /),

  met("dev", { gate: { maxEvalLoss: 1.5 }, metrics: { eval_loss: 1.2 } }),
  met(
    "dev",
    { gate: { maxEvalLoss: 1.5 }, metrics: { eval_loss: 2 } },
    /metrics\.eval_loss is 2; allowed: at most 1\.5/,
  ),
  met(
    "dev",
    { gate: { minRouge1: 0.5 }, metrics: { rouge1: 0.4 } },
    /rouge1 is 0\.4; allowed: at least 0\.5/,
  ),
  met("dev", {
    gate: { maxEvalLoss: 1.5 },
    jobName: "new",
    metrics: { eval_loss: 2 },
    accepted: { jobName: "earlier" },
  }),
  met(
    "dev",
    {
      gate: { maxEvalLoss: 1.5 },
      ...{ jobName: "new", metrics: { eval_loss: 2 }, accepted: { jobName: "new" } },
    },
    /metrics\.eval_loss is 2/,
  ),

  tagged("dev", { tags: { ...stackTags, environment: "dev" } }),
  tagged(
    "dev",
    { tags: { ...stackTags, environment: "prod" } },
    /tags is "environment=prod"; allowed: environment=dev/,
  ),
  tagged("dev", {}, /ResourceGroup thing: tags is /),
];
