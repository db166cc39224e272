import { z } from "zod";

export const nonEmpty = z.string().min(1, "must not be empty");

export const workspaceSchema = z.object({
  subscriptionId: nonEmpty,
  resourceGroupName: nonEmpty,
  workspaceName: nonEmpty,
});

/** A name that becomes a segment of a URL: no separators, no spaces. */
export const resourceName = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]*$/, "letters, digits, '.', '_' and '-' only, beginning with a letter or digit");

/** True for `C:\…`, `/…` and `\…`. */
export const isAbsolutePath = (file: string): boolean => /^([A-Za-z]:|[\\/])/.test(file);
