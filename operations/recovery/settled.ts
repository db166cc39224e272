import { armGet, type ArmResource, isTerminal, provisioningState } from "../../azureml/clients/arm";
import type { AzureSession } from "../../azureml/clients/session";
import { type Clock, createOutage, systemClock, unavailable } from "../../azureml/http/patience";
import type { NativeAddress } from "./nativeIds";

export interface SettledOptions {
  session: AzureSession;
  /** Receives one line if there is something to wait for. */
  log(line: string): void;
  clock?: Clock;
}

/**
 * The resource once Azure no longer works on it; undefined if it does not exist (any more). While another operation runs, Azure
 * refuses every change with 409 AnotherOperationInProgress, and the azure-native provider repeats a request three times only.
 */
export async function settled(
  { id, apiVersion, title }: NativeAddress,
  { session, log, clock = systemClock }: SettledOptions,
): Promise<ArmResource | undefined> {
  const outage = createOutage({ clock });
  let hasSaid = false;
  for (;;) {
    const live = await outage.tolerate(() => armGet(session, { path: id, apiVersion, what: title }));
    if (live !== unavailable) {
      const state = live && provisioningState(live);
      if (!live || state === undefined || isTerminal(state)) return live;
      if (!hasSaid) log(`Waiting: ${title} is ${state}.`);
      hasSaid = true;
    }
    await clock.sleep(pollMs);
  }
}

/** Azure deploys for minutes; it suggests no interval on a plain GET. */
const pollMs = 3_000;
