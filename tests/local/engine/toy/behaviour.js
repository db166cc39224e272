// The toy provider's behaviour on plain values, shared by both protocols; see cloud.js for the rules.
const signature = "4dabf18193072939515e22adb298388d";
const isMap = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(signature in value);
/** Assets and archives are compared by their hashes, wherever their content comes from. */
const comparable = (_key, value) =>
  isMap(value) || typeof value !== "object" || value === null || !value.hash ? value : { hash: value.hash };
const text = (value) => JSON.stringify(value, comparable);
const changedKeys = (olds, news) =>
  Object.keys({ ...olds, ...news }).filter((key) => text(olds[key]) !== text(news[key]));

/** The changes between two values by property path: { "a.b[0]": "add" | "delete" | "update" }. */
function changedPaths(old, next, path = "") {
  if (text(old) === text(next)) return {};
  if (old === undefined) return { [path]: "add" };
  if (next === undefined) return { [path]: "delete" };
  if (Array.isArray(old) && Array.isArray(next)) {
    const longer = old.length > next.length ? old : next;
    return Object.assign({}, ...longer.map((_, i) => changedPaths(old[i], next[i], `${path}[${i}]`)));
  }
  if (!isMap(old) || !isMap(next)) return { [path]: "update" };
  const keys = changedKeys(old, next);
  return Object.assign(
    {},
    ...keys.map((key) => changedPaths(old[key], next[key], path ? `${path}.${key}` : key)),
  );
}

/** Thrown by a call that had only part of its effect. */
class InitializationError extends Error {
  constructor(reason, id, inputs) {
    super(reason);
    Object.assign(this, { reasons: [reason], id, inputs });
  }
}

/**
 * The provider's methods on a cloud. `request` is { name, args }: the resource's name, and all arguments for
 * the log.
 */
function provider(cloud) {
  const logged = async (call, request, act) => {
    cloud.log({ at: "start", call, name: request.name, ...request.args });
    try {
      const result = await act();
      cloud.log({ at: "end", call, name: request.name, ...(result?.id ? { id: result.id } : {}) });
      return result;
    } catch (error) {
      cloud.log({ at: "fail", call, name: request.name, message: error.message });
      throw error;
    }
  };
  const changing = (call, request, act) =>
    logged(call, request, async () => {
      const fault = await cloud.fault(call, request.name);
      const message = fault.message ?? `the cloud refuses to ${call} ${request.name}`;
      if (fault.mode === "die" && !fault.late) process.exit(1);
      if (fault.mode === "fail") throw new Error(message);
      const result = act();
      if (fault.mode === "die") process.exit(1);
      if (fault.mode === "late") throw new Error(message);
      if (fault.mode === "init")
        throw new InitializationError(
          fault.message ?? `${request.name} does not answer`,
          result?.id,
          result?.inputs,
        );
      return result;
    });
  return {
    check: (request, olds, news, seed) =>
      logged("check", request, async () => {
        const fault = await cloud.fault("check", request.name);
        const failures = [];
        if (news.label === "invalid") failures.push({ property: "label", reason: "must not be invalid" });
        if (fault.mode === "fail")
          failures.push({ property: "", reason: fault.message ?? "the cloud refuses it" });
        const physical = news.named
          ? { physical: news.physical ?? olds.physical ?? `${request.name}-${seed}` }
          : {};
        return { inputs: { ...news, ...physical }, failures };
      }),
    diff: (request, olds, news) =>
      logged("diff", request, async () => {
        const keys = changedKeys(olds, news);
        return {
          opaque: news.opaque === true,
          keys,
          paths: changedPaths(olds, news),
          replaces: keys.filter((key) => key === "zone"),
          first: news.exclusive === true,
        };
      }),
    create: (request, inputs, region, preview) =>
      preview
        ? logged("create", request, async () => ({ inputs }))
        : changing("create", request, () => ({
            id: cloud.make(request.name, { name: request.name, inputs, region }),
            inputs,
          })),
    update: (request, id, inputs, region, preview) =>
      preview
        ? logged("update", request, async () => ({ inputs }))
        : changing("update", request, () => {
            if (!cloud.get(id)) throw new Error(`there is no ${id}`);
            cloud.put(id, { name: request.name, inputs, region });
            return { id, inputs };
          }),
    remove: (request, id) => changing("delete", request, () => cloud.drop(id)),
    read: (request, id) =>
      changing("read", request, () => {
        const found = cloud.get(id);
        return found ? { id, ...found } : undefined;
      }),
  };
}

/** The outputs of a thing, from its inputs; `wrap` marks the secret one. */
function outputsOf(name, inputs, region, wrap = (value) => value) {
  return {
    ...inputs,
    made: true,
    token: `token of ${name}`,
    key: wrap(`key of ${name}`),
    place: `place of ${inputs.zone ?? "nowhere"}`,
    region,
  };
}

module.exports = { provider, outputsOf, InitializationError };
