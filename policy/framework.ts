import type { Policies, PolicyConfigSchema, PolicyResource, ResourceValidationArgs } from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";
import { environmentOf, type Stack } from "./environments";
import { appliesTo, configuredFor, messageOf, type Rule, type SeenResource } from "./rule";

/**
 * The stack that is analysed. An engine starts the policy host with the stack's name and configuration (pulumi/pulumi,
 * sdk/nodejs/cmd/pulumi-language-nodejs/main.go, RunPlugin), so Pulumi's functions work as in a program.
 */
function currentStack(): Stack {
  const config = new pulumi.Config("azureml-finetune");
  const values = config.getObject<Record<string, unknown>>("tags") ?? {};
  const model = config.getObject<{ gate?: Record<string, unknown> }>("model");
  const tags = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
  const name = pulumi.getStack();
  const environment = environmentOf(name, tags.environment);
  return {
    name,
    environment,
    tags,
    promotionGate: model?.gate ?? {},
    today: new Date().toISOString().slice(0, 10),
  };
}

/**
 * The violations, or none while a preview does not know a value that the rule reads: the update checks the resource again before it is
 * created.
 */
function whenKnown<T>(check: () => T[]): T[] {
  try {
    return check();
  } catch (error) {
    // UnknownValueError of @pulumi/policy, which does not export the class.
    if (error instanceof Error && "unknownTypeSentinel" in error) return [];
    throw error;
  }
}

/** A rule as a policy of Pulumi's framework. */
export function asPolicy(rule: Rule): Policies[number] {
  const facts = {
    name: rule.name,
    description: rule.description,
    enforcementLevel: rule.level ?? ("mandatory" as const),
    ...(rule.settings && { configSchema: { properties: rule.settings } as unknown as PolicyConfigSchema }),
  };
  if (rule.kind === "resource")
    return {
      ...facts,
      validateResource: (args, report) => {
        if (!appliesTo(rule, args.type)) return;
        const resource = seen(args);
        const configured = configuredFor(rule, args.getConfig());
        for (const violation of whenKnown(() => rule.check(resource, currentStack(), configured)))
          report(messageOf(violation, resource));
      },
    };
  return {
    ...facts,
    validateStack: (args, report) => {
      const urns = new Map(args.resources.map((one) => [seen(one), one.urn]));
      const configured = configuredFor(rule, args.getConfig());
      for (const violation of whenKnown(() => rule.check([...urns.keys()], currentStack(), configured)))
        report(messageOf(violation, violation.resource), violation.resource && urns.get(violation.resource));
    },
  };
}

function seen({ type, name, props, opts }: ResourceValidationArgs | PolicyResource): SeenResource {
  return { type, name, props, ignored: opts.ignoreChanges };
}
