// The provider of the toy cloud, run inside Pulumi's ordinary dynamic-provider host.
const fs = require("fs");

const file = process.env.CLOUD_FILE;
const load = () =>
  fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : { next: 1, things: {}, log: [] };
const save = (cloud) => {
  fs.writeFileSync(`${file}.new`, JSON.stringify(cloud, null, 1));
  fs.renameSync(`${file}.new`, file);
};
const plain = (props) => Object.fromEntries(Object.entries(props).filter(([key]) => key !== "__provider"));
const outs = (props) => ({
  ...props,
  made: true,
  token: `token of ${props.label}`,
  place: `place of ${props.zone ?? "nowhere"}`,
});

function record(what, name) {
  const cloud = load();
  cloud.log.push(`${what} ${name}`);
  save(cloud);
}

/** Waits while the file `<CLOUD_FILE>.hold` exists, so that a test decides when an operation continues. */
async function hold(props) {
  if (!props.hold) return;
  while (fs.existsSync(`${file}.hold`)) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** For `parts`: a partial failure when the process is asked to end, which then ends by itself. */
function parting(props) {
  if (!props.parts) return new Promise(() => undefined);
  return new Promise((_, reject) =>
    process.once("SIGTERM", () => {
      setTimeout(() => process.exit(0), 500);
      reject({ message: "parted", id: "thing-parted", properties: outs(props), reasons: ["parted from it"] });
    }),
  );
}

function refuse(props) {
  if (props.fail === "before") throw new Error(`the cloud refuses ${props.label}`);
}

function notUp(props, id) {
  if (props.fail === "init")
    throw { message: "init", id, properties: outs(props), reasons: [`${props.label} does not answer`] };
}

exports.Handler = class {
  async check(olds, news) {
    const failures = news.label === "invalid" ? [{ property: "label", reason: "must not be invalid" }] : [];
    return { inputs: news, failures };
  }

  async diff(_id, olds, news) {
    const keys = ["label", "size", "zone", "fail", "secretText", "nested", "from"];
    const changed = keys.filter((key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]));
    return {
      changes: changed.length > 0,
      replaces: changed.filter((key) => key === "zone"),
      deleteBeforeReplace: news.exclusive === true,
    };
  }

  async create(props) {
    record("create", props.label);
    if (props.print) console.log(`[${props.label}] half way`);
    await Promise.race([hold(props), parting(props)]);
    refuse(props);
    const cloud = load();
    const id = `thing-${cloud.next++}`;
    cloud.things[id] = plain(props);
    cloud.log.push(`created ${props.label}`);
    save(cloud);
    notUp(props, id);
    return { id, outs: outs(props) };
  }

  async update(id, _olds, news) {
    record("update", news.label);
    refuse(news);
    const cloud = load();
    cloud.things[id] = plain(news);
    save(cloud);
    notUp(news, id);
    return { outs: outs(news) };
  }

  async read(id, props) {
    const found = load().things[id];
    if (!found) return { id: "", props: {} };
    return { id, props: { ...props, ...outs(found) }, inputs: { ...found, __provider: props.__provider } };
  }

  async delete(id, props) {
    record("delete", props.label);
    if (props.stubborn) throw new Error(`the cloud keeps ${props.label}`);
    const cloud = load();
    delete cloud.things[id];
    save(cloud);
  }
};
