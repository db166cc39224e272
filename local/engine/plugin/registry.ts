import type { ResourceState } from "../state/state";
import type { Provider } from "./provider";

export type LoadedProvider = { pkg: string; state: ResourceState; reference: string; provider: Provider };
type Launch = (pkg: string, version: string) => Promise<Provider>;

/** Those registered in this run, and those from the old state that deletions and refreshes need. */
export type ProviderRegistry = ReturnType<typeof openRegistry>;

export function openRegistry(launch: Launch) {
  const running = new Set<Provider>();
  const prestarted = new Map<string, Promise<Provider>[]>();
  const start: Launch = async (pkg, version) => {
    const provider = await launch(pkg, version);
    running.add(provider);
    return provider;
  };
  return {
    running,
    registered: new Map<string, LoadedProvider>(),
    fromState: new Map<string, Promise<LoadedProvider>>(),
    start: (pkg: string, version: string) =>
      prestarted.get(`${pkg}@${version}`)?.shift() ?? start(pkg, version),
    /** If it fails, the first `start` for the package gets the error. */
    prestart(pkg: string, version: string): void {
      const [key, started] = [`${pkg}@${version}`, start(pkg, version)];
      started.catch(() => undefined);
      prestarted.set(key, [...(prestarted.get(key) ?? []), started]);
    },
  };
}

export function closeRegistry(registry: ProviderRegistry): void {
  for (const provider of registry.running) provider.stop();
}
