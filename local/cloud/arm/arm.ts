/** The ARM side of the local cloud, outside of machine learning. */
import type { FastifyInstance } from "fastify";
import { registerLocations } from "./locations";
import { registerResourceGroups } from "./resourceGroups";
import type { Core } from "../core";

export function registerArm(app: FastifyInstance, core: Core): void {
  registerLocations(app, core);
  registerResourceGroups(app, core);
}
