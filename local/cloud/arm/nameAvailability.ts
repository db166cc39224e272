/** `checkNameAvailability` of the types whose names are unique in the whole cloud. */
import type { FastifyInstance } from "fastify";
import type { Cloud } from "../cloud";
import type { NameRule } from "../rules/rule";
import { accepts } from "../strict/declaration";
import { bodyOf, type Json, requiredText } from "./body";

interface UniqueNames {
  /** For example `Microsoft.Storage/storageAccounts`. */
  type: string;
  nameRule: NameRule;
  /** Whether a resource of this name exists, or reserves the name after its deletion. */
  isTaken: (name: string) => boolean;
  taken: (name: string) => string;
}

/** Whether a resource of the type has the name, in any case. */
export function hasName(cloud: Cloud, type: string, name: string): boolean {
  return cloud.resources.ofType(type).some((other) => other.name.toLowerCase() === name.toLowerCase());
}

/** As in the OpenAPI documents of Microsoft.Storage and Microsoft.KeyVault: 200, also for a name that is not free. */
export function registerNameAvailability(app: FastifyInstance, names: UniqueNames): void {
  const [provider = ""] = names.type.split("/");
  app.post(
    `/subscriptions/:subscriptionId/providers/${provider}/checkNameAvailability`,
    accepts(`whether a name of ${names.type} is free`, {
      body: { name: "any", type: "any" },
      readOnly: true,
    }),
    (request): Json => {
      const body = bodyOf(request);
      const name = requiredText(body, "name", "name");
      requiredText(body, "type", "type", [names.type]);
      if (!names.nameRule.pattern.test(name)) {
        const message = `${name} is not a valid name: ${names.nameRule.rule}.`;
        return { nameAvailable: false, reason: "AccountNameInvalid", message };
      }
      if (!names.isTaken(name)) return { nameAvailable: true };
      return { nameAvailable: false, reason: "AlreadyExists", message: names.taken(name) };
    },
  );
}
