import { listVmSizes, type VmSize } from "../../../azureml/clients/sizes";
import { getWorkspace } from "../../../azureml/clients/workspaces";
import { hourlyCost, hoursPerMonth } from "../../../azureml/costs";
import { type Price, priceOf, type PriceSources } from "../../../azureml/prices";
import { listComputes } from "../../workspaceView/computes";
import { listAllDeployments } from "../../workspaceView/endpoints";
import type { Reading } from "../live";
import type { StudioPlace } from "../place";

/** Machines of a deployment or of a cluster that exist now. */
export interface CostRow {
  kind: "deployment" | "cluster";
  name: string;
  size: string;
  count: number;
  /** Of a cluster. */
  most?: number;
  lowPriority: boolean;
  price?: Price;
}

export interface CostPage {
  rows: CostRow[];
  currency: string;
  /** Of everything that exists now; absent if a price is unknown. */
  perHour?: number;
  perMonth?: number;
}

/** What bills by the hour now. Storage, key vault and logs cost little, and are left out. */
export async function readCost(place: StudioPlace): Promise<Reading> {
  const { session, workspace } = place;
  const [sources, computes, deployments] = await Promise.all([
    priceSources(place),
    listComputes(session, workspace),
    listAllDeployments(session, workspace),
  ]);
  const priced = (row: Omit<CostRow, "price">): CostRow => {
    const price = priceOf(row.size, row.lowPriority ? "lowPriority" : "dedicated", sources);
    return price ? { ...row, price } : row;
  };
  const rows = [
    ...deployments.map(({ deployment: { name, instanceType: size, instances: count } }) =>
      priced({ kind: "deployment", name, size, count, lowPriority: false }),
    ),
    ...computes
      .filter(({ size }) => size !== "")
      .map(({ name, size, nodes, maxNodes, lowPriority }) =>
        priced({ kind: "cluster", name, size, count: nodes, most: maxNodes, lowPriority }),
      ),
  ];
  const perHour = hourlyCost(rows);
  const data: CostPage = {
    rows,
    currency: sources.currency,
    ...(perHour === undefined ? {} : { perHour, perMonth: perHour * hoursPerMonth }),
  };
  return { data };
}

const sizesOf = new WeakMap<StudioPlace, Promise<VmSize[]>>();

/** The region's prices are read once: they change rarely. Without permission to list sizes, the table's prices remain. */
async function priceSources(place: StudioPlace): Promise<PriceSources> {
  const { session, workspace, prices } = place;
  const { location } = await getWorkspace(session, workspace);
  const known =
    sizesOf.get(place) ?? listVmSizes(session, workspace.subscriptionId, location).catch(() => []);
  sizesOf.set(place, known);
  return { ...prices, region: await known, location };
}
