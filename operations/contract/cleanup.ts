import { type Azure, describe } from "./azure";
import { listAt, textAt } from "./json";
import { deleteAll } from "./removal";
import { anyRunName, ownerTag } from "./target";

/** What earlier runs left in the resource group, by their owner tag and names. Sends reads only. */
export async function findLeftovers(azure: Azure): Promise<string[]> {
  const { paths, target } = azure;
  const found: string[] = [];
  const filter = { $filter: `tagName eq '${ownerTag}'` };
  const groups = await readList(azure, `${paths.subscription}/resourcegroups`, filter);
  for (const item of groups) found.push(textAt(item, "id"));
  const group = await azure.call("GET", paths.group);
  if (group.status === 200) {
    for (const item of await readList(azure, `${paths.group}/resources`, filter))
      found.push(textAt(item, "id"));
    // Jobs and assets are no ARM resources with tags of their own: they are found by name.
    const workspaces = [
      ...found.filter((id) => /\/workspaces\/[^/]+$/i.test(id) && /machinelearning/i.test(id)),
      ...(target.workspace === undefined ? [] : [paths.workspace]),
    ];
    for (const workspace of new Set(workspaces)) found.push(...(await childrenOf(azure, workspace)));
  }
  return [...new Set(found.filter(Boolean))];
}

/** Deletes what `findLeftovers` found. Returns what could not be deleted. */
export function deleteLeftovers(
  azure: Azure,
  found: readonly string[],
  log: (line: string) => void,
): Promise<string[]> {
  return deleteAll(azure, found, log);
}

/** Vaults that a run deleted and could not purge: they keep their names. */
export async function purgeLeftoverVaults(azure: Azure, log: (line: string) => void): Promise<void> {
  const path = `${azure.paths.subscription}/providers/Microsoft.KeyVault/deletedVaults`;
  for (const vault of await readList(azure, path)) {
    if (!textAt(vault, `properties.tags.${ownerTag}`)) continue;
    const answer = await azure.call("POST", `${textAt(vault, "id")}/purge`);
    await azure.settled(answer);
    log(`purged ${textAt(vault, "name")}`);
  }
}

async function childrenOf(azure: Azure, workspace: string): Promise<string[]> {
  const found: string[] = [];
  for (const kind of [
    "computes",
    "onlineEndpoints",
    "jobs",
    "data",
    "models",
    "environments",
    "components",
  ]) {
    for (const item of await readList(azure, `${workspace}/${kind}`)) {
      if (anyRunName.test(textAt(item, "name"))) found.push(`${workspace}/${kind}/${textAt(item, "name")}`);
    }
  }
  return found;
}

async function readList(azure: Azure, path: string, query?: Record<string, string>): Promise<unknown[]> {
  const items: unknown[] = [];
  let answer = await azure.call("GET", path, undefined, { query });
  for (;;) {
    if (answer.status === 404) return items;
    if (answer.status >= 400) throw new Error(`${path} cannot be listed: ${describe(answer)}`);
    items.push(...listAt(answer.body, "value"));
    const next = textAt(answer.body, "nextLink");
    if (!next) return items;
    answer = await azure.call("GET", next);
  }
}
