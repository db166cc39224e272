import { parseDocument } from "yaml";

const prefix = "review-";

/** The stack of a pull request. Errors: no number. */
export function reviewStack(pullRequest: string): string {
  if (!/^[1-9]\d*$/.test(pullRequest))
    throw new Error(`"${pullRequest}" is no number of a pull request: its review stack has none`);
  return `${prefix}${pullRequest}`;
}

/** Whether a stack is the one of a pull request. The template `review` is not. */
export const isReviewStack = (name: string): boolean => /^review-[1-9]\d*$/.test(name);

/**
 * The stack file of a pull request: the template with an owner and a last day.
 *
 * `secretsprovider` and `encryptedkey` are the template's. `pulumi stack init` keeps a key that the file has for the same
 * provider (pulumi/pulumi, pkg/secrets/cloud/manager.go, `NewCloudSecretsManager`), so a later run on another runner can open the
 * stack with a copy that it makes itself.
 * @param expires the day from which the sweep deletes the stack, ISO 8601.
 */
export function reviewFile(template: string, { owner, expires }: { owner: string; expires: string }): string {
  const document = parseDocument(template);
  const tags = ["config", "azureml-finetune:tags"];
  document.setIn([...tags, "owner"], owner);
  document.setIn([...tags, "expires"], expires);
  return document.toString();
}

/** The secrets provider of a stack file, which `pulumi stack init` must be given. */
export function secretsProviderOf(stackFile: string): string | undefined {
  const found: unknown = parseDocument(stackFile).get("secretsprovider");
  return typeof found === "string" ? found : undefined;
}

interface State {
  deployment?: { resources?: { inputs?: Record<string, unknown> | undefined }[] | undefined };
}

/**
 * The last day of a stack, by the tag `expires` of its resources in the state: its stack file was on a runner that is gone.
 * @returns the latest of them; `undefined` if the state has none.
 */
export function expiryOf(state: State): string | undefined {
  const days = (state.deployment?.resources ?? []).flatMap(({ inputs }) => {
    const { expires } = (inputs?.["tags"] ?? {}) as { expires?: unknown };
    return typeof expires === "string" && isDay(expires) ? [expires] : [];
  });
  return days.sort().at(-1);
}

const isDay = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));

/** Whether a stack is to be deleted on this day. One without a readable day is: it can only be an unfinished creation. */
export const isExpired = (expires: string | undefined, today: string): boolean =>
  expires === undefined || expires <= today;

/** The day so many days after a date. */
export const dayAfter = (date: Date, days: number): string =>
  new Date(date.getTime() + days * 86_400_000).toISOString().slice(0, 10);
