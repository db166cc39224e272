import * as pulumi from "@pulumi/pulumi";

/**
 * Leaves out the outputs whose value is undefined. Pulumi would leave them out too, with a warning about each
 * (@pulumi/pulumi/runtime/stack.js, `massage`). A value that a preview does not know stays. It waits for all values, as Pulumi does.
 * @throws the error of an output, unchanged.
 */
export async function definedOutputs<Outputs extends object>(outputs: Outputs): Promise<Outputs> {
  const kept = await Promise.all(
    Object.entries(outputs).map(async ([name, value]) => ((await isUndefined(value)) ? [] : [[name, value]])),
  );
  return Object.fromEntries(kept.flat()) as Outputs;
}

/** The declarations of `@pulumi/pulumi` do not contain `promise` and `isKnown`; its class `Output` has them (@pulumi/pulumi/output.js). */
async function isUndefined(value: unknown): Promise<boolean> {
  if (!pulumi.Output.isInstance(value)) return value === undefined;
  const output = value as unknown as { isKnown: Promise<boolean>; promise(withUnknowns: boolean): unknown };
  const [isKnown, found] = await Promise.all([output.isKnown, output.promise(true)]);
  return isKnown && found === undefined;
}
