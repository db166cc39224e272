// The toy cloud: a folder in which every thing is a file. Its provider exists twice, with the same behaviour:
//
//   bin/pulumi-resource-toy  a plugin in Pulumi's protocol (package "toy"), found on PATH by any engine
//   dynamic.js               the handler of a dynamic provider, run by Pulumi's own dynamic-provider host
//   sdk.js                   the resource classes programs use: Thing, DynamicThing, Group, Provider, echo
//
// Environment of both: TOY_HOME (this folder), TOY_CLOUD (the folder of the cloud; made on first use).
//
//   things/<id>.json   what exists: { name, inputs, region }. Tests change or remove files to play "behind its back".
//   gone/<id>          ids that were used once and never come back (<name>-1, <name>-2, …)
//   log.jsonl          one line per call and phase, only ever appended to, in the order things happen:
//                      { at: "start" | "end" | "fail", call, name, … and, at the start, every argument as it came:
//                        id, olds, news, oldInputs, ignoreChanges, timeout, preview, region }
//   faults.json        a list of { on, name, mode, … }, read at every call, so it may change while a run goes on:
//                      on    check | create | update | delete | read (the call), or * for any
//                      name  of the resource, or * for any
//                      mode  fail   nothing happens, the call fails with `message`
//                            init   it happens, but does not come up: a partial failure with `message` as its reason
//                            late   it happens, but the answer is an error (status unknown)
//                            die    the provider's process ends in the middle (after it happened, with `late: true`)
//                            hold   waits until this fault is no longer in the file
//                      ms    waits that long before anything else (also alone, without a mode)
//
// Inputs with a meaning (all others are just kept): `zone` cannot be changed in place; with `exclusive` the old thing has
// to go before the new one comes; `named` asks for a generated `physical` name; `opaque` leaves Diff's answer open;
// `label: "invalid"` is refused by Check. Outputs: all inputs, `made`, `token` ("token of <name>"), `key` (a secret),
// `place` ("place of <zone>") and `region` (that of the provider).
const fs = require("node:fs");
const path = require("node:path");

/** Opens the cloud in a folder. */
function openCloud(folder) {
  const at = (...names) => path.join(folder, ...names);
  fs.mkdirSync(at("things"), { recursive: true });
  fs.mkdirSync(at("gone"), { recursive: true });
  const thingFile = (id) => at("things", `${encodeURIComponent(id)}.json`);
  const goneFile = (id) => at("gone", encodeURIComponent(id));
  const readJson = (file, fallback) => {
    try {
      return JSON.parse(fs.readFileSync(file, "utf8"));
    } catch {
      return fallback;
    }
  };
  const faultOn = (call, name) =>
    readJson(at("faults.json"), []).find(
      (fault) => (fault.on === "*" || fault.on === call) && (fault.name === "*" || fault.name === name),
    );
  return {
    log: (entry) => fs.appendFileSync(at("log.jsonl"), `${JSON.stringify(entry)}\n`),
    /** The fault of a call, once its waiting is over. */
    async fault(call, name) {
      let fault = faultOn(call, name);
      if (fault?.ms) await new Promise((resume) => setTimeout(resume, fault.ms));
      while (fault?.mode === "hold") {
        await new Promise((resume) => setTimeout(resume, 20));
        fault = faultOn(call, name);
      }
      return fault ?? {};
    },
    make(name, thing) {
      for (let n = 1; ; n += 1) {
        const id = `${name}-${n}`;
        if (fs.existsSync(thingFile(id)) || fs.existsSync(goneFile(id))) continue;
        fs.writeFileSync(thingFile(id), JSON.stringify(thing), { flag: "wx" });
        return id;
      }
    },
    get: (id) => readJson(thingFile(id), undefined),
    put(id, thing) {
      fs.writeFileSync(`${thingFile(id)}.new`, JSON.stringify(thing));
      fs.renameSync(`${thingFile(id)}.new`, thingFile(id));
    },
    drop(id) {
      fs.writeFileSync(goneFile(id), "");
      fs.rmSync(thingFile(id), { force: true });
    },
  };
}

module.exports = { openCloud };
