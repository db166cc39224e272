import type { FastifyInstance } from "fastify";
import type { Core } from "../core";
import { registerAsset } from "./assets/assetType";
import { CODES, registerPendingUploads } from "./assets/codes";
import { COMPONENTS } from "./assets/components";
import { DATA } from "./assets/data";
import { ENVIRONMENTS } from "./assets/environments";
import { MODELS } from "./assets/models";
import { registerComputes } from "./computes";
import { registerConnections } from "./connections";
import { registerDatastores } from "./datastores";
import { registerEmptyCollections } from "./emptyCollections";
import { registerRegistries } from "../registry/registries";
import { registerQuotas } from "./quotas";
import { registerWorkspaces } from "./workspaces";

export function registerMlCore(app: FastifyInstance, core: Core): void {
  registerWorkspaces(app, core);
  registerDatastores(app, core);
  registerConnections(app, core);
  registerEmptyCollections(app, core);
  registerComputes(app, core);
  registerQuotas(app, core);
  registerRegistries(app, core);
  for (const kind of [DATA, MODELS, ENVIRONMENTS, COMPONENTS, CODES]) registerAsset(app, core, kind);
  registerPendingUploads(app, core);
}
