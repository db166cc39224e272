/** The workspace side of machine learning: workspaces, computes, sizes and quotas, datastores, data assets. */
import type { FastifyInstance } from "fastify";
import type { Core } from "../core";
import { registerComputes } from "./computes";
import { registerDataAssets } from "./dataVersions";
import { registerDatastores } from "./datastores";
import { registerQuotas } from "./quotas";
import { registerWorkspaces } from "./workspaces";

/** Registers all of it. */
export function registerMlCore(app: FastifyInstance, core: Core): void {
  registerWorkspaces(app, core);
  registerDatastores(app, core);
  registerComputes(app, core);
  registerQuotas(app, core);
  registerDataAssets(app, core);
}
