import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ArmResource, Cloud } from "../cloud";
import { resourceNotFound } from "../errors";
import { bodyOf, invalid, type Json, objectAt, requiredText, tagsOf } from "./body";
import { SCOPES } from "./scopes";

const TAGS = "/providers/Microsoft.Resources/tags/default";
const OPERATIONS = ["Merge", "Replace", "Delete"];

/** For groups and for resources up to two levels below their type. Subscriptions have no tags here. */
export function registerTags(app: FastifyInstance, cloud: Cloud): void {
  const find = (request: FastifyRequest): ArmResource => {
    const path = decodeURIComponent(request.url.split("?")[0] ?? "");
    const id = path.slice(0, path.toLowerCase().lastIndexOf(TAGS.toLowerCase()));
    const resource = cloud.resources.get(id);
    if (resource) return resource;
    throw resourceNotFound(id);
  };
  const storeTags = (resource: ArmResource, tags: Record<string, string>): Json => {
    // The limits apply to the result, too.
    tagsOf({ tags });
    const tagged = { ...resource, tags };
    cloud.resources.put(tagged);
    return present(tagged);
  };
  for (const scope of SCOPES.slice(1)) {
    app.get(`${scope}${TAGS}`, (request) => present(find(request)));
    app.put(`${scope}${TAGS}`, (request) => storeTags(find(request), givenTags(bodyOf(request))));
    app.patch(`${scope}${TAGS}`, (request) => {
      const body = bodyOf(request);
      const resource = find(request);
      return storeTags(resource, changed(resource.tags ?? {}, body));
    });
    app.delete(`${scope}${TAGS}`, (request, reply) => {
      storeTags(find(request), {});
      return reply.code(200).send();
    });
  }
}

function present({ id, tags }: ArmResource): Json {
  return {
    id: `${id}${TAGS}`,
    name: "default",
    type: "Microsoft.Resources/tags",
    properties: { tags: tags ?? {} },
  };
}

function givenTags(body: Json): Record<string, string> {
  const properties = objectAt(body, "properties");
  const tags = properties && tagsOf(properties);
  if (tags) return tags;
  throw invalid("InvalidRequestContent", "The property 'properties.tags' is required.", "properties.tags");
}

/**
 * Merge adds and overwrites, Replace sets exactly the given tags, Delete removes entries whose name and value
 * are given.
 */
function changed(before: Record<string, string>, body: Json): Record<string, string> {
  const operation = requiredText(body, "operation", "operation", OPERATIONS);
  const given = givenTags(body);
  if (operation === "Merge") return { ...before, ...given };
  if (operation === "Replace") return given;
  return Object.fromEntries(Object.entries(before).filter(([name, value]) => given[name] !== value));
}
