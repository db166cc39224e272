import { randomUUID } from "node:crypto";
import { EngineError } from "../errors";
import { dynamicPackage } from "../plugin/plugins";
import type { Provider } from "../plugin/provider";
import type { LoadedProvider, ProviderRegistry } from "../plugin/registry";
import type { ResourceState } from "../state/state";
import { compareInputs, isReplacement, noDiff, type Diff } from "../values/diff";
import {
  defaultProviderName,
  isProviderType,
  makeReference,
  makeUrn,
  packageOf,
  parseReference,
  parseUrn,
  providerType,
} from "../values/urn";
import { isUnknown, sameValue, secret, without, type Properties } from "../values/values";
import { builtinPackage, builtinProvider } from "./builtin";
import { describeStep, perform, type Deployment } from "./deployment";

type ProviderRequest = {
  type: string;
  /** The reference from the program; empty if it names none. */
  provider: string;
  providers?: Record<string, string>;
  version: string;
  downloadUrl: string;
  parent?: string | undefined;
};

/** The provider it names, else its parent's, else the default one of its package, registered on first use. */
export async function providerFor(d: Deployment, desired: ProviderRequest): Promise<LoadedProvider> {
  const pkg = packageOf(desired.type);
  const reference = desired.provider || desired.providers?.[pkg] || inherited(d, desired.parent, pkg);
  if (!reference) return defaultProvider(d, pkg, desired);
  const loaded = d.providers.registered.get(parseReference(reference).urn);
  if (loaded) return loaded;
  throw new EngineError("resource", `unknown provider "${reference}": it was not registered in this run`);
}

/** The inherited provider: the parent's own one, if it is of the package, or the one in a component's map. */
function inherited(d: Deployment, parent: string | undefined, pkg: string): string | undefined {
  for (let goal = parent && d.goals.get(parent); goal; goal = parent && d.goals.get(parent)) {
    const own = d.registered.get(parent ?? "")?.provider || goal.provider;
    if (own && packageOf(parseUrn(parseReference(own).urn).type) === pkg) return own;
    if (goal.desired.custom) return undefined;
    if (goal.providers[pkg]) return goal.providers[pkg];
    parent = goal.desired.parent;
  }
  return undefined;
}

async function defaultProvider(
  d: Deployment,
  pkg: string,
  { version, downloadUrl }: ProviderRequest,
): Promise<LoadedProvider> {
  const type = providerType(pkg);
  const name = defaultProviderName(version, downloadUrl);
  const urn = makeUrn({ stack: d.stack, project: d.project.name, type, name });
  const known = d.providers.registered.get(urn);
  if (known) return known;
  const inputs = withPlugin({ ...defaultInputs(d, pkg), __internal: {} }, version, downloadUrl);
  return registerProvider(d, { urn, custom: true, type, inputs }, d.olds.get(urn));
}

/**
 * A default provider is configured with its package's namespace, the one of dynamic resources with all
 * values.
 */
function defaultInputs(d: Deployment, pkg: string): Properties {
  const inputs: Properties = {};
  for (const [key, { text, secret: hidden }] of d.config) {
    const name = pkg === dynamicPackage ? key : key.startsWith(`${pkg}:`) && key.slice(pkg.length + 1);
    if (name) inputs[name] = hidden ? secret(text) : text;
  }
  return inputs;
}

/** Writes the requested plugin into a provider's inputs, where the Pulumi CLI looks for it. */
function withPlugin(inputs: Properties, version: string, downloadUrl: string): Properties {
  return {
    ...inputs,
    ...(version ? { version: version.replace(/^v/, "") } : {}),
    ...(downloadUrl ? { __internal: { pluginDownloadURL: downloadUrl.replace(/\/$/, "") } } : {}),
  };
}

/** A provider's inputs without the engine's own entry, as plugins and the provider's outputs have them. */
function configurationOf(properties: Properties | undefined): Properties {
  return without(properties ?? {}, ["__internal"]);
}

function start(d: Deployment, pkg: string, inputs: Properties | undefined): Promise<Provider> {
  if (pkg === builtinPackage) return Promise.resolve(builtinProvider(d));
  return d.providers.start(pkg, typeof inputs?.version === "string" ? inputs.version : "");
}

/**
 * Starts the plugin, applies its configuration, and creates, keeps, updates or replaces the resource. Errors:
 * plugin; resource, if the provider rejects its configuration.
 */
export async function registerProvider(
  d: Deployment,
  state: ResourceState,
  old: ResourceState | undefined,
): Promise<LoadedProvider> {
  const { urn } = state;
  const pkg = packageOf(state.type);
  const goal = d.goals.get(urn);
  const desired = withPlugin(state.inputs ?? {}, goal?.version ?? "", goal?.downloadUrl ?? "");
  const provider = await start(d, pkg, desired);
  const inputs = await checkConfiguration(provider, urn, old?.inputs, desired);
  state.outputs = configurationOf(inputs);
  state.inputs = inputs;
  const diff = old && (await diffConfiguration(provider, old, state));
  const replace = diff !== undefined && diff.changed && isReplacement(diff);
  const now = new Date().toISOString();
  const operation = !old ? "create" : replace ? "replace" : diff?.changed ? "update" : "same";
  const id = old?.id && !replace ? old.id : randomUUID();
  state.id = id;
  state.created = replace || !old?.created ? now : old.created;
  state.modified = operation === "same" && old?.modified ? old.modified : now;
  const step = operation === "replace" ? "create-replacement" : operation;
  await perform(d, describeStep(step, urn, { old, next: state, diff }), {
    call: () => provider.configure({ urn, id }, configurationOf(inputs)),
    record(outcome) {
      if ("error" in outcome) return;
      if (!old || !replace) return d.journal.add(state, old);
      old.delete = true;
      d.journal.touch(old);
      d.replaced.add(old.urn);
      d.journal.add(state);
    },
  });
  d.registered.set(urn, state);
  const loaded = { pkg, state, provider, reference: makeReference(urn, id) };
  d.providers.registered.set(urn, loaded);
  return loaded;
}

async function checkConfiguration(
  provider: Provider,
  urn: string,
  olds: Properties | undefined,
  news: Properties,
): Promise<Properties> {
  const checked = await provider.checkConfig({ urn }, configurationOf(olds), configurationOf(news));
  const reasons = checked.failures.map(({ property, reason }) => (property ? `${property}: ` : "") + reason);
  if (reasons.length > 0)
    throw new EngineError("resource", `the provider rejects its configuration: ${reasons.join("; ")}`);
  // The engine's own entries stay as they were, whatever the provider returned.
  const own = Object.entries(news).filter(([key]) => key === "version" || key === "__internal");
  return { ...checked.inputs, ...Object.fromEntries(own) };
}

/** Where the provider leaves the answer open, a difference is a change but not a replacement. */
export async function diffConfiguration(
  provider: Provider,
  old: ResourceState,
  next: ResourceState,
): Promise<Diff> {
  const past = { inputs: configurationOf(old.inputs), outputs: configurationOf(old.outputs) };
  const news = configurationOf(next.inputs);
  const answer = await provider.diffConfig({ urn: next.urn, id: old.id ?? "" }, past, news);
  if (answer) return answer;
  return sameValue(past.outputs, news) ? noDiff : { ...compareInputs(past.inputs, news), changed: true };
}

/** The provider of this run if it is the same, else one loaded from the state. */
export function providerFromState(d: Deployment, reference: string): Promise<LoadedProvider> {
  const { urn, id } = parseReference(reference);
  const current = d.providers.registered.get(d.aliased.get(urn) ?? urn);
  if (current && (current.state.id === id || isUnknown(id))) return Promise.resolve(current);
  const loading = d.providers.fromState.get(reference) ?? loadFromState(d, reference);
  d.providers.fromState.set(reference, loading);
  return loading;
}

async function loadFromState(d: Deployment, reference: string): Promise<LoadedProvider> {
  const { urn, id } = parseReference(reference);
  const state = d.journal.resources().find((resource) => resource.urn === urn && resource.id === id);
  if (!state)
    throw new EngineError("resource", `the state names provider ${reference}, but does not contain it`);
  const pkg = packageOf(state.type);
  const provider = await start(d, pkg, state.inputs);
  await provider.configure({ urn, id }, configurationOf(state.inputs));
  return { pkg, state, reference, provider };
}

/** Starts the plugins that the old state names while the program is still loading. */
export function prestartPlugins(registry: ProviderRegistry, olds: readonly ResourceState[]): void {
  for (const { type, id, inputs, delete: isReplaced } of olds) {
    const pkg = packageOf(type);
    if (!isProviderType(type) || !id || isReplaced || pkg === builtinPackage) continue;
    registry.prestart(pkg, String(inputs?.version ?? ""));
  }
}
