import type { AzureSession } from "../../azureml/clients/session";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";

/** A workspace and the identity that looks at it. */
export interface StudioPlace {
  session: AzureSession;
  workspace: WorkspaceRef;
  /** Shown as the page's title. */
  stack: string;
  /** `budget.prices` and `budget.currency` of the stack. */
  prices: { own: Readonly<Record<string, number>>; currency: string };
  /** Quality findings of data versions that this machine has prepared, by the version's name. */
  quality?: (dataVersion: string) => Promise<unknown>;
}

/** What the page shows of an emulated cloud. */
export interface CloudState {
  clock: {
    now: string;
    aheadMs: number;
    profile: string;
    /** Virtual seconds per real second. */
    speed: number;
    pending: { name: string; due: string }[];
  };
  faults: { id: number; kind: string; path: string; struck: number }[];
  kinds: Record<string, { description: string }>;
  /** The last ones, newest first. `status` 0: the connection was closed before the answer. */
  requests: { time: string; id: string; method: string; url: string; status: number; ms: number }[];
}

/** Controls of an emulated cloud. A real workspace has none, and the page then shows none. */
export interface CloudControls {
  state(): Promise<CloudState>;
  /** Changes the clock, or adds a fault. The cloud checks the body. */
  change(what: "clock" | "faults", body: Record<string, unknown>): Promise<void>;
  /** Clears one fault. */
  clearFault(id: number): Promise<void>;
}
