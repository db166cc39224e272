/** Collections that clients list and the local cloud does not implement: always empty. */
import type { FastifyInstance } from "fastify";
import { page } from "../arm/body";
import { requireParent } from "../arm/parent";
import { idFor } from "../arm/type";
import type { Cloud } from "../cloud";
import { accepts, PAGING } from "../strict/declaration";
import { pathParameters } from "./request";
import { WORKSPACE_ROUTE } from "./workspace";

const EMPTY: ReadonlyArray<readonly [collection: string, about: string, query: readonly string[]]> = [
  ["batchEndpoints", "batch endpoints (always empty)", ["count", ...PAGING]],
  ["schedules", "schedules (always empty)", ["listViewType", ...PAGING]],
  ["privateEndpointConnections", "private endpoints (always empty)", []],
];

export function registerEmptyCollections(app: FastifyInstance, cloud: Cloud): void {
  for (const [collection, about, query] of EMPTY) {
    app.get(`${WORKSPACE_ROUTE}/${collection}`, accepts(about, { query }), (request) => {
      requireParent(cloud, `${idFor(WORKSPACE_ROUTE, pathParameters(request))}/${collection}/any`);
      return page([], request, cloud.baseUrl);
    });
  }
}
