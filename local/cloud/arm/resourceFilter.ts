/** `$filter` of the resource and resource group lists: comparisons joined by `and`, as ARM documents them. */
import type { ArmResource } from "../cloud";
import { invalid } from "./body";

const TERM =
  /^\s*(?:(resourceType|name|location|resourceGroup|tagName|tagValue)\s+(eq|ne)\s+'((?:[^']|'')*)'|(substringof|startswith)\(\s*'((?:[^']|'')*)'\s*,\s*(name|resourceGroup)\s*\))\s*(?:and\b|$)/i;

type Test = (resource: ArmResource) => boolean;

export function filterResources(resources: ArmResource[], filter: string | undefined): ArmResource[] {
  if (!filter?.trim()) return resources;
  const tests: Test[] = [];
  let tagName: string | undefined;
  for (let rest = filter; rest.trim() !== "";) {
    const term = TERM.exec(rest);
    if (!term) {
      const message = `The filter '${filter}' is not supported. Allowed are resourceType, name, location, resourceGroup, tagName and tagValue with eq or ne, and substringof('…', name), joined by and.`;
      throw invalid("InvalidFilterInQueryString", message, "$filter");
    }
    const [whole, member = "", operator = "", value = "", , part = "", of = "name"] = term;
    const expected = (value || part).replaceAll("''", "'");
    if (member === "") {
      tests.push((resource) => textOf(resource, of).includes(expected.toLowerCase()));
    } else if (/^tagname$/i.test(member)) {
      tagName = expected;
      tests.push((resource) => tagOf(resource, expected) !== undefined);
    } else if (/^tagvalue$/i.test(member)) {
      const name = tagName;
      tests.push((resource) => name !== undefined && tagOf(resource, name) === expected);
    } else {
      const equal = operator.toLowerCase() === "eq";
      tests.push((resource) => (textOf(resource, member) === expected.toLowerCase()) === equal);
    }
    rest = rest.slice(whole.length);
  }
  return resources.filter((resource) => tests.every((test) => test(resource)));
}

function tagOf({ tags }: ArmResource, name: string): string | undefined {
  return Object.entries(tags ?? {}).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

function textOf(resource: ArmResource, member: string): string {
  switch (member.toLowerCase()) {
    case "resourcetype":
      return resource.type.toLowerCase();
    case "location":
      return (resource.location ?? "").toLowerCase();
    case "resourcegroup":
      return (/\/resourceGroups\/([^/]+)/i.exec(resource.id)?.[1] ?? "").toLowerCase();
    default:
      return resource.name.toLowerCase();
  }
}
