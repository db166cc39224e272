import { readFileSync } from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { checkDestroy } from "../../../operations/pipeline/destroyConfirmation";
import { projectRoot } from "../localStack";
import { runStack } from "./engineCommand";

/** Destroys a stack, after the checks of what a person typed. Nothing is read or deleted before they pass. */
export async function destroyStep({
  stack,
  checkOnly,
}: {
  stack: string;
  checkOnly?: boolean;
}): Promise<number> {
  const { CONFIRMATION, OVERRIDE_PRODUCTION } = process.env;
  const environment = environmentTag(stack);
  const typed = { confirmation: CONFIRMATION, overrideProduction: OVERRIDE_PRODUCTION };
  checkDestroy({ stack, environment, ...typed });
  if (checkOnly) return 0;
  return (await runStack("destroy", stack, ["--yes"])).code;
}

/** The tag `environment` in the stack's file; `undefined` if there is neither. */
function environmentTag(stack: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path.join(projectRoot, `Pulumi.${stack}.yaml`), "utf8");
  } catch {
    return undefined;
  }
  const file = parse(text) as { config?: Record<string, { environment?: unknown } | null> } | null;
  const tag = file?.config?.["azureml-finetune:tags"]?.environment;
  return typeof tag === "string" ? tag : undefined;
}
