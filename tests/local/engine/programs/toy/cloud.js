// "The cloud" of the conformance programs: one JSON file, in which every resource is an entry. The provider is a constant
// text that requires handler.js at run time, so nothing is captured.
const pulumi = require("@pulumi/pulumi");

const __provider = `exports.handler=()=>new(require(process.cwd()+"/../toy/handler.js").Handler)`;
const outputs = { made: undefined, token: undefined, place: undefined, size: undefined };

/** A resource of the toy cloud: `zone` replaces it, everything else changes in place. */
class Thing extends pulumi.CustomResource {
  constructor(name, args, opts) {
    super("pulumi-nodejs:dynamic/toy:Thing", name, { ...outputs, ...args, __provider }, opts);
  }
}

/** A component around things. */
class Group extends pulumi.ComponentResource {
  constructor(name, args, opts) {
    super("toy:index:Group", name, args, opts);
  }
}

module.exports = { Thing, Group };
