/**
 * What a route accepts, declared where it is registered with `accepts(…)`; ARM resource types come from a
 * table (`armTypes.ts`). The coverage table of docs/local-cloud.md is generated from the same declarations.
 */
import type { FastifyContextConfig } from "fastify";
import type { RouteAccess } from "../cloud";

export class FreeForm {
  constructor(readonly why: string) {}
}

/**
 * Members that an object in a request may have. `{}`: none. `"any"`: a plain value, or one that its handler
 * checks. A list in a body has the shape of its items. The member `*` stands for every name.
 */
export type Shape = "any" | FreeForm | { readonly [member: string]: Shape };

export function isOpen(shape: Shape): shape is "any" | FreeForm {
  return shape === "any" || shape instanceof FreeForm;
}

export interface RouteDeclaration {
  about: string;
  /** Besides `api-version`; case is ignored. Default none. */
  query?: readonly string[];
  /** Of the families `x-ms-…`, `x-azureml-…`, `azureml-…`, besides those every client sends. Default none. */
  headers?: readonly string[];
  /** Default `{}`: an empty one or an object without members. */
  body?: Shape;
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** What the route accepts. Routes without it are not checked, and the coverage table says so. */
    takes?: RouteDeclaration;
  }
}

export interface RouteOptions extends Omit<RouteDeclaration, "about"> {
  /** Default `arm`. */
  access?: RouteAccess;
  /** It is not counted as a write. */
  readOnly?: boolean;
}

/** As in `app.get(path, accepts("VM sizes", { query: ["recommended"] }), handler)`. */
export function accepts(
  about: string,
  { access, readOnly, ...takes }: RouteOptions = {},
): { config: FastifyContextConfig } {
  return {
    config: { takes: { about, ...takes }, ...(access ? { access } : {}), ...(readOnly ? { readOnly } : {}) },
  };
}

export const PAGING = ["$top", "$skip", "$skipToken", "$maxpagesize"] as const;

/** It allows what any of the shapes allow (unions of a service, whatever the discriminator). */
export function anyOf(...shapes: readonly Shape[]): Shape {
  return shapes.reduce<Shape>((left, right) => {
    if (isOpen(left)) return left;
    if (isOpen(right)) return right;
    const merged: Record<string, Shape> = { ...left };
    for (const [name, shape] of Object.entries(right)) {
      const before = merged[name];
      merged[name] = before === undefined ? shape : anyOf(before, shape);
    }
    return merged;
  }, {});
}

export function members(...names: readonly string[]): { readonly [member: string]: Shape } {
  return Object.fromEntries(names.map((name) => [name, "any"] as const));
}

export const OWN_CHECK = new FreeForm("the route itself refuses unknown members");
