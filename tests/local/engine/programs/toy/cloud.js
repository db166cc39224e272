// The cloud of the test programs: one JSON file with an entry for every resource. The provider is a constant
// text that requires handler.js at run time, so it captures nothing.
const pulumi = require("@pulumi/pulumi");

const __provider = `exports.handler=()=>new(require(process.cwd()+"/../toy/handler.js").Handler)`;
const outputs = { made: undefined, token: undefined, place: undefined, size: undefined };

/** A resource of the toy cloud. A change of `zone` replaces it; all other changes are made in place. */
class Thing extends pulumi.CustomResource {
  constructor(name, args, opts) {
    super("pulumi-nodejs:dynamic/toy:Thing", name, { ...outputs, ...args, __provider }, opts);
  }
}

/** A component that contains things. */
class Group extends pulumi.ComponentResource {
  constructor(name, args, opts) {
    super("toy:index:Group", name, args, opts);
  }
}

module.exports = { Thing, Group };
