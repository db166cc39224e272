/**
 * A parameter that is silently dropped here may have a meaning on Azure, so it is refused by name. With
 * `--loose`, it is only noted in the request log.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ArmError } from "../armError";
import { anyApiVersion, apiVersionsOf, isNewer } from "./apiVersions";
import { isOpen, type RouteDeclaration, type Shape } from "./declaration";
import { armDeclaration } from "./armTypes";
import { unsupportedKind } from "./unsupportedKinds";

declare module "fastify" {
  interface FastifyRequest {
    unknown?: string;
  }
}

const FAMILIES = /^(x-ms-|x-azureml-|x-aml-|azureml-)/i;
const EVERYWHERE = [
  "x-ms-client-request-id",
  "x-ms-return-client-request-id",
  "x-ms-correlation-request-id",
  "x-ms-client-session-id",
  "x-ms-command-name",
  "x-ms-useragent",
  "x-ms-date",
];

const HINT =
  "If Azure supports it, declare it at the route. Started with --loose, the local cloud accepts it.";

type Log = (area: string, message: string) => void;

interface Unknown {
  code: string;
  message: string;
  target: string;
}

function unknownName(what: string, name: string, known: readonly string[]): string {
  return `The ${what} '${name}' is not supported. Supported: ${known.join(", ") || "none"}. ${HINT}`;
}

function unknownQuery(request: FastifyRequest, takes: RouteDeclaration): Unknown | undefined {
  const known = ["api-version", ...(takes.query ?? [])];
  const allowed = new Set(known.map((name) => name.toLowerCase()));
  const search = request.url.split("?")[1] ?? "";
  for (const name of new URLSearchParams(search).keys()) {
    if (allowed.has(name.toLowerCase())) continue;
    return {
      code: "UnknownQueryParameter",
      target: name,
      message: unknownName("query parameter", name, known),
    };
  }
  return undefined;
}

function unknownHeader(request: FastifyRequest, takes: RouteDeclaration): Unknown | undefined {
  const known = [...EVERYWHERE, ...(takes.headers ?? [])];
  const name = Object.keys(request.headers).find(
    (header) => FAMILIES.test(header) && !known.includes(header),
  );
  if (name === undefined) return undefined;
  return { code: "UnknownHeader", target: name, message: unknownName("header", name, known) };
}

export function unknownMember(
  value: unknown,
  shape: Shape,
  path = "",
): { path: string; known: string[] } | undefined {
  if (isOpen(shape) || typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const found = unknownMember(item, shape, `${path}[${index}]`);
      if (found) return found;
    }
    return undefined;
  }
  for (const [name, member] of Object.entries(value)) {
    const here = path === "" ? name : `${path}.${name}`;
    const inner = Object.hasOwn(shape, name) ? shape[name] : shape["*"];
    if (inner === undefined) return { path: here, known: Object.keys(shape).sort() };
    const found = unknownMember(member, inner, here);
    if (found) return found;
  }
  return undefined;
}

function unknownProperty(request: FastifyRequest, takes: RouteDeclaration): Unknown | undefined {
  const found = unknownMember(request.body, takes.body ?? {});
  if (!found) return undefined;
  const kind = unsupportedKind(request.url, request.body);
  if (kind) return { code: "NotSupportedLocally", ...kind };
  return {
    code: "UnknownProperty",
    target: found.path,
    message: unknownName("property", found.path, found.known),
  };
}

function unknownVersion(request: FastifyRequest, log: Log): Unknown | undefined {
  const [path = "", search = ""] = request.url.split("?");
  const version = new URLSearchParams(search).get("api-version");
  if (version === null || !/^\/subscriptions\//i.test(path) || anyApiVersion(path)) return undefined;
  const known = apiVersionsOf(decodeURIComponent(path));
  if (!known || known.includes(version.toLowerCase())) return undefined;
  if (isNewer(version.toLowerCase(), known)) {
    request.unknown = `newer api-version: ${version}`;
    log("strict", `${request.method} ${path}: api-version ${version} is treated as ${known.at(-1) ?? ""}`);
    return undefined;
  }
  const message = `No registered resource provider found for API version '${version}'. The supported api-versions are '${known.join(", ")}'. ${HINT}`;
  return { code: "NoRegisteredProviderFound", target: "api-version", message };
}

function unknownIn(request: FastifyRequest, takes: RouteDeclaration, log: Log): Unknown | undefined {
  return (
    unknownVersion(request, log) ??
    unknownQuery(request, takes) ??
    unknownHeader(request, takes) ??
    unknownProperty(request, takes)
  );
}

export interface RegisteredRoute {
  method: string;
  url: string;
  takes?: RouteDeclaration;
}

/** Call it before any route is registered. Returns the list that fills as routes are registered. */
export function registerStrictness(app: FastifyInstance, loose: boolean, log: Log): RegisteredRoute[] {
  const routes: RegisteredRoute[] = [];
  app.addHook("onRoute", (route) => {
    const methods = [route.method].flat();
    const takes = route.config?.takes ?? armDeclaration(methods[0] ?? "", route.url);
    route.config = { ...route.config, ...(takes ? { takes } : {}) };
    for (const method of methods) routes.push({ method, url: route.url, ...(takes ? { takes } : {}) });
  });
  // After the body has been read, and before the handler.
  app.addHook("preValidation", (request, _reply, done) => {
    const takes = request.routeOptions.config?.takes;
    const found = takes && unknownIn(request, takes, log);
    if (!found) return done();
    if (!loose) return done(new ArmError(400, found.code, found.message, { target: found.target }));
    request.unknown = `${found.code}: ${found.target}`;
    done();
  });
  return routes;
}
