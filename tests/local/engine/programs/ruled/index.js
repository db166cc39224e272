// Two things and a component, for the policy pack in pack/.
const pulumi = require("@pulumi/pulumi");
const { Thing, Group } = require("../toy/cloud");
const config = new pulumi.Config();

const group = new Group("group", { of: "two" });
const base = new Thing("base", { label: "base", size: 1 }, { protect: false });
new Thing(
  "leaf",
  {
    label: "leaf",
    size: Number(config.get("size") ?? 1),
    from: base.token,
    secretText: config.getSecret("hush"),
  },
  { parent: group, dependsOn: [base], ignoreChanges: ["zone"] },
);
