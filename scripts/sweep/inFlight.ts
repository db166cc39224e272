import { readFileSync } from "node:fs";
import type { AddressInfo, Server } from "node:net";

/**
 * Whether the system still has data or connections for servers of this process. On a loaded machine it delivers them
 * milliseconds later, and a process that waits for them looks as if it had nothing to do.
 */
const ports = new Set<string>();
const tables = ["/proc/self/net/tcp", "/proc/self/net/tcp6"];
let isReadable = true;

/** From now on knows the ports of all servers of this process. */
export function watchListeners(): void {
  const { prototype } = process.getBuiltinModule("node:net").Server;
  const emit = prototype.emit as (this: Server, event: string, ...args: unknown[]) => boolean;
  const own = new WeakMap<Server, string>();
  prototype.emit = function (this: Server, event: string, ...args: unknown[]): boolean {
    const address = event === "listening" ? (this.address() as AddressInfo | string | null) : null;
    if (typeof address === "object" && address) {
      own.set(this, address.port.toString(16).toUpperCase().padStart(4, "0"));
      ports.add(own.get(this) ?? "");
    }
    if (event === "close") ports.delete(own.get(this) ?? "");
    return emit.call(this, event, ...args);
  } as typeof prototype.emit;
}

/** A line: number, local and remote address with port, state, and both queues (all hexadecimal). */
const line = /^\s*\d+: [\dA-F]+:([\dA-F]{4}) [\dA-F]+:([\dA-F]{4}) ([\dA-F]{2}) ([\dA-F]{8}):([\dA-F]{8}) /;
const [synSent, synReceived] = ["02", "03"];
const empty = "00000000";

/** False where the system has no such table. */
export function hasDataInFlight(): boolean {
  if (!isReadable) return false;
  try {
    return tables.some((table) => readFileSync(table, "latin1").split("\n").some(isInFlight));
  } catch {
    isReadable = false;
    return false;
  }
}

function isInFlight(text: string): boolean {
  const [, local = "", remote = "", state = "", sent, received] = line.exec(text) ?? [];
  if (!ports.has(local) && !ports.has(remote)) return false;
  return state === synSent || state === synReceived || sent !== empty || received !== empty;
}
