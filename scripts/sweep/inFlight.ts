import type { AddressInfo, Server, Socket } from "node:net";

/** The system's connection behind a socket. It counts the bytes of encrypted connections and of HTTP/2 too. */
interface Wire {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Of an encrypted connection: the plain one. */
  readonly _parent?: Wire;
}

/** One end of a connection within this process. */
interface End {
  socket: Socket;
  wire: Wire;
}

/** Ports on which servers of this process listen. */
const ports = new Set<number>();
/** Ends whose other end has not appeared yet, by the two ports. */
const single = new Map<string, End>();
const pairs = new Set<readonly [End, End]>();

/**
 * From now on knows all connections between clients and servers of this process. On a loaded machine the system delivers data
 * and connections milliseconds later, and a process that waits for them looks as if it had nothing to do.
 */
export function watchConnections(): void {
  const net = process.getBuiltinModule("node:net");
  const { prototype: server } = net.Server;
  const emit = server.emit as (this: Server, event: string, ...args: unknown[]) => boolean;
  server.emit = function (this: Server, event: string, ...args: unknown[]): boolean {
    if (event === "listening") {
      const address = this.address() as AddressInfo | string | null;
      if (typeof address === "object" && address) {
        ports.add(address.port);
        this.once("close", () => ports.delete(address.port));
      }
    }
    if (event === "connection") {
      const socket = args[0] as Socket;
      add(socket, `${socket.remotePort} ${socket.localPort}`);
    }
    return emit.call(this, event, ...args);
  } as typeof server.emit;
  const { prototype: client } = net.Socket;
  const connect = client.connect as (this: Socket, ...args: unknown[]) => Socket;
  client.connect = function (this: Socket, ...args: unknown[]): Socket {
    this.once("connect", () => {
      if (ports.has(this.remotePort ?? 0)) add(this, `${this.localPort} ${this.remotePort}`);
    });
    return connect.apply(this, args);
  } as typeof client.connect;
}

function add(socket: Socket, key: string): void {
  const handle = (socket as unknown as { _handle?: Wire })._handle;
  if (!handle) return;
  const end = { socket, wire: handle._parent ?? handle };
  const other = single.get(key);
  if (!other) {
    single.set(key, end);
    socket.once("close", () => {
      if (single.get(key) === end) single.delete(key);
    });
    return;
  }
  single.delete(key);
  const pair = [end, other] as const;
  pairs.add(pair);
  for (const { socket: either } of pair) either.once("close", () => pairs.delete(pair));
}

/** Whether one end of a connection has sent something that the other end has not received. */
export function hasDataInFlight(): boolean {
  if (single.size > 0) return true;
  for (const [{ wire: a }, { wire: b }] of pairs)
    if (a.bytesWritten !== b.bytesRead || b.bytesWritten !== a.bytesRead) return true;
  return false;
}
