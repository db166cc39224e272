import type { ComputeUsage, VmSize } from "./clients/sizes";

/** One quota that a request for cores must fit into. */
export interface Quota {
  /** For a message: `standardNCADSA100v4Family` or `all dedicated vCPUs of the region`. */
  what: string;
  /** Undefined for the total of all families. */
  family: string | undefined;
  /** Cores allowed. */
  limit: number;
  /** Cores in use now. Endpoints count with their reserve. */
  used: number;
  /**
   * The part of `used` that the service attributes to clusters. Clusters scale down, so it is free again after their
   * jobs. 0 if the service does not list clusters.
   */
  usedByClusters: number;
}

export type QuotaKind = "dedicated" | "lowPriority";

/**
 * VM sizes for which managed online endpoints do not reserve 20 % more instances, in lower case.
 * Source: column "Skip 20% Reservation" of MicrosoftDocs/azure-ai-docs,
 * articles/machine-learning/reference-managed-online-endpoints-vm-sku-list.md (commit 1d987e37).
 */
const WITHOUT_RESERVE: ReadonlySet<string> = new Set([
  "standard_nc24ads_a100_v4",
  "standard_nc48ads_a100_v4",
  "standard_nc96ads_a100_v4",
  "standard_nc40ads_h100_v5",
  "standard_nc80adis_h100_v5",
  "standard_nd96amsr_a100_v4",
  "standard_nd96asr_v4",
  "standard_nd40rs_v2",
  "standard_nd96is_h100_v5",
  "standard_nd96isr_h100_v5",
]);

/**
 * Cores of quota that a managed online deployment takes: `ceil(1.2 × instances) × cores`, or `instances × cores` for
 * the exempt sizes.
 * Source: MicrosoftDocs/azure-ai-docs, articles/machine-learning/includes/quota-allocation-online-deployment.md. Two
 * recorded answers agree: one Standard_DS2_v2 (2 cores) counts 4, one Standard_DS3_v2 (4 cores) needs 8.
 */
export function endpointCores({ name, vCpus }: Pick<VmSize, "name" | "vCpus">, instances: number): number {
  const reserved = WITHOUT_RESERVE.has(name.toLowerCase()) ? instances : Math.ceil(instances * 1.2);
  return reserved * vCpus;
}

/**
 * The quotas that limit cores of a family: the family's and the region's total, of the subscription and, if the
 * service lists them, of the workspace. Quotas without a limit (-1) are left out. Clusters and managed online
 * endpoints share them.
 *
 * `locations/<l>/usages` names quotas in two ways, and both are read: Microsoft's OpenAPI example
 * (Azure/azure-rest-api-specs, machinelearningservices stable/2024-10-01 examples/Usage/list.json) has
 * `Standard NC Family Cluster Dedicated vCPUs` and `Total Cluster LowPriority Regional vCPUs`; recorded answers of 2026
 * have `standardNCADSA100v4Family` twice, told apart by their type only (`…/vmFamily/dedicatedCores/usages`,
 * `…/vmFamily/lowPriorityCores/usages`), `TotalDedicatedCores` and `TotalLowPriorityCores`.
 * @param workspace ARM id of the stack's workspace. Rows of other workspaces are ignored.
 */
export function quotasFor(
  usages: readonly ComputeUsage[],
  kind: QuotaKind,
  family: string,
  workspace: string,
): Quota[] {
  const rows = usages.filter((usage) => kindOf(usage) === kind);
  const scopes: [prefix: string, where: string][] = [
    ["", ""],
    [`${workspace.toLowerCase()}/`, " of the workspace"],
  ];
  return scopes.flatMap(([prefix, where]) =>
    [family, undefined].flatMap((name) => {
      const own = rows.find((row) => scopeOf(row) === prefix && isAbout(row, name));
      if (!own || own.limit < 0) return [];
      const clusters = rows.filter(
        ({ id }) => id.toLowerCase().startsWith(prefix) && id.toLowerCase().includes("/computes/"),
      );
      const usedByClusters = clusters
        .filter((row) => name === undefined || isAbout(row, name))
        .reduce((sum, { current }) => sum + current, 0);
      const what =
        name ?? (kind === "dedicated" ? "all dedicated vCPUs" : "all low-priority vCPUs") + " of the region";
      return [{ what: `${what}${where}`, family: name, limit: own.limit, used: own.current, usedByClusters }];
    }),
  );
}

/** Whether the service lists a quota for the family at all. */
export function listsFamily(usages: readonly ComputeUsage[], kind: QuotaKind, family: string): boolean {
  return usages.some((usage) => kindOf(usage) === kind && isAbout(usage, family));
}

const alphanumeric = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");

/** "" for a subscription's row, the workspace's ARM id with a slash for a workspace's, undefined for a cluster's. */
function scopeOf({ id }: ComputeUsage): string | undefined {
  const lower = id.toLowerCase();
  if (lower.includes("/computes/")) return undefined;
  return /^.*\/workspaces\/[^/]+\//.exec(lower)?.[0] ?? "";
}

function kindOf({ type, name, displayName }: ComputeUsage): QuotaKind {
  const texts = [type, name, displayName].map(alphanumeric);
  return texts.some((text) => text.includes("lowpriority")) ? "lowPriority" : "dedicated";
}

/** Whether the row is about the family, or with `undefined` about the region's total. */
function isAbout({ name, displayName }: ComputeUsage, family: string | undefined): boolean {
  return [name, displayName].map(alphanumeric).some((text) => {
    if (family === undefined)
      return /^total(cluster)?(dedicated|lowpriority)(regional)?(cores|vcpus)$/.test(text);
    return (
      alphanumeric(family) !== "" &&
      text.replace(/(cluster)?(dedicated|lowpriority)?vcpus$/, "") === alphanumeric(family)
    );
  });
}
