// The provider of the crash sweep: each thing is a file with its name. Creating an existing one returns it,
// as providers do that look resources up by name. It reports an event before and after every effect (see
// ../preload.js).
const fs = require("fs");
const path = require("path");

const folder = process.env.SWEEP_CLOUD;
const file = (name) => path.join(folder, `${name}.json`);
const read = (name) =>
  fs.existsSync(file(name)) ? JSON.parse(fs.readFileSync(file(name), "utf8")) : undefined;
const plain = (props) =>
  Object.fromEntries(Object.entries(props).filter(([key]) => !["__provider", "token"].includes(key)));
const outs = (props) => ({ ...props, token: `token of ${props.name}` });

/** Reports the next event. If the run is to be killed here, it kills the engine and never returns. */
async function moment(what) {
  if (global.sweepMoment(what)) await new Promise(() => undefined);
}

async function effect(what, act) {
  await moment(`before ${what}`);
  const result = act();
  await moment(`after ${what}`);
  return result;
}

exports.Handler = class {
  async diff(_id, olds, news) {
    const changed = ["name", "zone", "link", "pin"].filter((key) => olds[key] !== news[key]);
    return {
      changes: changed.length > 0,
      replaces: changed.filter((key) => key !== "link"),
      deleteBeforeReplace: olds.name === news.name,
    };
  }

  async create(props) {
    return effect(`create ${props.name}`, () => {
      const id = read(props.name)?.id ?? `${props.name}/1`;
      fs.writeFileSync(file(props.name), JSON.stringify({ id, props: plain(props) }));
      return { id, outs: outs(props) };
    });
  }

  async update(id, _olds, news) {
    return effect(`update ${news.name}`, () => {
      fs.writeFileSync(file(news.name), JSON.stringify({ id, props: plain(news) }));
      return { outs: outs(news) };
    });
  }

  async delete(_id, props) {
    return effect(`delete ${props.name}`, () => fs.rmSync(file(props.name), { force: true }));
  }
};
