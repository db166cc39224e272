/** The environments that have limits of their own. */
export const environments = ["local", "dev", "review", "staging", "prod", "platform"] as const;

export type Environment = (typeof environments)[number];

/** What a rule knows about the stack. */
export interface Stack {
  /** Name of the stack. */
  name: string;
  /** The tag `environment` of the stack file; without it the stack's name. Can be a name that no list contains. */
  environment: string;
  /** Section `tags` of the stack file. */
  tags: Readonly<Record<string, string>>;
  /** Setting `model.gate`: the gate of a stack that promotes. */
  promotionGate: Readonly<Record<string, unknown>>;
  /** Today's date in UTC, YYYY-MM-DD. */
  today: string;
}

/**
 * The environment of a stack. A stack that is called like an environment belongs to it whatever its tag says: otherwise the
 * tag could turn the rules of prod off.
 */
export function environmentOf(stack: string, tag: unknown): string {
  if (isEnvironment(stack) && stack !== "local") return stack;
  return typeof tag === "string" && tag !== "" ? tag : stack;
}

export function isEnvironment(name: string): name is Environment {
  return (environments as readonly string[]).includes(name);
}

/** A value for each environment; `other` is for environments that are not listed. */
export type PerEnvironment<T> = Partial<Record<string, T>> & { other: T };

/** The value for an environment. A pack configuration may name some environments only: the others keep their default. */
export function valueFor<T>(
  environment: string,
  configured: Partial<Record<string, T>> | undefined,
  defaults: PerEnvironment<T>,
): T {
  const merged: Partial<Record<string, T>> = { ...defaults, ...configured };
  return merged[environment] ?? merged.other ?? defaults.other;
}
