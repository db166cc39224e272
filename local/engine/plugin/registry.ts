import type { ResourceState } from "../state/state";
import type { Provider } from "./provider";

export type LoadedProvider = { pkg: string; state: ResourceState; reference: string; provider: Provider };
type Launch = (pkg: string, version: string) => Promise<Provider>;

/** The providers of a run: those registered in it, and those from the old state that deletions and refreshes need. */
export type ProviderRegistry = ReturnType<typeof openRegistry>;

/** Opens an empty registry; `launch` starts the plugin of a package. */
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
    /** Starts the plugin of a package, or returns one that was started ahead of its use. */
    start: (pkg: string, version: string) =>
      prestarted.get(`${pkg}@${version}`)?.shift() ?? start(pkg, version),
    /** Starts a plugin ahead of its first use. If it fails, the first `start` for the package gets the error. */
    prestart(pkg: string, version: string): void {
      const [key, started] = [`${pkg}@${version}`, start(pkg, version)];
      started.catch(() => undefined);
      prestarted.set(key, [...(prestarted.get(key) ?? []), started]);
    },
  };
}

/** Ends all plugins. */
export function closeRegistry(registry: ProviderRegistry): void {
  for (const provider of registry.running) provider.stop();
}
