import * as pulumi from "@pulumi/pulumi";

/**
 * Leaves these tags of all azure-native resources to whoever sets them, such as an Azure Policy (`workspace.externalTags`).
 *
 * The provider's update is a PUT of all inputs, which removes other tags. `refresh` takes tags that it finds into the inputs of the
 * state, so without this the next preview would remove them, the policy would add them again in the same PUT, and so on. With it a tag
 * in the state stays in the PUT. A tag that is not in the state yet is not sent: a policy adds it to that request, and a tag set by
 * hand requires a refresh first. Call it before any resource.
 */
export function keepExternalTags(names: readonly string[]): void {
  if (names.length === 0) return;
  pulumi.runtime.registerStackTransformation((args) => ignoreExternalTags(args, names));
}

/** The options of a resource with its external tags ignored; `undefined` for a resource without tags. */
export function ignoreExternalTags(
  { type, props, opts }: pulumi.ResourceTransformationArgs,
  names: readonly string[],
): pulumi.ResourceTransformationResult | undefined {
  const hasTags = Object.hasOwn(props as object, "tags");
  if (!type.startsWith("azure-native:") || !hasTags) return undefined;
  const ignoreChanges = names.map((name) => `tags[${JSON.stringify(name)}]`);
  return { props: props as pulumi.Inputs, opts: pulumi.mergeOptions(opts, { ignoreChanges }) };
}
