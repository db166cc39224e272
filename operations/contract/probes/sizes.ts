import type { Azure } from "../azure";
import { at, listAt, textAt } from "../json";
import { NotSettled } from "../verdict";

interface Size {
  name: string;
  family: string;
  vCpus: number;
  /** Cores that the subscription may use of the family. */
  limit: number;
  used: number;
}

/** The region's sizes with their family's quota, from `vmSizes` and `usages`. */
export async function sizesWithQuota(azure: Azure): Promise<Size[]> {
  const { region } = azure.paths;
  const sizes = await azure.call("GET", `${region}/vmSizes`);
  const usages = await azure.call("GET", `${region}/usages`);
  if (sizes.status !== 200 || usages.status !== 200) {
    throw new NotSettled(`sizes and usages cannot be read (${sizes.status}, ${usages.status})`);
  }
  const quota = new Map(
    listAt(usages.body, "value")
      .filter(isDedicatedOfSubscription)
      .map((usage) => [plain(textAt(usage, "name.value")), usage] as const),
  );
  return listAt(sizes.body, "value").flatMap((size) => {
    const family = textAt(size, "family");
    const usage = quota.get(plain(family));
    if (!usage) return [];
    return [
      {
        name: textAt(size, "name"),
        family,
        vCpus: Number(at(size, "vCPUs")),
        limit: Number(at(usage, "limit")),
        used: Number(at(usage, "currentValue")),
      },
    ];
  });
}

/** Names differ in the two forms that azureml/quotas.ts describes. */
const plain = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "")
    .replace(/(cluster)?(dedicated)?vcpus$/, "");

/** Not a low-priority quota, and not a row of a workspace or a cluster. */
function isDedicatedOfSubscription(usage: unknown): boolean {
  const texts = [textAt(usage, "type"), textAt(usage, "name.value"), textAt(usage, "name.localizedValue")];
  return !/low ?priority/i.test(texts.join(" ")) && !/\/workspaces\//i.test(textAt(usage, "id"));
}

/** A size whose family has less quota than one node needs. */
export async function sizeBeyondQuota(azure: Azure): Promise<Size> {
  const found = (await sizesWithQuota(azure)).find(({ vCpus, limit }) => limit >= 0 && limit < vCpus);
  if (found) return found;
  throw new NotSettled("the subscription has quota for at least one node of every size");
}
