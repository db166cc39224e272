import { createHash } from "node:crypto";
import { decrypt, passphrase } from "./secrets";
import type { Facts } from "./facts";

const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
/**
 * Fields that differ between two runs of the same program, or that only one version of the real CLI writes.
 */
const byChance = new Set(["created", "modified", "sourcePosition", "stackTrace", "physical", "__provider"]);

type Raw = Record<string, unknown> & {
  urn: string;
  type: string;
  id?: string;
  provider?: string;
  delete?: boolean;
};

export type ReadState = {
  state: Record<string, Facts>;
  stateOrder: string[];
  stateText: string;
  pending: string[];
};

/** Reads a checkpoint file's text, checks the rules for every state, and normalises the resources. */
export function readCheckpoint(text: string, word = passphrase): ReadState {
  if (text === "") return { state: {}, stateOrder: [], stateText: "", pending: [] };
  const file = JSON.parse(text);
  const latest = file.checkpoint.latest ?? {};
  const resources: Raw[] = latest.resources ?? [];
  expect(problemsOf(file, resources)).toEqual([]);
  const saltText = latest.secrets_providers?.state?.salt ?? "";
  const open = (ciphertext: string): unknown => JSON.parse(decrypt(ciphertext, saltText, word));
  const ids = new Map(
    resources
      .filter((r) => r.type.startsWith("pulumi:providers:"))
      .map((r) => [r.id ?? "", `<id of ${nameOf(r.urn)}>`]),
  );
  const labels: string[] = [];
  for (const { urn, type, delete: gone } of resources) {
    const name = nameOf(urn) + (gone ? " (delete)" : "");
    // The engines register the default providers of a program in different orders.
    const isOther = /^pulumi:providers:(?!toy$)/.test(type);
    labels.push(isOther || labels.includes(name) ? `${type} ${name}` : name);
  }
  const normal = resources.map((resource) => normalise(resource, open, ids) as Facts);
  return {
    state: Object.fromEntries(normal.map((facts, index) => [labels[index], facts])),
    stateOrder: labels,
    stateText: text,
    pending: (latest.pending_operations ?? []).map(
      (operation: { type: string; resource: Raw }) => `${operation.type} ${nameOf(operation.resource.urn)}`,
    ),
  };
}

/** The name in a URN. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

function normalise(
  value: unknown,
  open: (ciphertext: string) => unknown,
  ids: ReadonlyMap<string, string>,
): unknown {
  if (typeof value === "string") {
    let text = value;
    for (const [id, label] of ids) if (id) text = text.replaceAll(id, label);
    return text;
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => normalise(item, open, ids));
    // The SDK collects dependencies in any order.
    return items.every((item) => String(item).startsWith("urn:pulumi:")) ? items.sort() : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const object = value as Record<string, unknown>;
  if (object[signature] === secretSignature) {
    return { secret: normalise(open(String(object.ciphertext)), open, ids) };
  }
  const entries = Object.entries(object)
    // Pulumi writes an empty version into a reference, the SDK sends none; both engines read both.
    .filter(([key, item]) => !byChance.has(key) && !(key === "packageVersion" && item === ""))
    .map(([key, item]) => [key, normalise(item, open, ids)] as const);
  return Object.fromEntries(entries.filter(([, item]) => !isEmpty(item)));
}

/** The two engines omit empty lists and maps in different places. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** The rules by which the real CLI rejects a checkpoint, and this project's additional rules. */
function problemsOf(
  file: { version: number; checkpoint: { stack: string; latest?: { manifest?: Record<string, string> } } },
  resources: Raw[],
): string[] {
  const problems: string[] = [];
  if (file.version !== 3) problems.push(`version ${file.version}`);
  if (!/^organization\/[^/]+\/[^/]+$/.test(file.checkpoint.stack))
    problems.push(`stack ${file.checkpoint.stack}`);
  const { magic, version = "", time } = file.checkpoint.latest?.manifest ?? {};
  if (magic !== createHash("sha256").update(version).digest("hex")) problems.push("the manifest's magic");
  if (Number.isNaN(Date.parse(time ?? ""))) problems.push("the manifest's time");
  const seen = new Set<string>();
  const live = new Set<string>();
  for (const resource of resources) {
    const { urn, provider = "" } = resource;
    const owner = provider.slice(0, provider.lastIndexOf("::"));
    const named = [resource.parent, resource.deletedWith, ...((resource.dependencies as string[]) ?? [])];
    const byProperty = Object.values(
      (resource.propertyDependencies as Record<string, string[]>) ?? {},
    ).flat();
    for (const other of [owner, ...named, ...byProperty]) {
      if (other && !seen.has(String(other)))
        problems.push(`${urn} names ${String(other)}, which does not come before it`);
    }
    if (provider && !seen.has(provider))
      problems.push(`${urn}: its provider ${provider} does not come before it`);
    if (!resource.delete && live.has(urn)) problems.push(`${urn} appears twice`);
    if (!resource.delete) live.add(urn);
    if (resource.custom === false && resource.id) problems.push(`${urn} is a component with an id`);
    seen.add(urn).add(`${urn}::${resource.id ?? ""}`);
  }
  return problems;
}
