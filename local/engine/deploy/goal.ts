import { pathToFileURL } from "node:url";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { SourcePosition } from "@pulumi/pulumi/proto/source_pb";
import type { Alias } from "../values/aliases";
import { EngineError } from "../errors";
import type { CustomTimeouts, ResourceState } from "../state/state";
import { fromStruct } from "../values/struct";
import { fromProgram, type Properties } from "../values/values";

/** What the program wants of one resource: a registration, in the engine's terms. */
export type Goal = {
  type: string;
  name: string;
  custom: boolean;
  parent: string | undefined;
  properties: Properties;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  provider: string;
  providers: Record<string, string>;
  version: string;
  downloadUrl: string;
  aliases: Alias[];
  ignoreChanges: string[];
  replaceOnChanges: string[];
  additionalSecretOutputs: string[];
  hideDiff: string[];
  customTimeouts: CustomTimeouts | undefined;
  sourcePosition: string | undefined;
  /** Options a child takes from its parent when it does not set them itself. */
  protect: boolean | undefined;
  retainOnDelete: boolean | undefined;
  deletedWith: string | undefined;
  deleteBeforeReplace: boolean | undefined;
};

/**
 * Reads a registration. Errors: unsupported, for what the embedded engine refuses by name.
 */
export function readGoal(request: RegisterResourceRequest, root: string): Goal {
  const what = `${request.getType()} "${request.getName()}"`;
  const refuse = (feature: string): never => {
    throw new EngineError(
      "unsupported",
      `${what}: ${feature} not known to the embedded engine; use the Pulumi CLI for this program`,
    );
  };
  if (request.getRemote()) refuse("remote components are");
  if (request.getImportid()) refuse("the resource option import is");
  if (request.getPackageref()) refuse("parameterised packages are");
  if (request.getTransformsList().length > 0) refuse("transforms are");
  if (request.getReplaceWithList().length > 0) refuse("the resource option replaceWith is");
  if (request.getReplacementTrigger()) refuse("the resource option replacementTrigger is");
  const propertyDependencies: Record<string, string[]> = {};
  request
    .getPropertydependenciesMap()
    .forEach((entry, key) => (propertyDependencies[key] = entry.getUrnsList()));
  const providers: Record<string, string> = {};
  request.getProvidersMap().forEach((reference, pkg) => (providers[pkg] = reference));
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    parent: request.getParent() || undefined,
    properties: fromProgram(fromStruct(request.getObject())),
    dependencies: request.getDependenciesList(),
    propertyDependencies,
    provider: request.getProvider(),
    providers,
    version: request.getVersion(),
    downloadUrl: request.getPlugindownloadurl(),
    aliases: readAliases(request),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    hideDiff: request.getHidediffsList(),
    customTimeouts: readTimeouts(request, what),
    sourcePosition: readPosition(request.getSourceposition(), root),
    protect: request.hasProtect() ? request.getProtect() : undefined,
    retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
    deletedWith: request.getDeletedwith() || undefined,
    deleteBeforeReplace: request.getDeletebeforereplacedefined()
      ? request.getDeletebeforereplace()
      : undefined,
  };
}

function readAliases(request: RegisterResourceRequest): Alias[] {
  const aliases = request.getAliasesList().map((alias): Alias => {
    const spec = alias.getSpec();
    if (!spec) return { urn: alias.getUrn() };
    return {
      name: spec.getName(),
      type: spec.getType(),
      stack: spec.getStack(),
      project: spec.getProject(),
      parent: spec.getParenturn(),
      noParent: spec.getNoparent(),
    };
  });
  return [...aliases, ...request.getAliasurnsList().map((urn) => ({ urn }))];
}

function readTimeouts(request: RegisterResourceRequest, what: string): CustomTimeouts | undefined {
  const message = request.getCustomtimeouts();
  if (!message) return undefined;
  const timeouts: CustomTimeouts = {};
  const texts = {
    create: message.getCreate(),
    update: message.getUpdate(),
    delete: message.getDelete(),
    read: message.getRead(),
  };
  for (const [key, text] of Object.entries(texts)) {
    if (text === "") continue;
    const seconds = parseDuration(text);
    if (seconds === undefined) {
      throw new EngineError(
        "resource",
        `${what}: customTimeouts.${key} is "${text}"; expected a duration such as "30s", "5m" or "1h30m"`,
      );
    }
    timeouts[key as keyof CustomTimeouts] = seconds;
  }
  return Object.keys(timeouts).length > 0 ? timeouts : undefined;
}

/** Seconds of a Go duration ("1h30m", "90s", "1500ms"); undefined if it is none. */
export function parseDuration(text: string): number | undefined {
  const units: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 };
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|us|µs|ns|h|m|s)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join("") !== text) return undefined;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? "s"] ?? 0), 0);
}

/** A position in the program as the state keeps it: `project:///index.ts#line,column`; none outside the project. */
function readPosition(position: SourcePosition | undefined, root: string): string | undefined {
  const uri = position?.getUri() ?? "";
  const base = pathToFileURL(root).href;
  if (!position || !uri.startsWith(`${base}/`) || uri.includes("/node_modules/")) return undefined;
  const column = position.getColumn() > 0 ? `,${position.getColumn()}` : "";
  return `project://${uri.slice(base.length)}#${position.getLine()}${column}`;
}

/** The state a registration asks for, before inputs are checked; the old one lends its history. */
export function stateOf(
  goal: Goal,
  urn: string,
  old: ResourceState | undefined,
  alias: string | undefined,
): ResourceState {
  return {
    urn,
    custom: goal.custom,
    type: goal.type,
    inputs: goal.properties,
    outputs: {},
    ...(goal.parent ? { parent: goal.parent } : {}),
    ...(goal.protect ? { protect: true } : {}),
    dependencies: goal.dependencies,
    ...(goal.provider ? { provider: goal.provider } : {}),
    propertyDependencies: goal.propertyDependencies,
    additionalSecretOutputs: goal.additionalSecretOutputs,
    ...(alias ? { aliases: [alias] } : {}),
    ...(goal.customTimeouts ? { customTimeouts: goal.customTimeouts } : {}),
    ...(goal.retainOnDelete ? { retainOnDelete: true } : {}),
    ...(goal.deletedWith ? { deletedWith: goal.deletedWith } : {}),
    ...(old?.created ? { created: old.created } : {}),
    ...(old?.modified ? { modified: old.modified } : {}),
    ...(goal.sourcePosition ? { sourcePosition: goal.sourcePosition } : {}),
    ignoreChanges: goal.ignoreChanges,
    replaceOnChanges: goal.replaceOnChanges,
    hideDiff: goal.hideDiff,
  };
}
