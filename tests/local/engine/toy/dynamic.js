// The toy provider as the handler of a dynamic provider (see cloud.js). The input `label` is the name of a
// thing.
const { openCloud } = require("./cloud");
const { InitializationError, outputsOf, provider } = require("./behaviour");

const { check, create, diff, read, remove, update } = provider(openCloud(process.env.TOY_CLOUD));
const region = "nowhere";
const callOf = (props, args) => ({ name: props.label ?? "unnamed", args });
const added = new Set(["__provider", "made", "token", "key", "place", "region"]);
const plain = (props) => Object.fromEntries(Object.entries(props).filter(([key]) => !added.has(key)));
const outs = (props, inputs) => ({
  ...outputsOf(props.label ?? "unnamed", inputs, region),
  __provider: props.__provider,
});

/** Partial failures contain the provider's text too: without it the thing could not be deleted later. */
async function whole(props, act) {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof InitializationError)) throw error;
    throw { message: "init", id: error.id, properties: outs(props, error.inputs), reasons: error.reasons };
  }
}

exports.Handler = class {
  async check(olds, news) {
    const { inputs, failures } = await check(callOf(news, { olds, news }), olds, news, "dynamic");
    return { inputs, failures };
  }

  async diff(id, olds, news) {
    const found = await diff(callOf(news, { id, olds, news }), plain(olds), plain(news));
    if (found.opaque) return {};
    return { changes: found.keys.length > 0, replaces: found.replaces, deleteBeforeReplace: found.first };
  }

  create(props) {
    return whole(props, async () => {
      const { id, inputs } = await create(callOf(props, { news: props }), plain(props), region, false);
      return { id, outs: outs(props, inputs) };
    });
  }

  update(id, olds, news) {
    return whole(news, async () => {
      const { inputs } = await update(callOf(news, { id, olds, news }), id, plain(news), region, false);
      return { outs: outs(news, inputs) };
    });
  }

  async read(id, props) {
    const found = await read(callOf(props, { id, olds: props }), id);
    if (!found) return { id: "", props: {} };
    return {
      id,
      props: outs(props, found.inputs),
      inputs: { ...found.inputs, __provider: props.__provider },
    };
  }

  async delete(id, props) {
    await remove(callOf(props, { id, olds: props }), id);
  }
};
