import type { Finding } from "./run";

/** When an assumption was last settled by calls to Azure itself. */
export interface Settled {
  outcome: "confirmed" | "refuted";
  /** Date, `2026-11-30`. */
  on: string;
  /** `AzureCloud`, `AzureUSGovernment` or `AzureChinaCloud`. */
  cloud: string;
}

/** Contents of `confirmed.json`: the last result by the assumption's id. */
export type SettledById = Readonly<Record<string, Settled>>;

/** Clouds whose answers confirm anything about Azure. */
const azureClouds: Readonly<Record<string, string>> = {
  "https://management.azure.com": "AzureCloud",
  "https://management.usgovcloudapi.net": "AzureUSGovernment",
  "https://management.chinacloudapi.cn": "AzureChinaCloud",
};

/** The name of Microsoft's cloud at this address, or undefined for any other server, such as the local cloud. */
export function azureCloudAt(resourceManager: string): string | undefined {
  return azureClouds[resourceManager];
}

/** The record with the run's results. Unsettled assumptions keep their last result. */
export function withFindings(
  before: SettledById,
  findings: readonly Finding[],
  cloud: string,
  on: string,
): SettledById {
  const now = findings.flatMap(({ assumption, verdict }) =>
    verdict.outcome === "not settled"
      ? []
      : [[assumption.id, { outcome: verdict.outcome, on, cloud }] as const],
  );
  const all = { ...before, ...Object.fromEntries(now) };
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => a.localeCompare(b)));
}
