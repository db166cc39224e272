// "The cloud" of the conformance programs: one JSON file, named by CLOUD_FILE, in which every resource is an entry.
// The providers below are constant text, so nothing is captured; they read the file at run time.
const pulumi = require("@pulumi/pulumi");

const handler = `exports.handler=()=>new(require(process.env.CLOUD_MODULE).Handler)`;

/** A resource of the toy cloud: `size` changes in place, `name` and `zone` replace. */
class Thing extends pulumi.CustomResource {
  constructor(name, args, opts) {
    super(
      "pulumi-nodejs:dynamic/toy:Thing",
      name,
      { made: undefined, token: undefined, ...args, __provider: handler },
      opts,
    );
  }
}

/** A component around things. */
class Group extends pulumi.ComponentResource {
  constructor(name, args, opts) {
    super("toy:index:Group", name, args, opts);
  }
}

module.exports = { Thing, Group };
