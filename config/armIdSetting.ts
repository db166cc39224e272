import { armIdForm, armIdPattern } from "../azureml/armIds";
import { setting, stringSetting } from "./setting";
import { z } from "zod";

interface Details {
  /** One sentence. */
  doc: string;
  defaultText?: string;
  source?: string;
}

/** The ARM id of a resource of one type. */
export function armIdSetting(type: string, details: Details) {
  return stringSetting({
    allowed: `the id of a ${type}: ${armIdForm(type)}`,
    pattern: armIdPattern(type),
    defaultText: "none",
    ...details,
  });
}

const identityType = "Microsoft.ManagedIdentity/userAssignedIdentities";

/**
 * Which managed identity a resource has: `without` (a word for the default), `create` for a user-assigned identity of the stack, or
 * the id of an existing one.
 */
export function identitySetting<const W extends string>(without: W, details: Details) {
  return setting(
    { allowed: `${without}, create, or an id ${armIdForm(identityType)}`, ...details },
    z.union([z.enum([without, "create"]), z.string().regex(armIdPattern(identityType))]),
  ).default(without as never);
}
