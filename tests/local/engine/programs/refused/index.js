// Programs with features that the embedded engine rejects, and the arguments of the program runner.
const pulumi = require("@pulumi/pulumi");
const { Thing } = require("../toy/cloud");
const use = new pulumi.Config().require("use");
const options = {};
if (use === "hook") options.hooks = { afterCreate: [new pulumi.ResourceHook("h", async () => undefined)] };
if (use === "exit") process.exit(7);
new Thing("a", { label: "a" }, options);
exports.received = [process.env.WORDS, ...process.execArgv.filter((word) => word.startsWith("--title"))];
