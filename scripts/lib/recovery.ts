import type { AzureSession } from "../../azureml/clients/session";
import { recoverStack, type StackEngine } from "../../operations/recovery/recover";
import { findVanished, forgetVanished } from "../../operations/recovery/vanished";
import { removeFailedDeployments } from "./failedDeployments";
import { openStackSession, type StackPlace } from "./stackSession";

/** What a recovery does. */
export interface RecoveryRequest {
  /** Also look for what an `up` would create, not only for creations that the state records as begun. */
  planned: boolean;
  /** After a failed update: only remove new deployments that failed. */
  failedOnly?: boolean;
  /** Before a refresh: remove what was deleted outside the stack and would fail it. */
  vanished?: boolean;
  /** Print nothing if there is nothing to take over, or no login. */
  quiet?: boolean;
}

/** Where a recovery works. */
export interface RecoveryPlace extends StackPlace {
  stack: string;
  engine: StackEngine;
  log(line: string): void;
}

/**
 * Takes into the state what an interrupted run created and did not record, and removes new deployments that failed.
 * @returns the exit code.
 */
export async function recover(request: RecoveryRequest, place: RecoveryPlace): Promise<number> {
  const { planned, failedOnly, vanished, quiet } = request;
  const { engine, log } = place;
  const azure = await openAzure(place).catch((error: unknown) => {
    if (!quiet) throw error;
    return undefined;
  });
  // The operation that follows needs the same login, and reports all mistakes of the configuration at once.
  if (!azure) return 0;
  // First: a failed deployment must not be taken over.
  const removed = await removeFailedDeployments(place, { ...azure, engine, log });
  if (failedOnly) return reportVanished({ ...azure, engine, log });
  const taken = await recoverStack({ ...azure, engine, includePlanned: planned, log });
  const forgotten = vanished ? await forgetVanished({ ...azure, engine, log }) : 0;
  if (removed + taken + forgotten === 0 && !quiet) log("Nothing to take over.");
  return 0;
}

/** After a failed update: names what the state has and Azure does not, and the commands to run. */
async function reportVanished({
  engine,
  session,
  subscriptionId,
  log,
}: Parameters<typeof forgetVanished>[0]): Promise<number> {
  const found = await findVanished(await engine.exportState(), session, subscriptionId);
  if (found.length === 0) return 0;
  log(`Deleted outside the stack: ${found.map(({ title }) => title).join(", ")}.`);
  log("Run `npm run refresh`, then `npm run up`.");
  return 0;
}

/** The stack's cloud, with a login that works. */
async function openAzure(place: RecoveryPlace): Promise<{ session: AzureSession; subscriptionId: string }> {
  const { session, subscriptionId } = await openStackSession(place.stack, place);
  if (!subscriptionId) {
    throw new Error(
      `stack "${place.stack}" names no subscription: set azure-native:subscriptionId or ARM_SUBSCRIPTION_ID`,
    );
  }
  await session.credential.report(session.cloud.armScope);
  return { session, subscriptionId };
}
