import type { FastifyInstance } from "fastify";
import type { Core } from "../core";
import { registerAlerts } from "./alerts";
import { registerContainerRegistries } from "./containerRegistries";
import { registerDeployments } from "./deployments";
import { registerKeyVaults } from "./keyVaults";
import { registerManagedIdentities } from "./managedIdentities";
import { registerMonitoring } from "./monitoring";
import { registerProviders } from "./providers";
import { registerResourceGroups } from "./resourceGroups";
import { registerRoles } from "./roles";
import { registerStorage } from "./storage";
import { registerTags } from "./tags";

export function registerArm(app: FastifyInstance, core: Core): void {
  registerProviders(app, core);
  registerResourceGroups(app, core);
  registerDeployments(app, core);
  registerTags(app, core);
  registerManagedIdentities(app, core);
  registerStorage(app, core);
  registerKeyVaults(app, core);
  registerContainerRegistries(app, core);
  registerMonitoring(app, core);
  registerAlerts(app, core);
  registerRoles(app, core);
}
