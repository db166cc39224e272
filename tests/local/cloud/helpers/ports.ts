/** Free ports for processes that cannot take "any". */
import * as net from "node:net";

function tryListen(port: number): Promise<net.Server | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

/** The first of three free ports in a row, below those that the system assigns itself. */
export async function threeFreePorts(): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 12_000);
    const servers = await Promise.all([0, 1, 2].map((offset) => tryListen(first + offset)));
    await Promise.all(servers.map((server) => server && new Promise((resolve) => server.close(resolve))));
    if (servers.every(Boolean)) return first;
  }
}

/** True if a process listens there. */
export async function isTaken(port: number): Promise<boolean> {
  const server = await tryListen(port);
  if (!server) return true;
  await new Promise((resolve) => server.close(resolve));
  return false;
}
