import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

const sharedSchema = z.object({ registry: z.string(), name: z.string() });

/**
 * Registry and name of the model that another stack of this project has shared (output `sharedModel`) or promotes (`promotedModel`),
 * read by a StackReference. Undefined if it has neither. The CLI and the embedded engine read StackReferences of their own backend.
 */
export async function sharedModelOf(stack: string): Promise<{ registry: string; name: string } | undefined> {
  // Pulumi Cloud requires the organization; a self-managed backend has one that is called "organization".
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;
  const reference = new pulumi.StackReference("source-stack", { name });
  for (const output of ["sharedModel", "promotedModel"]) {
    const { value } = await reference.getOutputDetails(output);
    const found = sharedSchema.safeParse(value);
    if (found.success) return found.data;
  }
  return undefined;
}
