// The provider of the toy cloud, run inside Pulumi's ordinary dynamic-provider host.
const fs = require("fs");

const file = process.env.CLOUD_FILE;
const load = () =>
  fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : { next: 1, things: {}, log: [] };
const save = (cloud) => fs.writeFileSync(file, JSON.stringify(cloud, null, 1));
const plain = ({ __provider, ...props }) => props;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits while the file `<CLOUD_FILE>.hold` exists, so that a test decides when an operation goes on. */
async function hold(props, log) {
  if (!props.hold) return;
  log("holding");
  while (fs.existsSync(`${file}.hold`)) await pause(20);
}

function record(what, name) {
  const cloud = load();
  cloud.log.push(`${what} ${name}`);
  save(cloud);
}

function trouble(props, id) {
  if (props.fail === "before") throw new Error(`the cloud refuses ${props.label}`);
  if (props.fail === "init") {
    throw {
      message: "init",
      id,
      properties: { ...props, made: true },
      reasons: [`${props.label} does not answer`],
    };
  }
}

exports.Handler = class {
  async check(olds, news) {
    if (news.label === "invalid")
      return { inputs: news, failures: [{ property: "label", reason: "must not be invalid" }] };
    return { inputs: news };
  }

  async diff(id, olds, news) {
    const changed = ["label", "size", "zone", "fail", "hold", "secretText", "nested"].filter(
      (key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]),
    );
    const replaces = changed.filter((key) => key === "zone");
    return { changes: changed.length > 0, replaces, deleteBeforeReplace: news.exclusive === true };
  }

  async create(props) {
    record("create", props.label);
    if (props.print) console.log(`[${props.label}] half way`);
    await hold(props, () => record("holding", props.label));
    if (props.fail === "before") trouble(props);
    const cloud = load();
    const id = `thing-${cloud.next++}`;
    cloud.things[id] = plain(props);
    cloud.log.push(`created ${props.label}`);
    save(cloud);
    trouble(props, id);
    return { id, outs: { ...props, made: true, token: `token of ${props.label}` } };
  }

  async update(id, olds, news) {
    record("update", news.label);
    if (news.fail === "before") trouble(news);
    const cloud = load();
    cloud.things[id] = plain(news);
    save(cloud);
    trouble(news, id);
    return { outs: { ...news, made: true, token: `token of ${news.label}` } };
  }

  async read(id, props) {
    const found = load().things[id];
    if (!found) return { id: "", props: {} };
    return { id, props: { ...props, ...found }, inputs: { ...found, __provider: props.__provider } };
  }

  async delete(id, props) {
    record("delete", props.label);
    if (props.keepAlive) throw new Error(`the cloud keeps ${props.label}`);
    const cloud = load();
    delete cloud.things[id];
    save(cloud);
  }
};
