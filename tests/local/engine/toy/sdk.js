// The toy cloud's resources, as programs use them (see cloud.js).
const pulumi = require("@pulumi/pulumi");

const outputs = Object.fromEntries(
  ["made", "token", "key", "place", "region", "physical", "size", "zone", "of"].map((key) => [
    key,
    undefined,
  ]),
);

/** A thing of the plugin "toy". */
class Thing extends pulumi.CustomResource {
  constructor(name, args, opts, type = "toy:index:Thing") {
    super(type, name, { ...outputs, ...args }, opts);
  }
}

/** A thing of the dynamic provider. The provider is a constant text, so it captures nothing. */
class DynamicThing extends pulumi.CustomResource {
  constructor(name, args, opts) {
    const __provider = `exports.handler=()=>new(require(process.env.TOY_HOME+"/dynamic.js").Handler)`;
    super("pulumi-nodejs:dynamic/toy:Thing", name, { ...outputs, label: name, ...args, __provider }, opts);
  }
}

/** A component that contains other resources. */
class Group extends pulumi.ComponentResource {
  constructor(name, args, opts, type = "toy:index:Group") {
    super(type, name, args, opts);
  }

  register(values) {
    this.registerOutputs(values);
    return this;
  }
}

/** An explicit provider. Another `region` replaces it, another `pace` updates it. */
class Provider extends pulumi.ProviderResource {
  constructor(name, args, opts) {
    super("toy", name, args, opts);
  }
}

/** Calls the provider's function with `word`; the result contains its region. */
const echo = (word, opts) => pulumi.output(pulumi.runtime.invoke("toy:index:echo", { word }, opts));

module.exports = { Thing, DynamicThing, Group, Provider, echo };
