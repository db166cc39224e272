// Delete-before-replace: the root may not exist twice; `bound` must be replaced with it, `loose` only changes.
const pulumi = require("@pulumi/pulumi");
const { Thing } = require("../toy/cloud");
const zone = new pulumi.Config().get("zone") ?? "south";
const fail = new pulumi.Config().get("fail");

const root = new Thing("root", { label: "root", zone, exclusive: true, ...(fail ? { fail } : {}) });
new Thing("bound", { label: "bound", zone: root.place });
new Thing("loose", { label: "loose", nested: { place: root.place } });
new Thing("apart", { label: "apart" });
