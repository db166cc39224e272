import type * as pulumi from "@pulumi/pulumi";
import { ignoreExternalTags } from "../../components/externalTags";
import { ignoreChanges } from "../../local/engine/values/propertyPath";
import { problems } from "../config/support";

const args = (type: string, props: object, opts: pulumi.CustomResourceOptions = {}) =>
  ({ type, name: "r", props, opts, resource: {} as pulumi.Resource }) as pulumi.ResourceTransformationArgs;

test("an external tag in the state stays in the inputs, and our own tags still change", () => {
  const storage = args(
    "azure-native:storage:StorageAccount",
    { tags: { team: "new" } },
    { ignoreChanges: ["sku"] },
  );
  const result = ignoreExternalTags(storage, ["Cost Center", "owner"]);
  const { ignoreChanges: paths = [] } = result?.opts ?? {};
  expect(paths).toEqual(["sku", 'tags["Cost Center"]', 'tags["owner"]']);
  // After a refresh the state's inputs contain the tag that a policy has added.
  const old = { tags: { team: "old", "Cost Center": "42" } };
  expect(ignoreChanges({ tags: { team: "new" } }, old, paths.slice(1))).toEqual({
    inputs: { tags: { team: "new", "Cost Center": "42" } },
    invalid: [],
  });
  // Before a refresh it does not, and nothing is sent for it.
  expect(ignoreChanges({ tags: { team: "new" } }, { tags: { team: "old" } }, paths.slice(1))).toEqual({
    inputs: { tags: { team: "new" } },
    invalid: [],
  });
});

test("resources of others and resources without tags are left alone", () => {
  expect(
    ignoreExternalTags(args("pulumi-nodejs:dynamic/azureml:Traffic", { tags: {} }), ["a"]),
  ).toBeUndefined();
  expect(ignoreExternalTags(args("azure-native:authorization:RoleAssignment", {}), ["a"])).toBeUndefined();
});

test("an external tag must not be one that the stack sets", () => {
  const settings = { workspace: { externalTags: ["Team", "pulumi-stack"] }, tags: { team: "x" } };
  expect(problems(settings)).toEqual([
    expect.stringContaining('workspace.externalTags | "team" is a tag that the stack sets itself'),
    expect.stringContaining('"pulumi-stack" is a tag that the stack sets itself'),
  ]);
});
