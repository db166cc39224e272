import { ArmError, type ArmResource } from "../cloud";
import { textAt } from "../arm/body";
import { invalidProperty, stringMap } from "../ml/request";

/** What of a job run history may change; a client sends the whole form with nulls for the rest. */
const CHANGEABLE = ["hidden", "displayName", "description", "tags", "properties"];
/** Says which run is meant; may come along. */
const NAMING = ["runId", "experimentId", "runUuid"];

/**
 * A job changed through run history: `hidden` is the same flag as `isArchived` in ARM (azure-ai-ml 1.35.2 archives jobs this
 * way), tags and properties are merged.
 * @throws ArmError 400 naming a member that cannot change
 */
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
