// What the embedded engine refuses, as programs ask for it, and what the program runner is told.
const pulumi = require("@pulumi/pulumi");
const { Thing } = require("../toy/cloud");
const use = new pulumi.Config().require("use");
const options = {};
if (use === "stack transform") pulumi.runtime.registerResourceTransform(() => undefined);
if (use === "transform") options.transforms = [() => undefined];
if (use === "hook") options.hooks = { afterCreate: [new pulumi.ResourceHook("h", async () => undefined)] };
if (use === "function") exports.word = pulumi.runtime.invoke("absent:index:word", {});
if (use === "exit") process.exit(7);
const thing = new Thing("a", { label: "a" }, options);
if (use === "replaceWith") new Thing("b", { label: "b" }, { replaceWith: [thing] });
exports.told = [process.env.WORDS, ...process.execArgv.filter((word) => word.startsWith("--title"))];
