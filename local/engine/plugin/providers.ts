import { randomUUID } from "node:crypto";
import type { Config } from "../project/config";
import { compareInputs, isReplacement } from "../values/diff";
import { describeStep, perform, type Deployment } from "../deploy/deployment";
import { EngineError } from "../errors";
import type { Provider } from "./provider";
import type { ResourceState } from "../state/state";
import {
  defaultProviderName,
  makeReference,
  makeUrn,
  packageOf,
  packageOfProvider,
  parseReference,
  providerType,
} from "../values/urn";
import { dynamicPackage } from "./plugins";
import { isUnknown, secret, without, type Properties } from "../values/values";

export type LoadedProvider = { pkg: string; state: ResourceState; reference: string; provider: Provider };

/** The providers of a run: those registered in it, and those of the old state that deletes and refreshes need. */
export type ProviderRegistry = {
  /** Starts the plugin of a package. */
  start: (pkg: string, version: string) => Promise<Provider>;
  /** Starts it ahead of its first use. */
  warm: (pkg: string, version: string) => void;
  registered: Map<string, LoadedProvider>;
  fromState: Map<string, Promise<LoadedProvider>>;
  defaults: Map<string, LoadedProvider>;
  running: Set<Provider>;
};

export function openRegistry(start: (pkg: string, version: string) => Promise<Provider>): ProviderRegistry {
  const running = new Set<Provider>();
  const warmed = new Map<string, Promise<Provider>>();
  const launch = async (pkg: string, version: string): Promise<Provider> => {
    const provider = await start(pkg, version);
    running.add(provider);
    return provider;
  };
  return {
    start(pkg, version) {
      const key = `${pkg}@${version}`;
      const warm = warmed.get(key);
      warmed.delete(key);
      return warm ?? launch(pkg, version);
    },
    warm(pkg, version) {
      const started = launch(pkg, version);
      // Whoever uses it hears of its failure.
      started.catch(() => undefined);
      warmed.set(`${pkg}@${version}`, started);
    },
    registered: new Map(),
    fromState: new Map(),
    defaults: new Map(),
    running,
  };
}

/** Ends all plugins. */
export function closeRegistry(registry: ProviderRegistry): void {
  for (const provider of registry.running) provider.stop();
}

/** The provider a registration names, or else the default one of its package, registered on first need. */
export async function providerFor(
  d: Deployment,
  wanted: {
    type: string;
    provider: string;
    version: string;
    downloadUrl: string;
    parent?: string | undefined;
  },
): Promise<LoadedProvider> {
  const pkg = packageOf(wanted.type);
  const reference = wanted.provider || inheritedReference(d, wanted.parent, pkg);
  if (!reference) return defaultProvider(d, pkg, wanted.version, wanted.downloadUrl);
  const { urn } = parseReference(reference);
  const loaded = d.providers.registered.get(urn);
  if (!loaded)
    throw new EngineError("resource", `unknown provider "${reference}": it was not registered in this run`);
  return loaded;
}

function inheritedReference(d: Deployment, parent: string | undefined, pkg: string): string | undefined {
  for (let urn = parent; urn; urn = d.goals.get(urn)?.wanted.parent) {
    const reference = d.goals.get(urn)?.providers[pkg];
    if (reference) return reference;
  }
  return undefined;
}

async function defaultProvider(
  d: Deployment,
  pkg: string,
  version: string,
  url: string,
): Promise<LoadedProvider> {
  const name = defaultProviderName(version, url);
  const key = `${pkg}/${name}`;
  const known = d.providers.defaults.get(key);
  if (known) return known;
  const disabled = d.config.get("pulumi:disable-default-providers")?.text ?? "[]";
  if ((JSON.parse(disabled) as string[]).some((entry) => entry === "*" || entry === pkg)) {
    throw new EngineError(
      "resource",
      `default provider for "${pkg}" is disabled (pulumi:disable-default-providers); name one explicitly`,
    );
  }
  const type = providerType(pkg);
  const urn = makeUrn({ stack: d.stack, project: d.project.name, type, name });
  const inputs: Properties = { ...defaultInputs(d.config, pkg), __internal: {} };
  if (version) inputs.version = version.replace(/^v/, "");
  if (url) inputs.__internal = { pluginDownloadURL: url };
  const loaded = await registerProvider(d, { urn, custom: true, type, inputs }, d.olds.get(urn));
  d.providers.defaults.set(key, loaded);
  return loaded;
}

/** A default provider is configured with its package's namespace; the one of dynamic resources with everything. */
function defaultInputs(config: Config, pkg: string): Properties {
  const inputs: Properties = {};
  for (const [key, value] of config) {
    const [namespace = "", name = ""] = [key.slice(0, key.indexOf(":")), key.slice(key.indexOf(":") + 1)];
    const text = value.secret ? secret(value.text) : value.text;
    if (pkg === dynamicPackage) inputs[key] = text;
    else if (namespace === pkg) inputs[name] = text;
  }
  return inputs;
}

/** What the plugin gets to see of a provider's inputs. */
function pluginInputs(inputs: Properties): Properties {
  return without(inputs, ["__internal", "pluginDownloadURL"]);
}

/**
 * Registers a provider resource: starts its plugin, checks and applies its configuration, and makes, keeps, updates or
 * replaces it in the state. `state` holds the goal; its inputs are those of the program or of the configuration.
 */
export async function registerProvider(
  d: Deployment,
  state: ResourceState,
  old: ResourceState | undefined,
): Promise<LoadedProvider> {
  const pkg = packageOfProvider(state.type);
  const version = typeof state.inputs?.version === "string" ? state.inputs.version : "";
  const provider = await d.providers.start(pkg, version);
  const { __internal: internal } = state.inputs ?? {};
  const checked = await provider.checkConfig(
    state.urn,
    pluginInputs(old?.inputs ?? {}),
    pluginInputs(state.inputs ?? {}),
  );
  if (checked.failures.length > 0) {
    const reasons = checked.failures.map(({ property, reason }) =>
      property ? `${property}: ${reason}` : reason,
    );
    throw new EngineError("resource", `provider ${pkg} refuses its configuration: ${reasons.join("; ")}`);
  }
  state.inputs = { ...checked.inputs, ...(internal === undefined ? {} : { __internal: internal }) };
  const [before, after] = [pluginInputs(old?.inputs ?? {}), pluginInputs(state.inputs)];
  const diff = old
    ? ((await provider.diffConfig(state.urn, old.id ?? "", before, after)) ?? compareInputs(before, after))
    : undefined;
  const replace = diff !== undefined && diff.changed && isReplacement(diff);
  const now = new Date().toISOString();
  const operation = !old ? "create" : replace ? "replace" : diff?.changed ? "update" : "same";
  state.id = old?.id && !replace ? old.id : randomUUID();
  state.created = replace || !old?.created ? now : old.created;
  state.modified = operation === "same" && old?.modified ? old.modified : now;
  state.outputs = state.inputs;
  const step = describeStep(operation === "replace" ? "create-replacement" : operation, state.urn, {
    old,
    next: state,
    diff,
  });
  await perform(d, step, {
    call: () => provider.configure(pkg, { urn: state.urn, id: state.id as string }, after),
    record(outcome) {
      if ("error" in outcome) return;
      if (!old || !replace) return d.journal.add(state, old);
      old.delete = true;
      d.journal.touch(old);
      d.replaced.add(old.urn);
      d.journal.add(state);
    },
  });
  d.registered.set(state.urn, state);
  const loaded = { pkg, state, provider, reference: makeReference(state.urn, state.id) };
  d.providers.registered.set(state.urn, loaded);
  return loaded;
}

/** The provider an old resource was made with: the one of this run if it is the same, else loaded from the state. */
export function providerFromState(d: Deployment, reference: string): Promise<LoadedProvider> {
  const { urn, id } = parseReference(reference);
  const current = d.providers.registered.get(d.aliased.get(urn) ?? urn);
  if (current && (current.state.id === id || isUnknown(id))) return Promise.resolve(current);
  const known = d.providers.fromState.get(reference);
  if (known) return known;
  const loading = (async (): Promise<LoadedProvider> => {
    const state = d.journal.resources().find((resource) => resource.urn === urn && resource.id === id);
    if (!state)
      throw new EngineError("resource", `the state names provider ${reference}, but does not hold it`);
    const pkg = packageOfProvider(state.type);
    const version = typeof state.inputs?.version === "string" ? state.inputs.version : "";
    const provider = await d.providers.start(pkg, version);
    await provider.configure(pkg, { urn, id }, pluginInputs(state.inputs ?? {}));
    return { pkg, state, reference, provider };
  })();
  d.providers.fromState.set(reference, loading);
  return loading;
}
