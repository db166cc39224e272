/**
 * The api-versions of each resource provider, from the azure-native provider's documentation and Azure's
 * clients. The answers do not depend on the version, but a version that no client ever used is a mistake.
 */

const versions = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Lower case, oldest first. */
const API_VERSIONS: Readonly<Record<string, readonly string[]>> = {
  "microsoft.machinelearningservices": versions(`
    2018-03-01-preview 2018-11-19 2019-05-01 2019-06-01 2019-11-01 2020-01-01 2020-02-18-preview 2020-03-01 2020-04-01
    2020-05-01-preview 2020-05-15-preview 2020-06-01 2020-08-01 2020-09-01-preview 2021-01-01 2021-03-01-preview 2021-04-01
    2021-07-01 2021-10-01 2021-10-01-dataplanepreview 2022-01-01-preview 2022-02-01-preview 2022-05-01 2022-06-01-preview
    2022-10-01 2022-10-01-preview 2022-12-01-preview 2023-02-01-preview 2023-04-01 2023-04-01-preview 2023-06-01-preview
    2023-08-01-preview 2023-10-01 2024-01-01-preview 2024-04-01 2024-04-01-preview 2024-07-01-preview 2024-10-01
    2024-10-01-preview 2025-01-01-preview 2025-04-01 2025-04-01-preview 2025-06-01 2025-07-01-preview 2025-09-01
    2025-10-01-preview 2025-12-01 2026-01-15-preview 2026-03-01 2026-03-15-preview 2026-05-01 2026-05-15-preview`),
  "microsoft.storage": versions(`
    2018-02-01 2018-07-01 2018-11-01 2019-04-01 2019-06-01 2021-01-01 2021-02-01 2021-04-01 2021-06-01 2021-08-01 2021-09-01
    2022-05-01 2022-09-01 2023-01-01 2023-04-01 2023-05-01 2024-01-01 2025-01-01 2025-06-01 2025-08-01 2026-04-01`),
  "microsoft.keyvault": versions(`
    2018-02-14 2019-09-01 2020-04-01-preview 2021-04-01-preview 2021-06-01-preview 2021-10-01 2021-11-01-preview 2022-07-01
    2022-11-01 2023-02-01 2023-07-01 2024-04-01-preview 2024-11-01 2024-12-01-preview 2025-05-01 2026-02-01
    2026-03-01-preview`),
  "microsoft.containerregistry": versions(`
    2019-05-01 2021-09-01 2022-12-01 2023-01-01-preview 2023-07-01 2023-11-01-preview 2024-11-01-preview 2025-04-01
    2025-11-01`),
  "microsoft.operationalinsights": versions(`
    2015-11-01-preview 2020-03-01-preview 2020-08-01 2020-10-01 2021-06-01 2021-12-01-preview 2022-10-01 2023-09-01
    2025-02-01 2025-07-01`),
  "microsoft.insights": versions(`
    2015-05-01 2018-01-01 2018-03-01 2018-05-01-preview 2019-07-01 2020-02-02-preview 2020-02-02 2021-05-01
    2021-05-01-preview 2022-06-01 2022-10-01 2023-01-01 2023-10-01 2023-12-01 2024-02-01 2024-10-01-preview
    2025-01-01-preview 2026-01-01 2026-03-01`),
  "microsoft.consumption": versions(`2021-10-01 2023-05-01 2023-11-01 2024-08-01`),
  "microsoft.managedidentity": versions(`
    2018-11-30 2022-01-31-preview 2023-01-31 2023-07-31-preview 2024-11-30 2025-01-31-preview 2025-05-31-preview`),
  "microsoft.authorization": versions(`
    2015-07-01 2018-01-01-preview 2018-07-01 2018-09-01-preview 2020-03-01-preview 2020-04-01-preview 2020-08-01-preview
    2020-10-01-preview 2022-04-01 2022-05-01-preview`),
  "microsoft.resources": versions(`
    2014-04-01 2015-01-01 2015-11-01 2016-02-01 2016-06-01 2016-07-01 2016-09-01 2017-05-10 2018-02-01 2018-05-01 2018-06-01
    2019-03-01 2019-05-01 2019-05-10 2019-06-01 2019-07-01 2019-08-01 2019-10-01 2019-11-01 2020-01-01 2020-05-01 2020-06-01
    2020-08-01 2020-09-01 2020-10-01 2021-01-01 2021-04-01 2022-01-01 2022-06-01 2022-09-01 2022-12-01 2023-07-01
    2024-03-01 2024-07-01 2024-08-01 2024-11-01 2025-03-01 2025-04-01 2025-06-01`),
};

/** ARM's own (groups, subscriptions, providers, tags) if the path names none. */
function namespaceOf(path: string): string {
  const [, last] = /^.*\/providers\/([^?]*)$/i.exec(path) ?? [];
  const [namespace = "", type = ""] = (last ?? "").split("/");
  return type === "" || /^(un)?register$/i.test(type) ? "microsoft.resources" : namespace.toLowerCase();
}

/**
 * Clients are newer than this table every few months, and the answers do not depend on the version: a date from that of the
 * newest known version on is treated as that one.
 */
export function isNewer(version: string, known: readonly string[]): boolean {
  const [date] = /^\d{4}-\d{2}-\d{2}(?=$|-\w*preview$)/.exec(version) ?? [];
  return date !== undefined && date >= (known.at(-1) ?? "").slice(0, 10);
}

export function apiVersionsOf(path: string): readonly string[] | undefined {
  return API_VERSIONS[namespaceOf(path)];
}

/** The cloud itself creates the addresses of long-running operations, version included. */
export function anyApiVersion(path: string): boolean {
  return /\/locations\/[^/]+\/\w*(operations?Status|operationStatuses|operationResults)(es)?\/[^/]+$/i.test(
    path,
  );
}
