import { textAt } from "../arm/body";
import { ArmError } from "../armError";
import type { ArmResource } from "../cloud";
import { invalidProperty, stringMap } from "../ml/request";

/** The mutable properties of a job in run history. A client sends the whole form, with null for the rest. */
const CHANGEABLE = ["hidden", "displayName", "description", "tags", "properties"];
/** These identify the run and are ignored. */
const NAMING = ["runId", "experimentId", "runUuid"];

/** `hidden` is ARM's `isArchived` (azure-ai-ml 1.35.2 archives jobs this way). @throws ArmError 400 */
export function changedByHistory(job: ArmResource, body: Record<string, unknown>): ArmResource {
  const given = Object.entries(body).filter(
    ([name, value]) => value !== null && value !== undefined && !NAMING.includes(name),
  );
  const other = given.find(([name]) => !CHANGEABLE.includes(name));
  if (other) {
    const message = `${other[0]} of a run cannot be changed; allowed: ${CHANGEABLE.join(", ")}.`;
    throw new ArmError(400, "ValidationError", message, { target: other[0] });
  }
  const { hidden } = body;
  if (typeof hidden !== "boolean" && hidden !== null && hidden !== undefined)
    throw invalidProperty("hidden", "must be true or false.");
  const displayName = textAt(body, "displayName");
  const description = textAt(body, "description");
  const merged = (key: "tags" | "properties"): Record<string, string> => ({
    ...(job.properties[key] as Record<string, string> | undefined),
    ...stringMap(body[key], key),
  });
  return {
    ...job,
    properties: {
      ...job.properties,
      ...(displayName === undefined ? {} : { displayName }),
      ...(description === undefined ? {} : { description }),
      ...(typeof hidden === "boolean" ? { isArchived: hidden } : {}),
      tags: merged("tags"),
      properties: merged("properties"),
    },
  };
}
