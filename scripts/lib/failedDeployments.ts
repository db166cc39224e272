import { rolloutSection } from "../../config/rollout";
import type { AzureSession } from "../../azureml/clients/session";
import { resourcesOf } from "../../operations/recovery/deployment";
import type { StackEngine } from "../../operations/recovery/recover";
import { removeFailed } from "../../operations/rollout/removeFailed";
import { settingsOf, type StackPlace } from "./stackSession";

/** Removes a stack's failed deployments, or only shows their logs, as its setting `rollout.keepFailed` says. */
export async function removeFailedDeployments(
  place: StackPlace & { stack: string },
  { session, engine, log }: { session: AzureSession; engine: StackEngine; log(line: string): void },
): Promise<number> {
  const setting = await settingsOf(place.stack, place);
  const [resource] = resourcesOf(await engine.exportState());
  const project = resource?.urn.split("::")[1];
  if (project === undefined) return 0;
  return removeFailed({ session, engine, log, keepFailed: keepsFailed(setting(`${project}:rollout`)) });
}

/** A section with mistakes is reported by the next update; until then nothing is deleted. */
function keepsFailed(text: string | undefined): boolean {
  if (text === undefined) return false;
  try {
    return rolloutSection.parse(JSON.parse(text)).keepFailed;
  } catch {
    return true;
  }
}
