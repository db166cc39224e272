// Renamed and moved resources: found again by alias, children by their parent's alias.
const pulumi = require("@pulumi/pulumi");
const { Thing, Group } = require("../toy/cloud");
const moved = new pulumi.Config().get("moved") === "true";

const group = new Group(moved ? "new" : "old", {}, moved ? { aliases: [{ name: "old" }] } : {});
const child = new Thing(moved ? "new-child" : "old-child", { label: "child" }, { parent: group });
new Thing("user", { label: "user", from: child.token });
const many = Array.from({ length: 30 }, (_, i) => ({ type: `pulumi-nodejs:dynamic/toy:Old${i}` }));
new Thing(
  moved ? "second" : "first",
  { label: "renamed" },
  moved ? { aliases: [...many, { name: "first" }] } : {},
);
