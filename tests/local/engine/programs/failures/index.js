// One resource fails (before it exists, or during initialization); the others are kept.
const pulumi = require("@pulumi/pulumi");
const { Thing } = require("../toy/cloud");
const config = new pulumi.Config();

const good = new Thing("good", { label: "good", size: 1 });
const bad = new Thing("bad", {
  label: config.get("label") ?? "bad",
  from: good.token,
  ...(config.get("fail") ? { fail: config.get("fail") } : {}),
});
exports.badId = bad.id;
exports.goodToken = good.token;
if (config.get("throw")) throw new pulumi.RunError("first line\nsecond line");
