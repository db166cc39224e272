/**
 * Collections beside those that the local cloud keeps, which clients list when they look a workspace over: it has none of
 * them, and says so as the service does of a workspace without any. Making one is refused as every route that is not there.
 */
import type { FastifyInstance } from "fastify";
import { page } from "../arm/body";
import { requireParent } from "../arm/parent";
import { idFor } from "../arm/type";
import type { Cloud } from "../cloud";
import { pathParameters } from "./request";
import { WORKSPACE_ROUTE } from "./workspace";

const EMPTY = ["batchEndpoints", "schedules", "privateEndpointConnections"];

/** Registers their lists. */
export function registerEmptyCollections(app: FastifyInstance, cloud: Cloud): void {
  for (const collection of EMPTY) {
    app.get(`${WORKSPACE_ROUTE}/${collection}`, (request) => {
      requireParent(cloud, `${idFor(WORKSPACE_ROUTE, pathParameters(request))}/${collection}/any`);
      return page([], request, cloud.baseUrl);
    });
  }
}
