// Plugins: default and explicit providers, inheritance through components, provider changes, invokes, secrets on the wire.
const pulumi = require("@pulumi/pulumi");
const config = new pulumi.Config();

class Gadget extends pulumi.CustomResource {
  constructor(name, args, opts) {
    super(
      "gadget:index:Gadget",
      name,
      { region: undefined, key: undefined, physicalName: undefined, ...args },
      { version: "1.2.3", ...opts },
    );
  }
}
class Provider extends pulumi.ProviderResource {}
class Box extends pulumi.ComponentResource {
  constructor(name, opts) {
    super("box:index:Box", name, {}, opts);
  }
}

const one = new Gadget(
  "one",
  {
    kind: config.get("kind") ?? "plain",
    size: Number(config.get("size") ?? 1),
    password: config.requireSecret("password"),
  },
  { customTimeouts: { create: "2m" } },
);
const explicit = new Provider("gadget", "special", { region: config.get("region") ?? "east" });
const box = new Box("box", { providers: { gadget: explicit } });
const two = new Gadget("two", { of: one.id }, { parent: box });
exports.key = one.key;
exports.regions = pulumi.all([one.region, two.region]).apply((regions) => regions.join(","));
exports.echo = pulumi.output(
  pulumi.runtime.invoke("gadget:index:echo", { word: "hi" }, { version: "1.2.3" }),
).echo;
exports.late = one.id.apply((id) =>
  pulumi.runtime.invoke("gadget:index:echo", { word: id.slice(0, 6) }, { provider: explicit }),
).echo;
