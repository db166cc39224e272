/** Entity tags of resources, and the conditions clients put on them. */
import { createHash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { ArmError, type ArmResource } from "../cloud";

/** Changes with every write; the same over restarts. */
export function etagOf(resource: ArmResource): string {
  return `"${createHash("sha256").update(JSON.stringify(resource)).digest("hex").slice(0, 32)}"`;
}

function header(request: FastifyRequest, name: "if-match" | "if-none-match"): string[] | undefined {
  const value = request.headers[name];
  return typeof value === "string"
    ? value.split(",").map((part) => part.trim().replace(/^W\//, ""))
    : undefined;
}

/**
 * Holds a write to its `If-Match` and `If-None-Match`: `*` stands for "whatever is there".
 * @throws ArmError 412 `PreconditionFailed`
 */
export function checkConditions(request: FastifyRequest, existing: ArmResource | undefined): void {
  const now = existing && etagOf(existing);
  const holds = (tags: string[]): boolean => now !== undefined && (tags.includes("*") || tags.includes(now));
  const [match, noneMatch] = [header(request, "if-match"), header(request, "if-none-match")];
  if (match && !holds(match)) throw failed("If-Match", existing);
  if (noneMatch && holds(noneMatch)) throw failed("If-None-Match", existing);
}

function failed(condition: string, existing: ArmResource | undefined): ArmError {
  const state = existing ? `the resource '${existing.name}' has another one` : "there is no such resource";
  const message = `The precondition given in the header '${condition}' does not hold: ${state}. Read it again and repeat the change.`;
  return new ArmError(412, "PreconditionFailed", message, { target: condition });
}
