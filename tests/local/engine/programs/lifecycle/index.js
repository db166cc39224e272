// create → same → update → replace (create before delete) → removal; secrets in inputs, outputs and derived outputs.
const pulumi = require("@pulumi/pulumi");
const { Thing, Group } = require("../toy/cloud");
const step = new pulumi.Config().get("step") ?? "first";

const group = new Group("group", { of: "two" });
const base = new Thing(
  "base",
  {
    label: "base",
    size: step === "update" ? 2 : 1,
    zone: step === "replace" ? "north" : "south",
    secretText: pulumi.secret("hush"),
  },
  { parent: group },
);
if (step !== "remove") {
  const leaf = new Thing(
    "leaf",
    { label: "leaf", from: base.token },
    { parent: group, additionalSecretOutputs: ["token"] },
  );
  exports.leafToken = leaf.token;
}
exports.baseId = base.id;
exports.secretText = base.secretText;
exports.plain = new pulumi.Config().require("plain");
