import { z } from "zod";

const name = z.string().min(1, "must not be empty");

export const workspaceSchema = z.object({
  subscriptionId: name,
  resourceGroupName: name,
  workspaceName: name,
});

export const nonEmpty = name;

/** ARM and Azure ML names travel in URLs: no separators, no blanks. */
export const resourceName = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]*$/, "letters, digits, '.', '_' and '-' only, beginning with a letter or digit");
