import { type Problem, problemReport } from "../../azureml/problem";

/** Stacks that people depend on: deleting one needs a second word. */
const production = /^prod(uction)?(-|$)/;

/** What a person typed to destroy a stack. */
export interface DestroyRequest {
  stack: string;
  /** The name of the stack, typed again. */
  confirmation: string | undefined;
  /** Whether production may be destroyed: exactly `true`. */
  overrideProduction: string | undefined;
  /** The value of the tag `environment` in the stack's file. */
  environment: string | undefined;
}

/**
 * Refuses to destroy a stack unless its name was typed again, and a production stack unless the override is set as well. A stack
 * is a production stack by its name or by its tag `environment`.
 * @throws Error with all problems.
 */
export function checkDestroy({ stack, confirmation, overrideProduction, environment }: DestroyRequest): void {
  const problems: Problem[] = [];
  if (confirmation?.trim() !== stack) {
    problems.push({
      property: "confirmation",
      seen: confirmation ? `"${confirmation}"` : "nothing",
      allowed: `"${stack}", the name of the stack`,
      remedy: "Type the name of the stack that is to be deleted.",
    });
  }
  if ([stack, environment ?? ""].some((name) => production.test(name)) && overrideProduction !== "true") {
    problems.push({
      property: "override-production",
      seen: overrideProduction ? `"${overrideProduction}"` : "nothing",
      allowed: `"true", because ${stack} is a production stack`,
      remedy:
        "Set it if production is to be deleted. Its resources are protected as well: docs/pipelines.md.",
    });
  }
  if (problems.length > 0) throw new Error(problemReport(`Stack ${stack} is not destroyed:`, problems));
}
