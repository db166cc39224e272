import { createHash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { ArmError } from "../armError";
import type { ArmResource } from "../cloud";

/** Changes with every write and survives restarts. */
export function etagOf(resource: ArmResource): string {
  return `"${createHash("sha256").update(JSON.stringify(resource)).digest("hex").slice(0, 32)}"`;
}

function header(request: FastifyRequest, name: "if-match" | "if-none-match"): string[] | undefined {
  const value = request.headers[name];
  return typeof value === "string"
    ? value.split(",").map((part) => part.trim().replace(/^W\//, ""))
    : undefined;
}

/** Checks `If-Match` and `If-None-Match`. @throws ArmError 412 `PreconditionFailed` */
export function checkConditions(request: FastifyRequest, existing: ArmResource | undefined): void {
  const now = existing && etagOf(existing);
  const matchesAny = (tags: string[]): boolean =>
    now !== undefined && (tags.includes("*") || tags.includes(now));
  const [match, noneMatch] = [header(request, "if-match"), header(request, "if-none-match")];
  if (match && !matchesAny(match)) throw failed("If-Match", existing);
  if (noneMatch && matchesAny(noneMatch)) throw failed("If-None-Match", existing);
}

function failed(condition: string, existing: ArmResource | undefined): ArmError {
  const state = existing
    ? `the resource '${existing.name}' has another entity tag`
    : "there is no such resource";
  const message = `The precondition in the header '${condition}' does not hold: ${state}. Read the resource again and repeat the change.`;
  return new ArmError(412, "PreconditionFailed", message, { target: condition });
}
