import * as pulumi from "@pulumi/pulumi";
import { repairMessage, repairStack } from "../../program/errors";

test("removes the properties that Pulumi puts before the message of a RunError, and no other text", () => {
  const text = 'dataset.trainSplit: "error serializing property "x": " is no split';
  const nested = new pulumi.RunError(
    `error serializing property "outputs": error serializing property "a \\"b\\"": ${text}`,
  );
  repairMessage(nested);
  expect(nested.message).toBe(text);
  const bug = new Error('error serializing property "x": undefined is not a function');
  repairMessage(bug);
  expect(bug.message).toContain('property "x"');
  expect(() => repairMessage("text")).not.toThrow();
});

test("inserts the package's folder in the stacks of an error and of its causes", () => {
  const cause = new Error("inner");
  cause.stack = "Error: inner\n    at f (/p/node_modules/@pulumi/output.ts:1:2)";
  const error = new Error("outer", { cause });
  error.stack = [
    "Error: outer",
    "    at Stack.initialize (/p/node_modules/@pulumi/runtime/stack.ts:78:28)",
    "    at Stack.x (/p/node_modules/@pulumi/resource.ts:1598:22)",
    "    at g (C:\\p\\node_modules\\@pulumi\\resource.ts:1:2)",
  ].join("\n");
  repairStack(error);
  expect(error.stack).toContain("/node_modules/@pulumi/pulumi/resource.ts:1598");
  expect(error.stack).toContain("/node_modules/@pulumi/runtime/stack.ts:78");
  expect(error.stack).toContain("\\node_modules\\@pulumi\\pulumi\\resource.ts:1:2");
  expect(cause.stack).toContain("/node_modules/@pulumi/pulumi/output.ts");
});

test("ignores values that are not errors, and cycles of causes", () => {
  expect(() => repairStack("text")).not.toThrow();
  const error = new Error("a");
  error.cause = error;
  expect(() => repairStack(error)).not.toThrow();
});
