import type { AzureSession } from "../../azureml/clients/session";
import { azureMlError } from "../../azureml/errors";
import type { Clock } from "../../azureml/http/patience";
import {
  type ExportedState,
  interruptedChanges,
  pendingCreations,
  resourcesOf,
  type StateResource,
} from "./deployment";
import { type NativeAddress, nativeAddress } from "./nativeIds";
import { ownershipProblem } from "./ownership";
import { settled } from "./settled";
import { type Examined, takeOver } from "./takeOver";
import { examineSplit, isSplit } from "./trafficSplit";

/** What the recovery needs of the engine of a stack: the embedded one, or the Pulumi CLI. */
export interface StackEngine {
  exportState(): Promise<ExportedState>;
  /** Replaces the state. */
  importState(state: ExportedState): Promise<void>;
  /** Native resources that an `up` would create now, from a preview. They have no id. */
  plannedCreations(): Promise<StateResource[]>;
}

export interface RecoveryOptions {
  session: AzureSession;
  /** GUID of the stack's subscription. */
  subscriptionId: string;
  engine: StackEngine;
  /**
   * Also looks for resources that an `up` would create. A creation can be lost without a trace in the state: a failed
   * PUT that Azure carries out nevertheless, or a state that could not be written.
   */
  includePlanned: boolean;
  /** Receives one line for each resource taken over, and for each wait. */
  log(line: string): void;
  /** Default: the system's clock. */
  clock?: Clock;
}

/**
 * Brings the state in line with what earlier runs have created: finds resources by their deterministic ids, checks that
 * they belong to this stack, waits for what Azure is still working on, and takes them into the state.
 * @returns the number of resources taken over.
 * @throws AzureMlError `ForeignResource` if another owner's resource has the name of one of ours.
 */
export async function recoverStack(options: RecoveryOptions): Promise<number> {
  const { engine, log } = options;
  const state = await engine.exportState();
  await settleOthers(state, options);
  const candidates = await candidatesOf(state, options);
  const begun = pendingCreations(state);
  const results = await Promise.all([
    ...candidates.map((candidate) => examine(candidate, options)),
    ...begun.filter(isSplit).map((split) => examineSplit(split, options)),
  ]);
  const foreign = results.flatMap(({ problem }) => problem ?? []);
  if (foreign.length > 0) throw azureMlError("ForeignResource", { resources: foreign.join("; ") });
  const found = results.flatMap((result) => result.found ?? []);
  const examined = new Set(begun.map(({ urn }) => urn));
  if (found.length === 0 && begun.length === 0) return 0;
  await engine.importState(takeOver(state, found, examined));
  for (const { title } of results.flatMap((result) => (result.found ? [result] : [])))
    log(`Taken over: ${title}. An earlier run created it and did not record it.`);
  return found.length;
}

/**
 * Waits for the updates and deletions that an earlier run began: until they end, Azure refuses every change of the resource. After a
 * run that failed, its state no longer shows which these are.
 */
async function settleOthers(state: ExportedState, options: RecoveryOptions): Promise<void> {
  const settle = (resources: readonly StateResource[]): Promise<unknown>[] =>
    resources
      .flatMap(({ type, inputs }) => nativeAddress(type, inputs ?? {}, options.subscriptionId) ?? [])
      .map((address) => settled(address, options));
  const kept = options.includePlanned ? resourcesOf(state).filter(({ id }) => id !== undefined) : [];
  await Promise.all([
    ...settle(interruptedChanges(state)),
    // The engine meets a resource that cannot be read by itself, and reports it.
    ...settle(kept).map((done) => done.catch(() => undefined)),
  ]);
}

interface Candidate {
  resource: StateResource;
  address: NativeAddress;
}

/** Creations with an address that no resource of the state has. */
async function candidatesOf(
  state: ExportedState,
  { engine, includePlanned, subscriptionId }: RecoveryOptions,
): Promise<Candidate[]> {
  // A resource that is only waiting for its deletion can be wanted again: a return to an earlier version.
  const kept = resourcesOf(state).filter((resource) => !resource.delete);
  const known = new Set(kept.flatMap(({ id }) => id?.toLowerCase() ?? []));
  const begun = pendingCreations(state);
  const planned = includePlanned ? await engine.plannedCreations() : [];
  const candidates = new Map<string, Candidate>();
  // Last wins: what an interrupted run has sent is more exact than a preview.
  for (const resource of [...planned, ...begun]) {
    const address = nativeAddress(resource.type, resource.inputs ?? {}, subscriptionId);
    if (address && !known.has(address.id.toLowerCase())) candidates.set(resource.urn, { resource, address });
  }
  return [...candidates.values()];
}

async function examine({ resource, address }: Candidate, options: RecoveryOptions): Promise<Examined> {
  const { id, title } = address;
  const live = await settled(address, options);
  if (!live) return { title };
  const problem = ownershipProblem(resource.inputs ?? {}, live);
  if (problem) return { title, problem: `${title} (${problem}; ${id})` };
  return { title, found: { resource, id: live.id } };
}
