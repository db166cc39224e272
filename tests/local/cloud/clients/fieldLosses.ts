/**
 * Compares an answer on the wire with what an official client returns for it. The client must pass on every
 * property that its model has, and its model must have every property of the answer.
 */

/** The part of a client's mappers that is used here. */
interface Mapper {
  serializedName?: string;
  type: {
    name: string;
    className?: string;
    value?: Mapper;
    element?: Mapper;
    uberParent?: string;
    polymorphicDiscriminator?: { serializedName: string };
    modelProperties?: Record<string, Mapper>;
    additionalProperties?: Mapper;
  };
}
interface Models {
  [className: string]: Mapper;
}

export interface Seen {
  /** Method and path template of the operation. */
  operation: string;
  /** The JSON on the wire. */
  raw: unknown;
  /** What the client returned to its caller. */
  made: unknown;
  mapper: Mapper | undefined;
  models: Models;
}

interface OperationSpec {
  httpMethod: string;
  path?: string;
  serializer: { modelMappers: unknown };
  responses: Record<string, { bodyMapper?: unknown }>;
}
type OnResponse = (
  answer: { status: number; bodyAsText?: string | null },
  made: unknown,
  error?: unknown,
) => void;
type Send = (given: { options?: object }, spec: OperationSpec) => Promise<unknown>;

/** Records every answer with a body of a client's operations, and what the client returned for it. */
export function watch(client: unknown): Seen[] {
  const seen: Seen[] = [];
  const target = client as { sendOperationRequest: Send };
  const send = target.sendOperationRequest.bind(client);
  target.sendOperationRequest = (given, spec) => {
    const { onResponse: others } = (given.options ?? {}) as { onResponse?: OnResponse };
    const onResponse: OnResponse = (answer, made, error) => {
      others?.(answer, made, error);
      if (!answer.bodyAsText || answer.status >= 400) return;
      // Answers to an operation's poller have no model.
      if (/\/locations\/[^/]+\/\w*operation\w*\//i.test(spec.path ?? "")) return;
      const response = spec.responses[String(answer.status)] ?? spec.responses["default"];
      seen.push({
        operation: `${spec.httpMethod} ${spec.path ?? ""}`,
        raw: JSON.parse(answer.bodyAsText) as unknown,
        made,
        mapper: response?.bodyMapper as Mapper | undefined,
        models: spec.serializer.modelMappers as Models,
      });
    };
    return send({ ...given, options: { ...given.options, onResponse } }, spec);
  };
  return seen;
}

/** Properties of an answer that the client does not know, and known ones that it did not pass on. */
export interface Losses {
  unknown: string[];
  lost: string[];
}

type Tree = { [name: string]: Tree | { property: string; mapper: Mapper } };

const isLeaf = (node: Tree[string]): node is { property: string; mapper: Mapper } =>
  typeof (node as { property?: unknown }).property === "string";

/** Names on the wire as a tree: `properties.storageAccount` is below `properties`. */
function treeOf(properties: Record<string, Mapper>): Tree {
  const tree: Tree = {};
  for (const [property, mapper] of Object.entries(properties)) {
    const path = (mapper.serializedName ?? property)
      .split(/(?<!\\)\./)
      .map((part) => part.replaceAll("\\.", "."));
    let node = tree;
    for (const part of path.slice(0, -1)) node = (node[part] ??= {}) as Tree;
    node[path.at(-1) ?? ""] = { property, mapper };
  }
  return tree;
}

/** The mapper of an object's own type. The discriminator selects the member of a union. */
function resolved(mapper: Mapper, raw: Record<string, unknown>, models: Models): Mapper {
  const base = mapper.type.className ? (models[mapper.type.className] ?? mapper) : mapper;
  const by = base.type.polymorphicDiscriminator ?? mapper.type.polymorphicDiscriminator;
  const value = by && raw[by.serializedName];
  if (typeof value !== "string") return base;
  const union = (models["discriminators"] ?? {}) as unknown as Record<string, Mapper>;
  const parents = [base.type.className, mapper.type.uberParent, base.type.uberParent];
  const found = parents.map((parent) => union[`${parent ?? ""}.${value}`]).find((one) => one !== undefined);
  return found ?? base;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Compares an answer with what the client returned for it. */
export function fieldLosses({ raw, made, mapper, models }: Seen, path = ""): Losses {
  const losses: Losses = { unknown: [], lost: [] };
  const add = (more: Losses): void => {
    losses.unknown.push(...more.unknown);
    losses.lost.push(...more.lost);
  };
  const inner = (rawPart: unknown, madePart: unknown, of: Mapper | undefined, at: string): void =>
    add(fieldLosses({ operation: "", raw: rawPart, made: madePart, mapper: of, models }, at));
  // Clients drop null values.
  if (raw === null || raw === undefined) return losses;
  if (!mapper || mapper.type.name === "any")
    return sameValue(raw, made) ? losses : { unknown: [], lost: [path] };
  const { name, value, element } = mapper.type;
  if (name === "Sequence" && Array.isArray(raw)) {
    raw.forEach((item, index) => inner(item, (made as unknown[] | undefined)?.[index], element, `${path}[]`));
  } else if (name === "Dictionary" && isObject(raw)) {
    for (const [key, item] of Object.entries(raw))
      inner(item, (made as Record<string, unknown> | undefined)?.[key], value, `${path}.*`);
  } else if (name === "Composite" && isObject(raw)) {
    const own = resolved(mapper, raw, models);
    if (own.type.additionalProperties) return losses;
    compare(raw, made, treeOf(own.type.modelProperties ?? {}));
  } else if (!sameValue(raw, made)) losses.lost.push(path);
  return losses;

  function compare(rawPart: Record<string, unknown>, whole: unknown, tree: Tree, at = path): void {
    for (const [key, item] of Object.entries(rawPart)) {
      const here = at === "" ? key : `${at}.${key}`;
      const node = tree[key];
      if (item === null) continue;
      if (node === undefined) losses.unknown.push(here);
      else if (isLeaf(node))
        inner(item, (whole as Record<string, unknown> | undefined)?.[node.property], node.mapper, here);
      else if (isObject(item)) compare(item, whole, node, here);
      else losses.unknown.push(here);
    }
  }
}

/** Times become dates. Everything else stays unchanged. */
function sameValue(raw: unknown, made: unknown): boolean {
  if (made instanceof Date) return typeof raw === "string" && Date.parse(raw) === made.getTime();
  return JSON.stringify(made) === JSON.stringify(raw);
}
