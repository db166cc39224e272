import { z } from "zod";
import { armIdSetting } from "./armIdSetting";
import { choiceSetting, setting } from "./setting";

/**
 * Rules of the firewalls of storage account and key vault: public IPv4 addresses, and ranges of at most 30 bits (a storage account
 * accepts /31 and /32 only as single addresses). Source: Microsoft Learn, storage-network-security-limitations.
 */
const ipRange = /^(\d{1,3}\.){3}\d{1,3}(\/([1-9]|[12]\d|30))?$/;

const privateAddress = /^(10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|0\.)/;

const isPublicRange = (text: string): boolean =>
  ipRange.test(text) &&
  !privateAddress.test(text) &&
  (text.split("/")[0] ?? "").split(".").every((part) => Number(part) <= 255);

export const allowedIpRanges = setting(
  {
    doc: "create: the only public addresses from which storage account and key vault are reachable. The workspace's own list is set with `az ml workspace network-rule` (docs/azure.md).",
    allowed: "a list of public IPv4 addresses or ranges such as 203.0.113.7 and 203.0.113.0/24, at most /30",
    defaultText: "none: all addresses",
    source: "Microsoft Learn, storage-network-security-limitations",
  },
  z.array(z.string().refine(isPublicRange)).max(200),
).default([]);

const ruleName = z.string().regex(/^[A-Za-z0-9][\w-]{0,62}$/);

/** A destination outside the managed network. The types are Azure ML's. */
const outboundRule = z.discriminatedUnion("type", [
  z.strictObject({ name: ruleName, type: z.literal("FQDN"), destination: z.string().regex(/^[\w*.-]+$/) }),
  z.strictObject({
    name: ruleName,
    type: z.literal("ServiceTag"),
    serviceTag: z.string().regex(/^[A-Za-z0-9.]+$/),
    protocol: z.enum(["TCP", "UDP", "ICMP", "*"]),
    portRanges: z.string().regex(/^(\*|\d+(-\d+)?(,\s*\d+(-\d+)?)*)$/),
  }),
  z.strictObject({
    name: ruleName,
    type: z.literal("PrivateEndpoint"),
    resource: z.string().regex(/^\/subscriptions\/[0-9a-f-]{36}\/\S+$/i),
    target: z.string().regex(/^\w+$/),
  }),
]);

/** The section `workspace.managedNetwork`. */
export const managedNetworkSettings = z
  .strictObject({
    isolationMode: choiceSetting(["Disabled", "AllowInternetOutbound", "AllowOnlyApprovedOutbound"], {
      doc: "create: the network that Azure ML manages for clusters and endpoints. Azure does not turn it off again, and does not loosen it.",
      source: "Microsoft Learn, how-to-managed-network",
    }).default("Disabled"),
    outboundRules: setting(
      {
        doc: "create: further destinations of the managed network.",
        allowed:
          "a list of { name, type: FQDN, destination }, { name, type: ServiceTag, serviceTag, protocol, portRanges } or { name, type: PrivateEndpoint, resource, target }",
        defaultText: "none",
        source: "Microsoft Learn, how-to-managed-network",
      },
      z.array(outboundRule),
    ).default([]),
  })
  .prefault({});

/** The section `workspace.privateEndpoints`. */
export const privateEndpointSettings = z
  .strictObject({
    subnet: armIdSetting("Microsoft.Network/virtualNetworks/subnets", {
      doc: "create: a subnet in the stack's region in which workspace, storage account (blob, file) and key vault get private endpoints.",
      source: "Microsoft Learn, how-to-configure-private-link",
    }).optional(),
    dnsZones: setting(
      {
        doc: "create: private DNS zones in which the private endpoints are registered; each endpoint uses those of its service.",
        allowed:
          "a list of ids of zones whose names begin with privatelink.api., privatelink.notebooks., privatelink.blob., privatelink.file. or privatelink.vaultcore.",
        defaultText: "none",
        source: "Microsoft Learn, private-endpoint-dns",
      },
      z.array(
        z
          .string()
          .regex(
            /^\/subscriptions\/[0-9a-f-]{36}\/resourceGroups\/[^/\s]+\/providers\/Microsoft\.Network\/privateDnsZones\/privatelink\.(api|notebooks|blob|file|vaultcore)\.[\w.-]+$/i,
          ),
      ),
    ).default([]),
  })
  .prefault({});
