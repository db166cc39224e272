// The toy provider's behaviour on plain values, for both protocols; see cloud.js for the rules.
const signature = "4dabf18193072939515e22adb298388d";
const isMap = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(signature in value);
/** Assets and archives are what their hashes say, wherever their content is given. */
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

/** Thrown by a call that had only a part of its effect. */
class NotUp extends Error {
  constructor(reason, id, inputs) {
    super(reason);
    Object.assign(this, { reasons: [reason], id, inputs });
  }
}

/**
 * The provider's methods over a cloud. `ask` is { name, args }: the resource's name, and all arguments for the log.
 * `outputs` makes a thing's outputs in the terms of the protocol.
 */
function provider(cloud) {
  const told = async (call, ask, act) => {
    cloud.log({ at: "start", call, name: ask.name, ...ask.args });
    try {
      const result = await act();
      cloud.log({ at: "end", call, name: ask.name, ...(result?.id ? { id: result.id } : {}) });
      return result;
    } catch (error) {
      cloud.log({ at: "fail", call, name: ask.name, message: error.message });
      throw error;
    }
  };
  const changing = (call, ask, act) =>
    told(call, ask, async () => {
      const fault = await cloud.fault(call, ask.name);
      const message = fault.message ?? `the cloud refuses to ${call} ${ask.name}`;
      if (fault.mode === "die" && !fault.late) process.exit(1);
      if (fault.mode === "fail") throw new Error(message);
      const result = act();
      if (fault.mode === "die") process.exit(1);
      if (fault.mode === "late") throw new Error(message);
      if (fault.mode === "init")
        throw new NotUp(fault.message ?? `${ask.name} does not answer`, result?.id, result?.inputs);
      return result;
    });
  return {
    told,
    check: (ask, olds, news, seed) =>
      told("check", ask, async () => {
        const fault = await cloud.fault("check", ask.name);
        const failures = [];
        if (news.label === "invalid") failures.push({ property: "label", reason: "must not be invalid" });
        if (fault.mode === "fail")
          failures.push({ property: "", reason: fault.message ?? "the cloud refuses it" });
        const physical = news.named
          ? { physical: news.physical ?? olds.physical ?? `${ask.name}-${seed}` }
          : {};
        return { inputs: { ...news, ...physical }, failures };
      }),
    diff: (ask, olds, news) =>
      told("diff", ask, async () => {
        const keys = changedKeys(olds, news);
        return {
          opaque: news.opaque === true,
          keys,
          paths: changedPaths(olds, news),
          replaces: keys.filter((key) => key === "zone"),
          first: news.exclusive === true,
        };
      }),
    create: (ask, inputs, region, preview) =>
      preview
        ? told("create", ask, async () => ({ inputs }))
        : changing("create", ask, () => ({
            id: cloud.make(ask.name, { name: ask.name, inputs, region }),
            inputs,
          })),
    update: (ask, id, inputs, region, preview) =>
      preview
        ? told("update", ask, async () => ({ inputs }))
        : changing("update", ask, () => {
            if (!cloud.get(id)) throw new Error(`there is no ${id}`);
            cloud.put(id, { name: ask.name, inputs, region });
            return { id, inputs };
          }),
    remove: (ask, id) => changing("delete", ask, () => cloud.drop(id)),
    read: (ask, id) =>
      changing("read", ask, () => {
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

module.exports = { provider, outputsOf, NotUp };
