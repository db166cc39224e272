import type { FastifyRequest } from "fastify";
import { ArmError } from "../armError";
import type { ArmResource, Cloud } from "../cloud";
import { pathParameters } from "./request";

export const ML = "Microsoft.MachineLearningServices";

/** Path pattern of a workspace, with the parameters `subscription`, `group` and `workspace`. */
export const WORKSPACE_ROUTE = `/subscriptions/:subscription/resourceGroups/:group/providers/${ML}/workspaces/:workspace`;

export interface Workspace {
  id: string;
  /** GUID. A workspace that is created again under the same name gets another one. */
  guid: string;
  subscription: string;
  group: string;
  name: string;
  location: string;
}

export function workspaceOf(cloud: Cloud, request: FastifyRequest): Workspace {
  const { subscription = "", group = "", workspace = "" } = pathParameters(request);
  const found = cloud.resources.get(workspaceId(subscription, group, workspace));
  if (found) return describe(found);
  throw new ArmError(
    404,
    "ResourceNotFound",
    `The Resource '${ML}/workspaces/${workspace}' under resource group '${group}' was not found.`,
  );
}

/** The workspace that a child resource belongs to, or undefined when it is deleted. */
export function workspaceAround(cloud: Cloud, childId: string): Workspace | undefined {
  const match = /^(.*?\/workspaces\/[^/]+)/i.exec(childId);
  const found = match?.[1] === undefined ? undefined : cloud.resources.get(match[1]);
  return found && describe(found);
}

export function workspaceId(subscription: string, group: string, name: string): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/${ML}/workspaces/${name}`;
}

function describe(resource: ArmResource): Workspace {
  const match = /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\//i.exec(resource.id);
  const guid = resource.properties["workspaceId"];
  return {
    id: resource.id,
    guid: typeof guid === "string" ? guid : resource.id.toLowerCase().replace(/\//g, "_"),
    subscription: match?.[1] ?? "",
    group: match?.[2] ?? "",
    name: resource.name,
    location: resource.location ?? "",
  };
}
