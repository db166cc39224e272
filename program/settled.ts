import type * as pulumi from "@pulumi/pulumi";

/**
 * Waits until an output has its value, so that the program can stop before it registers what depends on it.
 *
 * Without waiting, an error inside `apply` fails the registration of each dependent resource, and Pulumi reports it from the innermost
 * of them. The wait ends at once if the value stays unknown, as values may in a preview. The declarations of `@pulumi/pulumi` do not
 * contain `promise`; every version of its class `Output` has it (@pulumi/pulumi/output.js).
 * @throws the error of the output, unchanged.
 */
export async function settled(output: pulumi.Output<unknown>): Promise<void> {
  const { promise } = output as unknown as { promise(withUnknowns: boolean): Promise<unknown> };
  await promise(true);
}
