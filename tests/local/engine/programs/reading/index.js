// X.get and StackReference: read, kept as external, never changed or deleted.
const pulumi = require("@pulumi/pulumi");
const { Thing } = require("../toy/cloud");
const config = new pulumi.Config();
const own = new Thing("own", { label: "own", size: 1 });
const seen = Thing.get("seen", own.id);
exports.seenSize = seen.size;
if (config.get("other"))
  exports.fromOther = new pulumi.StackReference("other", { name: config.get("other") }).getOutput("seenSize");
