/** The workspace side of machine learning: workspaces, computes, sizes, datastores, data assets. */
import type { FastifyInstance } from "fastify";
import type { Core } from "../core";

export function registerMlCore(_app: FastifyInstance, _core: Core): void {}
