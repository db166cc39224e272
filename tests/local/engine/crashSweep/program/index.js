// The program of the crash sweep. Version 2 replaces `base` (the new one first), replaces `locked` and with it `follower` (the
// old ones first), changes `inner` and no longer has `extra`.
const pulumi = require("@pulumi/pulumi");

const __provider = `exports.handler=()=>new(require(process.cwd()+"/handler.js").Handler)`;

class Thing extends pulumi.CustomResource {
  constructor(name, args, opts) {
    super("pulumi-nodejs:dynamic/sweep:Thing", name, { token: undefined, ...args, __provider }, opts);
  }
}

const version = process.env.SWEEP_VERSION;
const group = new pulumi.ComponentResource("sweep:index:Group", "group");
const base = new Thing("base", { name: `base-${version}`, zone: version });
new Thing("inner", { name: "inner", link: base.token }, { parent: group });
const locked = new Thing("locked", { name: "locked", zone: version });
new Thing("follower", { name: "follower", pin: locked.id });
if (version === "1") new Thing("extra", { name: "extra" }, { dependsOn: base });
