/**
 * What a route takes, said where it is registered (Fastify's route option `config: { takes }`, or `takes` of an ARM type's
 * table). Whatever a client sends beyond it is refused, unless the cloud runs with `--loose`; the coverage table of
 * docs/local-cloud.md is made of the same declarations.
 */

/** Free by its nature: names and values are the caller's own. */
export class FreeForm {
  constructor(
    /** Why nothing is known of what is in it, in a few words. */
    readonly why: string,
  ) {}
}

/**
 * Members an object in a request may have. `{}`: none. `"any"`: a plain value, or one that its handler looks into. A list
 * in a body has the shape of its items. The member `*` stands for every name.
 */
export type Shape = "any" | FreeForm | { readonly [member: string]: Shape };

/** Whether what is in it is not looked into. */
export function isOpen(shape: Shape): shape is "any" | FreeForm {
  return shape === "any" || shape instanceof FreeForm;
}

export interface RouteDeclaration {
  /** What it is for, in a few words, for the table. */
  about: string;
  /** Query parameters besides `api-version`; names compare without case. Default none. */
  query?: readonly string[];
  /** Request headers of the families `x-ms-…`, `x-azureml-…`, `azureml-…` besides those every client sends. Default none. */
  headers?: readonly string[];
  /** The body. Default `{}`: an empty one or an object without members. */
  body?: Shape;
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** What the route takes. Routes that say nothing are not checked, and stand as such in the coverage table. */
    takes?: RouteDeclaration;
  }
}

/** Several shapes as one: what any of them may have (unions of a service, by whatever discriminator). */
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

/** Members whose values are not looked into: `members("name", "type")`. */
export function members(...names: readonly string[]): { readonly [member: string]: Shape } {
  return Object.fromEntries(names.map((name) => [name, "any"] as const));
}
