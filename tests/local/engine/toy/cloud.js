// The toy cloud: a folder in which each thing is a file. Its provider exists twice, with the same behaviour:
//
//   bin/pulumi-resource-toy  a plugin in Pulumi's protocol (package "toy"), found on PATH by any engine
//   dynamic.js               the handler of a dynamic provider, run by Pulumi's own dynamic-provider host
//   sdk.js                   the resource classes programs use: Thing, DynamicThing, Group, Provider, echo
//
// Environment of both: TOY_HOME (this folder), TOY_CLOUD (the folder of the cloud, created on first use).
//
//   things/<id>.json   what exists: { name, inputs, region }. Tests change or remove files to cause drift.
//   gone/<id>          ids of deleted things, which are never used again (<name>-1, <name>-2, …)
//   log.jsonl          one line per call and phase, appended in the order of events:
//                      { at: "start" | "end" | "fail", call, name, … and, at the start, every argument unchanged:
//                        id, olds, news, oldInputs, ignoreChanges, timeout, preview, region }
//   faults.json        a list of { on, name, mode, … }, read at every call, so it may change during a run:
//                      on    check | create | update | delete | read (the call), or * for any
//                      name  of the resource, or * for any
//                      mode  fail   no effect, the call fails with `message`
//                            init   the effect happens, then initialization fails: a partial failure with reason `message`
//                            late   the effect happens, but the answer is an error (status unknown)
//                            die    the provider's process ends during the call (after the effect with `late: true`)
//                            hold   waits until this fault is no longer in the file
//                      ms    waits that long first (also without a mode)
//
// Inputs with a meaning (all others are only stored): `zone` cannot be changed in place; with `exclusive` the old thing
// must be deleted before the new one is created; `named` requests a generated `physical` name; `opaque` leaves Diff's
// answer open; Check rejects `label: "invalid"`. Outputs: all inputs, `made`, `token` ("token of <name>"), `key` (a secret),
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
    /** The fault of a call, after its wait has ended. */
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
