// Resource options: protect, retainOnDelete, deletedWith, ignoreChanges, replaceOnChanges, dependsOn, customTimeouts.
const pulumi = require("@pulumi/pulumi");
const { Thing } = require("../toy/cloud");
const config = new pulumi.Config();
const step = config.get("step") ?? "first";
const value = step === "first" ? 1 : 2;

if (step !== "gone") {
  new Thing(
    "protected",
    { label: "protected", ...(step === "replace" ? { zone: "north" } : {}) },
    { protect: step !== "unprotect" },
  );
}
if (step === "first") {
  const host = new Thing("host", { label: "host" });
  new Thing("guest", { label: "guest" }, { deletedWith: host, dependsOn: [host] });
  new Thing("kept", { label: "kept" }, { retainOnDelete: true });
}
new Thing(
  "ignoring",
  { label: "ignoring", size: value, nested: { a: value, b: [value, value] } },
  { ignoreChanges: ["size", "nested.a", "nested.b[0]", ...(step === "all" ? ["nested.b[*]"] : [])] },
);
new Thing(
  "strict",
  { label: "strict", size: value },
  { replaceOnChanges: ["size"], customTimeouts: { create: "1m30s" } },
);
