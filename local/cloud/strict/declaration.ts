/**
 * What a route accepts. A route declares it where it is registered, with `accepts(…)`; only the shapes of ARM resource types
 * come from a table (`armTypes.ts`). The cloud refuses whatever a client sends beyond it, unless it runs with `--loose`. The
 * coverage table of docs/local-cloud.md is generated from the same declarations.
 */
import type { FastifyContextConfig } from "fastify";
import type { RouteAccess } from "../cloud";

/** An open object: names and values are the caller's own. */
export class FreeForm {
  constructor(
    /** Why its content is not checked, in a few words. */
    readonly why: string,
  ) {}
}

/**
 * Members that an object in a request may have. `{}`: none. `"any"`: a plain value, or one that its handler
 * checks. A list in a body has the shape of its items. The member `*` stands for every name.
 */
export type Shape = "any" | FreeForm | { readonly [member: string]: Shape };

/** Whether its content is not checked. */
export function isOpen(shape: Shape): shape is "any" | FreeForm {
  return shape === "any" || shape instanceof FreeForm;
}

export interface RouteDeclaration {
  /** Its purpose in a few words, for the table. */
  about: string;
  /** Query parameters in addition to `api-version`; case is ignored. Default none. */
  query?: readonly string[];
  /**
   * Request headers of the families `x-ms-…`, `x-azureml-…`, `azureml-…` in addition to those every client
   * sends. Default none.
   */
  headers?: readonly string[];
  /** The body. Default `{}`: an empty one or an object without members. */
  body?: Shape;
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** What the route accepts. Routes without it are not checked, and the coverage table says so. */
    takes?: RouteDeclaration;
  }
}

export interface RouteOptions extends Omit<RouteDeclaration, "about"> {
  /** Who may call the route. Default `arm`. */
  access?: RouteAccess;
  /** A POST that changes nothing: it is not counted as a write. */
  readOnly?: boolean;
}

/** Fastify's options of a route that accepts this: `app.get(path, accepts("VM sizes", { query: ["recommended"] }), handler)`. */
export function accepts(
  about: string,
  { access, readOnly, ...takes }: RouteOptions = {},
): { config: FastifyContextConfig } {
  return {
    config: { takes: { about, ...takes }, ...(access ? { access } : {}), ...(readOnly ? { readOnly } : {}) },
  };
}

/** Query parameters of a list that comes in pages. */
export const PAGING = ["$top", "$skip", "$skipToken", "$maxpagesize"] as const;

/**
 * Several shapes as one: it allows what any of them allows (unions of a service, whatever the discriminator).
 */
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

/** Members whose values are not checked: `members("name", "type")`. */
export function members(...names: readonly string[]): { readonly [member: string]: Shape } {
  return Object.fromEntries(names.map((name) => [name, "any"] as const));
}

/** The body of a route that checks its members itself. */
export const OWN_CHECK = new FreeForm("the route itself refuses unknown members");
