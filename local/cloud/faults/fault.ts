/** Faults on demand: what they do and which call they strike. They end with the process. */
import { ArmError } from "../armError";

/** What a fault does, and what it strikes: clients' `requests`, or something inside the service. */
export const FAULT_KINDS = {
  "429": { on: "requests", description: "the call is answered 429 TooManyRequests, with Retry-After" },
  "500": { on: "requests", description: "the call is answered 500 InternalServerError and not executed" },
  "503": { on: "requests", description: "the call is answered 503 ServiceUnavailable and not executed" },
  "504-after-commit": { on: "requests", description: "the call is executed and answered 504 GatewayTimeout" },
  drop: {
    on: "requests",
    description: "the connection is closed without an answer; the call is not executed",
  },
  "drop-after-commit": {
    on: "requests",
    description: "the call is executed and the connection closed without an answer",
  },
  hang: { on: "requests", description: "the call is not answered until the fault is cleared" },
  "hang-after-commit": {
    on: "requests",
    description: "the call is executed, and not answered until the fault is cleared",
  },
  interrupt: {
    on: "uploads",
    description: "the connection is closed in the middle of the body (blob uploads: --on blobs)",
  },
  "fail-operation": {
    on: "operations",
    description: "the long-running operation that the call starts ends as Failed",
  },
  "no-capacity": {
    on: "allocations",
    description:
      "no machines are available: steps stay queued until the fault is cleared, deployments fail with OutOfCapacity (--path: the cluster's or the deployment's id)",
  },
  "probe-never-healthy": {
    on: "probes",
    description: "the container starts and its readiness probe never succeeds (--path: the deployment's id)",
  },
  "liveness-lost": {
    on: "containers",
    description:
      "the container of a serving deployment stops answering its liveness probe: after failureThreshold failures it is killed and restarted, and is not ready meanwhile; a deployment that is still being created is struck when it serves (--path: the deployment's id)",
  },
  "score-error": {
    on: "scores",
    description:
      "the model of a deployment fails, so the scoring request is answered 424; mirrored requests count too (--path: the deployment's id; --times: how many)",
  },
  "score-slow": {
    on: "scores",
    description:
      "the model of a deployment answers a scoring request --retry-after-ms later (--path: the deployment's id)",
  },
  "preempt-node": {
    on: "nodes",
    description:
      "a low-priority cluster loses its node in the training's optimizer step --nth: the step is queued again and runs from its start, or with resume_from_checkpoint from the last checkpoint (--path: <job's id>/steps/<step's name>)",
  },
  "step-crash": {
    on: "steps",
    description: "the step of a job crashes (--path: <job's id>/steps/<step's name>)",
  },
} as const satisfies Record<string, { on: string; description: string }>;

export type FaultKind = keyof typeof FAULT_KINDS;

const BLOB_KINDS: readonly FaultKind[] = ["500", "503", "drop", "hang", "interrupt"];

export interface FaultRequest {
  kind: FaultKind;
  /** The service whose calls it strikes: the APIs or the blob store. Default `api`. */
  on: "api" | "blobs";
  /** Default any. */
  method?: string;
  /** Without query, `*` matches any text; case is ignored. Default any. */
  path: string;
  /** The first matching call that it strikes, counted from 1. Default 1. */
  nth: number;
  /** How many calls it strikes from then on; 0 = all, until it is cleared. Default 1. */
  times: number;
  code?: string;
  message?: string;
  /** When to try again after a 429, 500 or 503, or how long a slow answer takes, in milliseconds. Default 100. */
  retryAfterMs: number;
}

export interface Fault extends FaultRequest {
  id: number;
  seen: number;
  struck: number;
}

export interface Subject {
  method?: string;
  path: string;
}

function refuse(member: string, value: unknown, allowed: string): ArmError {
  const message = `The fault's '${member}' is ${JSON.stringify(value)}. Allowed: ${allowed}.`;
  return new ArmError(400, "InvalidFault", message, { target: member });
}

function count(given: Record<string, unknown>, member: string, least: number, defaultNumber: number): number {
  const value = given[member] ?? defaultNumber;
  if (typeof value === "number" && Number.isInteger(value) && value >= least) return value;
  throw refuse(member, value, `a whole number from ${least}`);
}

function text(given: Record<string, unknown>, member: string): string | undefined {
  const value = given[member] ?? undefined;
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  throw refuse(member, value, "text");
}

const MEMBERS = ["kind", "on", "method", "path", "nth", "times", "code", "message", "retryAfterMs"];

/** @throws ArmError 400 that names the member, its value and what is allowed */
export function readFault(given: Record<string, unknown>): FaultRequest {
  const unknown = Object.keys(given).find((name) => !MEMBERS.includes(name));
  if (unknown) throw refuse(unknown, given[unknown], `no such member; supported: ${MEMBERS.join(", ")}`);
  const { kind, on = "api" } = given;
  if (typeof kind !== "string" || !Object.hasOwn(FAULT_KINDS, kind))
    throw refuse("kind", kind, Object.keys(FAULT_KINDS).join(", "));
  if (on !== "api" && on !== "blobs") throw refuse("on", on, "api, blobs");
  const known = kind as FaultKind;
  if (on === "blobs" && !BLOB_KINDS.includes(known))
    throw refuse("kind", kind, `on the blob store ${BLOB_KINDS.join(", ")}`);
  if (on === "api" && known === "interrupt")
    throw refuse("on", on, "blobs, for the kind interrupt (--on blobs)");
  const [method, code, message] = [text(given, "method"), text(given, "code"), text(given, "message")];
  return {
    kind: known,
    on,
    ...(method ? { method: method.toUpperCase() } : {}),
    path: text(given, "path") ?? "*",
    nth: count(given, "nth", 1, 1),
    times: count(given, "times", 0, 1),
    ...(code ? { code } : {}),
    ...(message ? { message } : {}),
    retryAfterMs: count(given, "retryAfterMs", 1, 100),
  };
}

function globMatches(glob: string, path: string): boolean {
  const pattern = glob.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${pattern}$`, "i").test(path);
}

/**
 * The fault that strikes a subject; the oldest if several do. Every matching fault counts the call as seen.
 */
export function strike(
  faults: readonly Fault[],
  concerns: (fault: Fault) => boolean,
  { method, path }: Subject,
): Fault | undefined {
  let first: Fault | undefined;
  for (const fault of faults) {
    if (!concerns(fault) || !globMatches(fault.path, path)) continue;
    if (fault.method && fault.method !== method?.toUpperCase()) continue;
    fault.seen++;
    const due = fault.seen >= fault.nth && (fault.times === 0 || fault.struck < fault.times);
    if (!due || first) continue;
    fault.struck++;
    first = fault;
  }
  return first;
}
