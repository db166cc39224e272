import type { Dispatcher } from "undici";

/** Proxies by scheme of the request, and the hosts that are reached directly. */
export interface ProxySettings {
  http?: string;
  https?: string;
  /** As in `NO_PROXY`: hosts or parent domains, separated by commas; `*` means all. */
  no?: string;
}

/**
 * Opens the configured proxies, because Node's fetch ignores those of the environment. undici is loaded only when there is a proxy.
 *
 * `EnvHttpProxyAgent` of undici would save about 20 lines, but it sends https requests to `HTTP_PROXY`, does
 * not apply `NO_PROXY=example.com` to subdomains, ignores `ALL_PROXY`, and prints an experimental warning.
 */
export async function openProxies({ http, https, no }: ProxySettings) {
  const { ProxyAgent } = await import("undici");
  const agents = new Map<string, Dispatcher>();
  for (const address of [http, https]) {
    if (address && !agents.has(address)) agents.set(address, new ProxyAgent(address));
  }
  return {
    /** The dispatcher for a URL; undefined for a direct connection. */
    dispatcherFor(url: string) {
      const target = new URL(url);
      const address = bypassesProxy(target, no) ? undefined : target.protocol === "https:" ? https : http;
      return agents.get(address ?? "") as unknown as RequestInit["dispatcher"] | undefined;
    },
    async close(): Promise<void> {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };
}

/**
 * Whether `NO_PROXY` names the host: `*`, the host or one of its parent domains (`example.com` and
 * `.example.com` both include subdomains), with or without a port.
 */
export function bypassesProxy({ hostname, port, protocol }: URL, no: string | undefined): boolean {
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
