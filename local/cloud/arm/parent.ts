import { ArmError } from "../armError";
import type { Cloud } from "../cloud";

/** @throws ArmError 404 unless the group and, for nested types, the resource above exist */
export function requireParent(cloud: Cloud, id: string): void {
  const group = /^(\/subscriptions\/[^/]+\/resourceGroups\/([^/]+))\//i.exec(id);
  if (!group) return;
  if (!cloud.resources.get(group[1] ?? "")) {
    throw new ArmError(404, "ResourceGroupNotFound", `Resource group '${group[2]}' could not be found.`);
  }
  const below = id.slice((group[1] ?? "").length).split("/");
  // ["", "providers", namespace, type, name, type, name…]: there is a parent from the second type on.
  if (below.length < 7) return;
  // The blob service exists with its account.
  const parent = id
    .split("/")
    .slice(0, -2)
    .join("/")
    .replace(/\/blobServices\/default$/i, "")
    // Another provider's resource about a resource (diagnostic settings).
    .replace(/\/providers\/[^/]+$/i, "");
  if (!cloud.resources.get(parent)) {
    const message = `Can not perform requested operation on nested resource. Parent resource '${parent.split(/\/providers\//i).at(-1)}' not found.`;
    throw new ArmError(404, "ParentResourceNotFound", message, { target: parent });
  }
}
