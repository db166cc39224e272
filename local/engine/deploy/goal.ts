import { pathToFileURL } from "node:url";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { SourcePosition } from "@pulumi/pulumi/proto/source_pb";
import { EngineError } from "../errors";
import type { CustomTimeouts, ResourceState } from "../state/state";
import type { Alias } from "../values/aliases";
import { fromStruct } from "../values/struct";
import { fromProgram } from "../values/values";

export type Goal = {
  name: string;
  /** The resource as its state describes it, before its inputs are checked: without URN, id and outputs. */
  desired: Omit<ResourceState, "urn">;
  /** Provider reference; empty for the default provider of the package. */
  provider: string;
  /** Provider references by package, for the children of a component. */
  providers: Record<string, string>;
  version: string;
  downloadUrl: string;
  aliases: Alias[];
  deleteBeforeReplace: boolean | undefined;
};

/** Errors: unsupported, for what the engine refuses by name; resource, for a malformed option. */
export function readGoal(request: RegisterResourceRequest, root: string): Goal {
  const what = `${request.getType()} "${request.getName()}"`;
  const refused: [unknown, string][] = [
    [request.getRemote(), "remote components are"],
    [request.getImportid(), "the resource option import is"],
    [request.getPackageref(), "parameterised packages are"],
    [request.getTransformsList().length, "transforms are"],
    [request.getReplaceWithList().length, "the resource option replaceWith is"],
    [request.getReplacementTrigger(), "the resource option replacementTrigger is"],
  ];
  const feature = refused.find(([isUsed]) => Boolean(isUsed))?.[1];
  if (feature) {
    throw new EngineError(
      "unsupported",
      `${what}: ${feature} not supported by the embedded engine; use the Pulumi CLI for this program`,
    );
  }
  return {
    name: request.getName(),
    desired: {
      custom: request.getCustom(),
      type: request.getType(),
      inputs: fromProgram(fromStruct(request.getObject())),
      outputs: {},
      parent: request.getParent() || undefined,
      protect: request.hasProtect() ? request.getProtect() : undefined,
      dependencies: request.getDependenciesList(),
      propertyDependencies: fromMap(request.getPropertydependenciesMap(), (entry) => entry.getUrnsList()),
      additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
      customTimeouts: readTimeouts(request, what),
      retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
      deletedWith: request.getDeletedwith() || undefined,
      sourcePosition: readPosition(request.getSourceposition(), root),
      ignoreChanges: request.getIgnorechangesList(),
      replaceOnChanges: request.getReplaceonchangesList(),
      hideDiff: request.getHidediffsList(),
    },
    provider: request.getProvider(),
    providers: fromMap(request.getProvidersMap(), (reference) => reference),
    version: request.getVersion(),
    downloadUrl: request.getPlugindownloadurl(),
    aliases: readAliases(request),
    deleteBeforeReplace: request.getDeletebeforereplacedefined()
      ? request.getDeletebeforereplace()
      : undefined,
  };
}

function fromMap<V, T>(
  map: { forEach(each: (value: V, key: string) => void): void },
  read: (value: V) => T,
): Record<string, T> {
  const record: Record<string, T> = {};
  map.forEach((value, key) => (record[key] = read(value)));
  return record;
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

/** Seconds of a Go duration ("1h30m", "90s", "1500ms"); undefined if the text is not one. */
export function parseDuration(text: string): number | undefined {
  const units: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 };
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|us|µs|ns|h|m|s)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join("") !== text) return undefined;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? "s"] ?? 0), 0);
}

/** `project:///index.ts#line,column`; undefined outside the project. */
function readPosition(position: SourcePosition | undefined, root: string): string | undefined {
  const uri = position?.getUri() ?? "";
  const base = pathToFileURL(root).href;
  if (!position || !uri.startsWith(`${base}/`) || uri.includes("/node_modules/")) return undefined;
  const column = position.getColumn() > 0 ? `,${position.getColumn()}` : "";
  return `project://${uri.slice(base.length)}#${position.getLine()}${column}`;
}

/** Options left open come from the parent, timestamps and aliases from the old state. */
export function stateOf(
  goal: Goal,
  urn: string,
  parent: Goal | undefined,
  old: ResourceState | undefined,
): ResourceState {
  const { desired } = goal;
  return {
    ...desired,
    urn,
    protect: desired.protect ?? parent?.desired.protect,
    retainOnDelete: desired.retainOnDelete ?? parent?.desired.retainOnDelete,
    deletedWith: desired.deletedWith ?? parent?.desired.deletedWith,
    provider: goal.provider || undefined,
    aliases: old && old.urn !== urn ? [old.urn] : undefined,
    created: old?.created,
    modified: old?.modified,
  };
}
