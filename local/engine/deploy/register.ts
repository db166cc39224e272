import { EngineError } from "../errors";
import type { LoadedProvider } from "../plugin/registry";
import { dependenciesOf, type ResourceState } from "../state/state";
import { aliasUrns } from "../values/aliases";
import { applyReplaceOnChanges, compareInputs, isReplacement, noDiff, type Diff } from "../values/diff";
import { isProviderType, makeReference, parseReference, stackType } from "../values/urn";
import { signatureKey, type Properties } from "../values/values";
import { deleteBeforeReplace } from "./deletes";
import { checkRunning, count, fail, Stopped, urnOf, type Deployment } from "./deployment";
import { analyzeResource } from "./policies";
import { diffResource, keepIgnored, nameChanges } from "./resourceDiff";
import { createReplacement, createResource, keepSame, keepUntouched, updateResource } from "./execute";
import { stateOf, type Goal } from "./goal";
import { diffConfiguration, providerFor, registerProvider } from "./providers";
import { isSelected } from "./targets";

/** The result of a registration. A skipped resource depends on one that failed, or is not a target. */
export type Registered = { state: ResourceState; result: "success" | "fail" | "skip" };

/** The action for a resource; undefined if the resource is skipped. */
type Execute = (() => void | Promise<void>) | undefined;
type Decision = { next: ResourceState; execute: Execute };

/** Decisions are made strictly one after another; actions run in parallel. Throws Stopped. */
export async function registerResource(d: Deployment, goal: Goal): Promise<Registered> {
  const { type, parent } = goal.desired;
  const urn = urnOf(d, type, goal.name, parent);
  try {
    const { next, execute } = await d.serially(async () => {
      checkRunning(d);
      return decide(d, urn, goal).catch((error: unknown) => {
        throw fail(d, error, urn);
      });
    });
    if (!execute) d.unavailable.add(urn);
    await execute?.();
    return { state: next, result: execute ? "success" : "skip" };
  } catch (error) {
    if (d.stopping || !(error instanceof Stopped)) throw error;
    return { state: { ...goal.desired, urn }, result: "fail" };
  }
}

async function decide(d: Deployment, urn: string, goal: Goal): Promise<Decision> {
  if (d.registered.has(urn)) {
    throw new EngineError("resource", `Duplicate resource URN '${urn}'; try giving it a unique name`);
  }
  const { type, parent, custom } = goal.desired;
  const old = findOld(d, urn, goal);
  const next = stateOf(goal, urn, parent ? d.goals.get(parent) : undefined, old);
  d.goals.set(urn, goal);
  if (isProviderType(type)) {
    await registerProvider(d, next, old);
    return { next, execute: () => undefined };
  }
  const loaded = custom ? await providerFor(d, { ...goal, type, parent }) : undefined;
  next.provider = loaded?.reference;
  d.registered.set(urn, next);
  const missing = [...dependenciesOf(next)].filter((needed) => d.unavailable.has(needed));
  const isTarget = isSelected(d.targets, next);
  const skippedNew = isTarget && missing.find((needed) => d.skippedNew.has(needed));
  if (skippedNew) {
    throw new EngineError(
      "resource",
      `${urn} is a target, but needs ${skippedNew}, which does not exist yet and is not a target; name it with --target too`,
    );
  }
  if (!isTarget) {
    if (!old) {
      d.skippedNew.add(urn);
      count(d, "same", urn);
      return { next, execute: undefined };
    }
    d.registered.set(urn, old);
    return { next: old, execute: () => keepUntouched(d, old) };
  }
  if (missing.length > 0) return { next, execute: undefined };
  if (old && d.keptEarly.has(old)) {
    throw new EngineError(
      "resource",
      `${urn} is a target. In the state, a resource that is not a target depends on it, but the program now registers that one ` +
        `first; make its dependants targets too (--target-dependents)`,
    );
  }
  const execute = loaded
    ? await decideCustom(d, goal, next, old, loaded)
    : await decideComponent(d, next, old);
  return { next, execute };
}

/** The old state of a resource: under its own URN, else under its first alias in the state. */
function findOld(d: Deployment, urn: string, goal: Goal): ResourceState | undefined {
  const taken = d.aliased.get(urn);
  if (taken) {
    throw new EngineError(
      "resource",
      `Duplicate resource URN '${urn}': ${taken} uses it as an alias already`,
    );
  }
  const own = d.olds.get(urn);
  if (own) return own;
  const { type, parent } = goal.desired;
  const resource = { type, name: goal.name, parent, stack: d.stack, project: d.project.name };
  for (const alias of aliasUrns(goal.aliases, resource, d.aliasOf)) {
    const old = d.olds.get(alias);
    if (!old) continue;
    const claimant = d.registered.has(alias) ? alias : d.aliased.get(alias);
    if (claimant) {
      throw new EngineError(
        "resource",
        `resource ${urn} has the alias ${alias}, which ${claimant} uses already; remove one of the aliases`,
      );
    }
    d.aliased.set(alias, urn);
    d.aliasOf.set(urn, alias);
    return old;
  }
  return undefined;
}

/** Components have no provider: the engine compares their inputs. */
async function decideComponent(
  d: Deployment,
  next: ResourceState,
  old: ResourceState | undefined,
): Promise<Execute> {
  await analyzeResource(d, next);
  if (!old) return () => createResource(d, next, undefined);
  if (old.custom)
    throw new EngineError("resource", `${next.urn} was a custom resource and is a component now; rename it`);
  // The stack's own inputs have no meaning; its outputs are compared elsewhere.
  const diff = next.type === stackType ? noDiff : compareInputs(old.inputs ?? {}, next.inputs ?? {});
  return diff.changed ? () => updateResource(d, next, old, undefined, diff) : () => keepSame(d, next, old);
}

async function decideCustom(
  d: Deployment,
  goal: Goal,
  next: ResourceState,
  old: ResourceState | undefined,
  loaded: LoadedProvider,
): Promise<Execute> {
  const desired = goal.desired.inputs ?? {};
  const isDeletedAlready = old !== undefined && d.deletedFirst.has(old);
  // A resource that was only read is not managed here: it is neither compared nor deleted.
  if (!old || isDeletedAlready || old.external) {
    next.inputs = await checkInputs(d, loaded, next, {}, desired);
    await analyzeResource(d, next);
    if (!old) return () => createResource(d, next, loaded);
    d.replaced.add(next.urn);
    return () => createReplacement(d, next, old, loaded, noDiff, isDeletedAlready);
  }
  const oldInputs = old.inputs ?? {};
  const isForced = d.replacements.names(next);
  const kept = keepIgnored(desired, oldInputs, next.ignoreChanges ?? []);
  next.inputs = await (isForced
    ? checkInputs(d, loaded, next, {}, desired)
    : checkInputs(d, loaded, next, oldInputs, kept));
  await analyzeResource(d, next);
  const hasFailedBefore = (old.initErrors ?? []).length > 0;
  const found = await compare(d, next, old, loaded);
  const decided = applyReplaceOnChanges(found, next.replaceOnChanges ?? [], hasFailedBefore);
  const diff = nameChanges(decided, oldInputs, next.inputs);
  switch (operationFor(old, diff)) {
    case "same":
      return () => keepSame(d, next, old);
    case "update":
      return () => updateResource(d, next, old, loaded, diff);
    case "replace":
      // Defaults and generated names of the old resource must not reach the new one.
      if (!isForced) next.inputs = await checkInputs(d, loaded, next, {}, desired);
      return replace(d, goal, next, old, loaded, diff);
  }
}

/** One that did not become ready is updated anyway; an interrupted replacement is replaced. */
export function operationFor(old: ResourceState, diff: Diff): "same" | "update" | "replace" {
  if (old.pendingReplacement || (diff.changed && isReplacement(diff))) return "replace";
  return diff.changed || (old.initErrors ?? []).length > 0 ? "update" : "same";
}

async function replace(
  d: Deployment,
  goal: Goal,
  next: ResourceState,
  old: ResourceState,
  loaded: LoadedProvider,
  diff: Diff,
): Promise<Execute> {
  if (next.protect && old.protect) {
    const message =
      `unable to replace resource "${next.urn}"\nas it is currently marked for protection. ` +
      `To unprotect the resource, remove the \`protect\` flag from the resource in your Pulumi program and run \`up\``;
    if (!d.dryRun) throw new EngineError("resource", message);
    // A preview continues, to show the rest.
    d.emit({ kind: "diagnostic", severity: "error", message, urn: next.urn });
    d.sawError = true;
  }
  d.replaced.add(next.urn);
  const isDeletedFirst =
    old.pendingReplacement === true || (goal.deleteBeforeReplace ?? diff.deleteBeforeReplace);
  if (isDeletedFirst) await deleteBeforeReplace(d, old);
  return () => createReplacement(d, next, old, loaded, diff, isDeletedFirst);
}

async function checkInputs(
  d: Deployment,
  { provider }: LoadedProvider,
  next: ResourceState,
  olds: Properties,
  news: Properties,
): Promise<Properties> {
  const { inputs, failures } = await provider.check({ urn: next.urn }, olds, news);
  const errors = failures.map(({ property, reason }) => {
    const where = property ? `property ${property} with value ${shown(news[property])} has a problem: ` : "";
    return fail(d, new EngineError("resource", where + reason), next.urn);
  });
  if (errors[0]) throw errors[0];
  return inputs;
}

function shown(value: Properties[string] | undefined): string {
  const text = JSON.stringify(value) ?? "undefined";
  if (text.includes(signatureKey)) return "[special]";
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/**
 * A host that an earlier run replaced before it failed is pending deletion, and its successor is younger than
 * the resource. (Pulumi's engine keeps the resource, and deletes the host with it.)
 */
function isInReplacedHost(d: Deployment, old: ResourceState, hostUrn: string): boolean {
  const host = d.olds.get(d.aliasOf.get(hostUrn) ?? hostUrn);
  if (!host || old.deletedWith !== host.urn) return false;
  const isOlder = Date.parse(old.created ?? "") < Date.parse(host.created ?? "");
  if (!isOlder) return false; // the usual case: the search below is only needed for a younger host
  const names = [host.urn, hostUrn];
  return d.journal.resources().some((other) => other.delete && names.includes(other.urn));
}

/** Forced replacements first, then the difference of the providers, then the provider's answer. */
async function compare(
  d: Deployment,
  next: ResourceState,
  old: ResourceState,
  loaded: LoadedProvider,
): Promise<Diff> {
  const forced = (key: string): Diff => ({ ...noDiff, changed: true, keys: [key], replaceKeys: [key] });
  if (d.replacements.names(next)) return forced("id");
  if (!old.custom) return forced("custom");
  if (next.deletedWith && (d.replaced.has(next.deletedWith) || isInReplacedHost(d, old, next.deletedWith)))
    return forced("deletedWith");
  const providerDiff = await compareProviders(d, next, old, loaded);
  if (providerDiff && isReplacement(providerDiff)) return forced("provider");
  if (!loaded.provider.isConfigured()) {
    const message = "the provider's configuration is not known yet; the resource may change or be replaced";
    d.emit({ kind: "diagnostic", severity: "warning", message, urn: next.urn });
    return { ...noDiff, changed: true };
  }
  return diffResource(
    loaded.provider,
    { ...old, urn: next.urn },
    next.inputs ?? {},
    next.ignoreChanges ?? [],
  );
}

async function compareProviders(
  d: Deployment,
  next: ResourceState,
  old: ResourceState,
  { provider, state }: LoadedProvider,
): Promise<Diff | undefined> {
  if (!old.provider || old.provider === next.provider) return undefined;
  const before = parseReference(old.provider);
  const urn = d.aliased.get(before.urn) ?? before.urn;
  if (makeReference(urn, before.id) === next.provider) return undefined;
  const past = d.olds.get(before.urn);
  return past && diffConfiguration(provider, past, state);
}
