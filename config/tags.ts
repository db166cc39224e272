import { z } from "zod";
import { ownerTagNames } from "../azureml/names";
import { formatValue, type Problem } from "../azureml/problem";
import { setting } from "./setting";

/**
 * Limits of tags. Microsoft Learn, "Use tags to organize your Azure resources" (Limitations): 50 tags for each resource, 512 characters
 * for a name and 256 for a value, names without < > % & \ ? /, and names are compared without case. Storage accounts: 128 characters for
 * a name (hashicorp/terraform-provider-azurestack, internal/services/storage/validate/storage_account_tags.go). Reserved prefixes:
 * Azure SDK for .NET, SubscriptionResource.CreateOrUpdatePredefinedTag. Whether the limits apply to the tags of Azure ML's own
 * assets, which are not ARM tags, is not documented; they are applied to them as well.
 */
const limits = { tags: 50, name: 512, storageName: 128, value: 256 };
const forbidden = /[<>%&\\?/\p{Cc}]/u;
const reserved = /^(microsoft|azure|windows)/i;

/** Tags that the stack adds to its own: two owner tags, and at most five with the lineage of a model (components/). */
const added = 7;

/**
 * Problems of `tags`, one for each tag.
 * @param property full name of the section.
 * @param createsStorage whether the stack creates a storage account, which gets the tags too.
 */
export function tagProblems(
  property: string,
  tags: Readonly<Record<string, string>>,
  createsStorage: boolean,
): Problem[] {
  const names = Object.keys(tags);
  const longest = createsStorage ? limits.storageName : limits.name;
  const problems = names.flatMap((name, index): Problem[] => {
    const value = tags[name] ?? "";
    const report = (seen: string, allowed: string, remedy: string): Problem[] => [
      { property: `${property}.${shortened(name)}`, seen, allowed, remedy },
    ];
    const lower = name.toLowerCase();
    const before = names.slice(0, index).find((other) => other.toLowerCase() === lower);
    if (name.trim() !== name || name === "")
      return report("the name is empty, or begins or ends with a space", "a name", "Correct the name.");
    if (Object.values<string>(ownerTagNames).includes(lower))
      return report(
        formatValue(value),
        "any other name: the stack marks its resources with this tag",
        "Remove it, or rename it.",
      );
    if (before !== undefined)
      return report(
        `the same name as ${formatValue(before)} in another case`,
        "each name once: Azure compares tag names without case",
        "Remove one of the two.",
      );
    if (name.length > longest)
      return report(
        `a name of ${name.length} characters`,
        `at most ${longest} characters${createsStorage ? ", because the storage account is tagged too" : ""}`,
        "Shorten it.",
      );
    if (forbidden.test(name))
      return report(
        `the name contains ${formatValue(forbidden.exec(name)?.[0])}`,
        "a name without < > % & \\ ? / and control characters",
        "Use another character, such as - or _.",
      );
    if (reserved.test(name))
      return report(
        "the name begins with a prefix that Azure reserves",
        "a name that does not begin with microsoft, azure or windows",
        "Rename it.",
      );
    if (value.length > limits.value)
      return report(
        `a value of ${value.length} characters`,
        `at most ${limits.value} characters`,
        "Shorten it.",
      );
    return [];
  });
  const most = limits.tags - added;
  if (names.length > most)
    problems.push({
      property,
      seen: `${names.length} tags`,
      allowed: `at most ${most}: Azure allows ${limits.tags} for each resource, and the stack sets up to ${added} itself`,
      remedy: "Remove some, or put several values into one tag as JSON.",
    });
  return problems;
}

function shortened(name: string): string {
  return name.length > 60 ? `${name.slice(0, 57)}...` : name;
}

/** YAML reads `costCenter: 123` and `pilot: true` as another type. */
const tagText = (value: unknown): unknown =>
  typeof value === "number" || typeof value === "boolean" ? String(value) : value;

/** The section `tags`. */
export const tagsSection = setting(
  {
    doc: "Tags of all resources that support tags.",
    allowed: "a map of at most 43 names to strings of at most 256 characters",
    defaultText: "none",
  },
  z.record(z.string(), z.preprocess(tagText, z.string())),
);
