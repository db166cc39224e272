import { aliasUrns } from "../values/aliases";
import { deletesFirst, inherit, opening, verdict } from "./decide";
import { checkRunning, fail, Stopped, type Deployment } from "./deployment";
import { applyReplaceOnChanges, compareInputs, isReplacement, noDiff, type Diff } from "../values/diff";
import { deleteBeforeReplace } from "./deleteFirst";
import { EngineError } from "../errors";
import { createResource, createReplacement, keepSame, updateResource } from "./execute";
import { stateOf, type Goal } from "./goal";
import type { Provider } from "../plugin/provider";
import { providerFor, registerProvider, type LoadedProvider } from "../plugin/providers";
import { diffResource, keepIgnored } from "./resourceDiff";
import type { ResourceState } from "../state/state";
import { isProviderType, makeReference, makeUrn, parseReference, stackType } from "../values/urn";
import type { Properties } from "../values/values";

type Execute = () => Promise<unknown>;

/** What became of a registration. A skipped one leans on something that failed, or is not among the targets. */
export type Registered = { state: ResourceState; result: "success" | "fail" | "skip" };

/**
 * Handles one registration: what to do is decided strictly one registration at a time, and done in parallel.
 * Returns the resource's new state. Throws Stopped when it failed (reported) or the run is stopping.
 */
export async function registerResource(d: Deployment, goal: Goal): Promise<Registered> {
  const decided = await d.serially(async () => {
    checkRunning(d);
    const urn = makeUrn({
      stack: d.stack,
      project: d.project.name,
      ...(goal.parent ? { parent: goal.parent } : {}),
      type: goal.type,
      name: goal.name,
    });
    try {
      return await decide(d, urn, inherit(goal, goal.parent ? d.goals.get(goal.parent) : undefined));
    } catch (error) {
      throw fail(d, error, urn);
    }
  });
  await decided.execute();
  return { state: decided.next, result: "success" };
}

async function decide(
  d: Deployment,
  urn: string,
  goal: Goal,
): Promise<{ next: ResourceState; execute: Execute }> {
  if (d.registered.has(urn)) {
    throw new EngineError("resource", `Duplicate resource URN '${urn}'; try giving it a unique name`);
  }
  const old = findOld(d, urn, goal);
  const next = stateOf(goal, urn, old, old && old.urn !== urn ? old.urn : undefined);
  d.goals.set(urn, goal);
  if (isProviderType(goal.type)) {
    await registerProvider(d, next, old);
    return { next, execute: async () => undefined };
  }
  if (!goal.custom) {
    d.registered.set(urn, next);
    return { next, execute: decideComponent(d, next, old) };
  }
  const loaded = await providerFor(d, goal);
  next.provider = loaded.reference;
  d.registered.set(urn, next);
  return { next, execute: await decideCustom(d, goal, next, old, loaded) };
}

/** The old state of a resource: under its own URN, else under the first alias that is there. */
function findOld(d: Deployment, urn: string, goal: Goal): ResourceState | undefined {
  const taken = d.aliased.get(urn);
  if (taken)
    throw new EngineError(
      "resource",
      `Duplicate resource URN '${urn}': ${taken} claims it as an alias already`,
    );
  const own = d.olds.get(urn);
  if (own) return own;
  const resource = {
    type: goal.type,
    name: goal.name,
    parent: goal.parent,
    stack: d.stack,
    project: d.project.name,
  };
  for (const alias of aliasUrns(
    goal.aliases,
    resource,
    goal.parent ? d.aliasOf.get(goal.parent) : undefined,
  )) {
    const old = d.olds.get(alias);
    if (!old) continue;
    const claimant = d.registered.has(alias) ? alias : d.aliased.get(alias);
    if (claimant) {
      throw new EngineError(
        "resource",
        `resource ${urn} claims the alias ${alias}, but ${claimant} has it already; remove one of the aliases`,
      );
    }
    d.aliased.set(alias, urn);
    d.aliasOf.set(urn, alias);
    return old;
  }
  return undefined;
}

/** Components have no provider: they are the same or they are not. */
function decideComponent(d: Deployment, next: ResourceState, old: ResourceState | undefined): Execute {
  if (!old) return () => createResource(d, next, undefined);
  if (old.custom)
    throw new EngineError("resource", `${next.urn} was a custom resource and is a component now; rename it`);
  // The stack's own inputs mean nothing; whatever it exports is compared elsewhere.
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
  const { provider } = loaded;
  const start = opening(old, old !== undefined && d.deletedFirst.has(old));
  if (!old || start !== "compare") {
    next.inputs = await checkInputs(d, provider, next, {}, goal.properties);
    if (!old) return () => createResource(d, next, loaded);
    d.replaced.add(old.urn);
    return () => createReplacement(d, next, old, loaded, noDiff, start === "recreate");
  }
  const oldInputs = old.inputs ?? {};
  next.inputs = await checkInputs(
    d,
    provider,
    next,
    oldInputs,
    keepIgnored(goal.properties, oldInputs, goal.ignoreChanges),
  );
  const found = await compare(d, goal, next, old, loaded);
  const diff = applyReplaceOnChanges(found, goal.replaceOnChanges, (old.initErrors ?? []).length > 0);
  switch (verdict(old, diff)) {
    case "same":
      return () => keepSame(d, next, old);
    case "update":
      return () => updateResource(d, next, old, loaded, diff);
    case "replace":
      return replace(d, goal, next, old, loaded, diff);
  }
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
    d.emit({ kind: "diagnostic", severity: "error", message, urn: next.urn });
    d.sawError = true;
  }
  d.replaced.add(next.urn);
  // Defaults and generated names of the old resource must not reach the new one.
  next.inputs = await checkInputs(d, loaded.provider, next, {}, goal.properties);
  delete next.created;
  if (deletesFirst(goal.deleteBeforeReplace, diff) || old.pendingReplacement) {
    await deleteBeforeReplace(d, old);
    return () => createReplacement(d, next, old, loaded, diff, true);
  }
  return () => createReplacement(d, next, old, loaded, diff, false);
}

/** Lets the provider check (and complete) inputs; every failure is named. */
async function checkInputs(
  d: Deployment,
  provider: Provider,
  next: ResourceState,
  olds: Properties,
  news: Properties,
): Promise<Properties> {
  const { inputs, failures } = await provider.check({ urn: next.urn }, olds, news);
  for (const { property, reason } of failures) {
    const where = property ? `property ${property} with value ${shown(news[property])} has a problem: ` : "";
    d.emit({ kind: "diagnostic", severity: "error", message: where + reason, urn: next.urn });
  }
  if (failures.length === 0) return inputs;
  d.stopping ??= "failed";
  throw new Stopped("invalid inputs");
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.includes("4dabf18193072939515e22adb298388d")
    ? "[special]"
    : text.length > 80
      ? `${text.slice(0, 80)}…`
      : text;
}

/** The difference between old and new: that of their providers first, then the provider's word on the resource. */
async function compare(
  d: Deployment,
  goal: Goal,
  next: ResourceState,
  old: ResourceState,
  loaded: LoadedProvider,
): Promise<Diff> {
  if (!old.custom) return { ...noDiff, changed: true, replaceKeys: ["custom"] };
  const providerDiff = await compareProviders(d, next, old, loaded);
  if (providerDiff && isReplacement(providerDiff))
    return { ...noDiff, changed: true, keys: ["provider"], replaceKeys: ["provider"] };
  if (!loaded.provider.isConfigured()) {
    const message = "the provider's configuration is not known yet; the resource may change or be replaced";
    d.emit({ kind: "diagnostic", severity: "warning", message, urn: next.urn });
    return { ...noDiff, changed: true };
  }
  return diffResource(loaded.provider, { ...old, urn: next.urn }, next.inputs ?? {}, goal.ignoreChanges);
}

async function compareProviders(
  d: Deployment,
  next: ResourceState,
  old: ResourceState,
  loaded: LoadedProvider,
): Promise<Diff | undefined> {
  if (!old.provider || old.provider === next.provider) return undefined;
  const before = parseReference(old.provider);
  const urn = d.aliased.get(before.urn) ?? before.urn;
  if (makeReference(urn, before.id) === next.provider) return undefined;
  const inputs = d.olds.get(before.urn)?.inputs ?? {};
  return loaded.provider.diffConfig(
    loaded.state.urn,
    loaded.state.id ?? "",
    inputs,
    loaded.state.inputs ?? {},
  );
}
