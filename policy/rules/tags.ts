import { isEnvironment } from "../environments";
import { at, listSetting, type ResourceRule, type Violation } from "../rule";
import { types } from "../types";

const required = ["environment", "owner", "costCenter", "expires"];

/** Days. A review stack lives as long as its pull request. */
const longestReview = 90;

const section = "azureml-finetune:tags";

export const stackTags: ResourceRule = {
  kind: "resource",
  name: "stack-tags",
  description: "A stack has tags that say to whom it belongs, who pays, and until when it is needed.",
  types: [types.stack],
  settings: {
    required: listSetting("Names of the tags.", required),
    longestReviewDays: {
      type: "integer",
      description: "Days from today until a review stack expires, at most.",
      default: longestReview,
    },
  },
  check(_resource, stack, { required, longestReviewDays }) {
    const { tags, environment } = stack;
    const missing = (required as string[]).filter((name) => !tags[name]);
    const violations: Violation[] = missing.map((name) => ({
      property: `${section}.${name}`,
      seen: tags[name],
      allowed: meanings[name] ?? "a value",
      remedy: `Set it in Pulumi.${stack.name}.yaml.`,
    }));
    if (tags.environment && tags.environment !== environment)
      violations.push({
        property: `${section}.environment`,
        seen: tags.environment,
        allowed: `${environment}, because the stack is called like that environment`,
        remedy: `Correct it in Pulumi.${stack.name}.yaml, or rename the stack.`,
      });
    else if (tags.environment && !isEnvironment(environment))
      violations.push({
        property: `${section}.environment`,
        seen: tags.environment,
        allowed: meanings.environment ?? "",
        remedy: "Use the name of the environment whose limits the stack must meet.",
      });
    if (tags.expires && (required as string[]).includes("expires"))
      violations.push(
        ...expiry(tags.expires, stack.today, environment === "review", longestReviewDays as number),
      );
    return violations;
  },
};

const meanings: Readonly<Record<string, string>> = {
  environment: "local, dev, review, staging, prod or platform",
  owner: "the team or person to ask",
  costCenter: "the cost centre that pays",
  expires: "a date YYYY-MM-DD, or never",
};

const day = 86_400_000;

function expiry(expires: string, today: string, isReview: boolean, longest: number): Violation[] {
  const last = new Date(Date.parse(today) + longest * day).toISOString().slice(0, 10);
  const date = /^\d{4}-\d\d-\d\d$/.test(expires) ? Date.parse(expires) : NaN;
  const isDate = !Number.isNaN(date) && new Date(date).toISOString().startsWith(expires);
  const allowed = isReview
    ? `a date from ${today} to ${last} in environment review`
    : "a date YYYY-MM-DD, or never";
  const isAllowed = isReview ? isDate && expires >= today && expires <= last : isDate || expires === "never";
  if (isAllowed) return [];
  const remedy = isReview
    ? "Set the day from which the stack can be deleted."
    : "Set the day from which the stack can be deleted, or never.";
  return [{ property: `${section}.expires`, seen: expires, allowed, remedy }];
}

/** Types whose tags are the ones of the stack. Others may have tags of another kind. */
const tagged = [
  ...[types.resourceGroup, types.storage, types.vault, types.logs, types.insights, types.autoscale],
  ...[types.workspace, types.registry, types.cluster, types.endpoint, types.deployment, types.traffic],
];

export const resourceTags: ResourceRule = {
  kind: "resource",
  name: "resource-tags",
  description: "Every resource that supports tags has the tags of its stack.",
  types: tagged,
  settings: { required: listSetting("Names of the tags.", required) },
  check({ type, props, ignored }, { tags }, { required }) {
    // TrafficSplit writes the tags of an existing endpoint; a state of version 0.1.0 has no such settings.
    const property = type === types.traffic ? "settings.tags" : "tags";
    if (ignored.includes(property) || (type === types.traffic && at(props, "settings") === undefined))
      return [];
    const missing = (required as string[]).filter(
      (name) => tags[name] !== undefined && at(props, `${property}.${name}`) !== tags[name],
    );
    if (missing.length === 0) return [];
    return [
      {
        property,
        seen: missing.map((name) => `${name}=${String(at(props, `${property}.${name}`) ?? "")}`).join(", "),
        allowed: missing.map((name) => `${name}=${tags[name]}`).join(", "),
        remedy: "Pass the stack's tags to the resource.",
      },
    ];
  },
};
