import { apiVersionsOf } from "../../../local/cloud/strict/apiVersions";

/** A resource's path with the newest released api-version of its resource provider. */
export function armPath(id: string): string {
  const released = (apiVersionsOf(id) ?? []).filter((version) => !version.includes("preview"));
  return `${id}?api-version=${released.at(-1) ?? ""}`;
}
