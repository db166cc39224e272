import type { Dispatcher } from "undici";
import type { ProxySettings } from "./settings";

/** The connections through proxies; Node's own fetch takes none from the environment. */
export interface Proxies {
  /** What fetch needs to ask for a URL; undefined where it is to ask directly. */
  dispatcherFor(url: string): RequestInit["dispatcher"] | undefined;
  close(): Promise<void>;
}

/** Opens the proxies of the settings. (The library is loaded only where there is a proxy.) */
export async function openProxies({ http, https, no }: ProxySettings): Promise<Proxies> {
  const { ProxyAgent } = await import("undici");
  const agents = new Map<string, Dispatcher>();
  for (const address of [http, https]) {
    if (address && !agents.has(address)) agents.set(address, new ProxyAgent(address));
  }
  return {
    dispatcherFor(url) {
      const target = new URL(url);
      const address = isDirect(target, no) ? undefined : target.protocol === "https:" ? https : http;
      return agents.get(address ?? "") as unknown as RequestInit["dispatcher"];
    },
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };
}

/** Whether `NO_PROXY` names the host: itself, an ending of it (`example.com` and `.example.com` both mean its subdomains too), with a port or without, or `*`. */
export function isDirect({ hostname, port, protocol }: URL, no: string | undefined): boolean {
  const ownPort = port || (protocol === "https:" ? "443" : "80");
  return (no ?? "")
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      const [, name = "", entryPort] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
      if (entryPort !== undefined && entryPort !== ownPort) return false;
      return hostname === name || hostname.endsWith(`.${name}`);
    });
}
