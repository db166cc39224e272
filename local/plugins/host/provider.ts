/** The interface of a stand-in provider; `serve.ts` serves it over Pulumi's provider protocol. */
import type { Json, Properties } from "./values";

export interface CheckFailure {
  /** Empty if the failure does not concern one property. */
  property: string;
  reason: string;
}

export interface CheckResult {
  inputs: Properties;
  failures: CheckFailure[];
}

export interface ConfigureRequest {
  /** By key without prefix (`location`, …). */
  config: Record<string, string>;
  sendsOldInputs: boolean;
  sendsOldInputsToDelete: boolean;
}

/** The engine's rules for generated names (`pulumi:autonaming`). */
export interface Autonaming {
  mode: "propose" | "enforce" | "disable";
  proposedName: string;
}

export interface ResourceRef {
  urn: string;
  type: string;
  name: string;
}

export interface CheckRequest extends ResourceRef {
  olds: Properties;
  news: Properties;
  randomSeed: Uint8Array;
  autonaming?: Autonaming;
}

export interface DiffRequest extends ResourceRef {
  id: string;
  olds: Properties;
  oldInputs: Properties;
  news: Properties;
}

export type ChangeKind = "add" | "delete" | "update";

export interface PropertyChange {
  kind: ChangeKind;
  replace: boolean;
}

export interface DiffResult {
  changes: "none" | "some" | "unknown";
  /** Changed properties by path (`a.b[0].c`). */
  detailed: Record<string, PropertyChange>;
  deleteBeforeReplace: boolean;
}

export interface CreateRequest extends ResourceRef {
  inputs: Properties;
  preview: boolean;
  /** Seconds; 0 means the provider's own default. */
  timeout: number;
}

export interface UpdateRequest extends CreateRequest {
  id: string;
  olds: Properties;
  oldInputs: Properties;
}

export interface ReadRequest extends ResourceRef {
  id: string;
  /** Outputs and inputs in state; both empty for an import. */
  properties: Properties;
  inputs: Properties;
}

export interface DeleteRequest extends ResourceRef {
  id: string;
  properties: Properties;
  oldInputs: Properties;
  timeout: number;
}

export interface Provider {
  version: string;
  /** Whether the provider receives secrets wrapped. It must then mark its own outputs. */
  acceptSecrets: boolean;
  /** Whether the Handshake call is implemented (legacy providers answer with Configure alone). */
  handshake: boolean;
  supportsAutonaming: boolean;
  configure(request: ConfigureRequest): Promise<void>;
  check(request: CheckRequest): Promise<CheckResult>;
  diff(request: DiffRequest): Promise<DiffResult>;
  create(request: CreateRequest): Promise<{ id: string; outputs: Properties }>;
  /** `id: ""` means that the resource does not exist. */
  read(request: ReadRequest): Promise<{ id: string; inputs: Properties; outputs: Properties }>;
  update(request: UpdateRequest): Promise<Properties>;
  delete(request: DeleteRequest): Promise<void>;
  invoke(token: string, args: Properties): Promise<{ result: Properties; failures: CheckFailure[] }>;
  /** Aborts all calls under way. May be called more than once. */
  cancel(): void;
}

export interface Host {
  /** Shows a line to the user, with the resource. Ephemeral lines are progress only. Never throws. */
  log(
    severity: "debug" | "info" | "warning" | "error",
    message: string,
    urn?: string,
    ephemeral?: boolean,
  ): void;
  /** Resolves when the engine has received all lines logged so far. */
  flushed(): Promise<void>;
}

/** The resource exists but did not reach its final state. The engine records the resource and the error. */
export class PartialFailure extends Error {
  constructor(
    message: string,
    readonly id: string,
    readonly outputs: Properties,
    readonly inputs: Properties,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "PartialFailure";
  }
}

/** Splits a URN from the left, because the name may itself contain `::`. */
export function parseUrn(urn: string): ResourceRef {
  const [, , qualifiedType = "", ...name] = urn.split("::");
  return { urn, type: qualifiedType.split("$").pop() ?? "", name: name.join("::") };
}

export type { Json, Properties };
