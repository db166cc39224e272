import type { differences } from "./differences";
import type { Call, Facts, Fault } from "./facts";
import type { Project } from "./project";

export type Operation = "preview" | "up" | "refresh" | "destroy";

/** Options of an operation on both engines. Targets are resource names, which the driver converts to URNs. */
export type StepOptions = {
  refresh?: boolean;
  expectNoChanges?: boolean;
  continueOnError?: boolean;
  targets?: string[];
  targetDependents?: boolean;
  replace?: string[];
  parallel?: number;
};

/** What an engine did in one step. */
export type Seen = {
  exit: number;
  /**
   * `<operation> <name>` of every step except `same`, in the order they ended, without the stack and default
   * providers.
   */
  steps: string[];
  /** Steps by operation, `same` included. */
  counts: Record<string, number>;
  /** Error messages, joined, including those for operations that the engine rejected. */
  errors: string;
  warnings: string;
  /** Stack outputs, secrets in plain text. */
  outputs: Record<string, unknown>;
  /**
   * Resources by name. A replaced one that still exists is `<name> (delete)`; further ones of the same name
   * are `<type> <name>`.
   */
  state: Record<string, Facts>;
  /** Names in the order of the checkpoint. */
  stateOrder: string[];
  stateText: string;
  pending: string[];
  /** The calls of this step, in order. */
  log: Call[];
  /** `<name>` of everything in the cloud, sorted. */
  cloud: string[];
};

export type Expected = {
  /** The exit code; default 0. */
  exit?: number;
  /** All steps except `same`, in any order; or some of them. */
  steps?: string[] | { some: string[] };
  /** Expected counts, `same` included. */
  counts?: Record<string, number>;
  /** Pairs of log entries: the first comes before the second (`start create a`, `end delete b`). */
  order?: [string, string][];
  /** Provider calls that must not be made (`create a`, `delete *`). */
  never?: string[];
  /** Expected fields of some resources in the state; `null` means that the resource is missing. */
  state?: Record<string, Facts | null>;
  outputs?: Record<string, unknown>;
  errors?: RegExp;
  warnings?: RegExp;
  /** Names in the cloud afterwards; default: those of the state's resources. */
  cloud?: string[];
  /** Texts that must not be in the state file in plain text. */
  hidden?: string[];
  /** Pending operations that remain; default none. */
  pending?: string[];
};

export type Step = {
  do: Operation;
  /** Default "dev". */
  stack?: string;
  /** The whole configuration of the program from this step on; `{ secret: … }` is written encrypted. */
  config?: Record<string, unknown>;
  faults?: Fault[];
  /** Changes outside of the engine before the step: drift, edited files. */
  before?: (project: Project) => void;
  options?: StepOptions;
  /** The reason for the expectation; part of the test's name. */
  because: string;
  expect: Expected;
  /** Further checks, for the embedded engine only. */
  also?: (seen: Seen, earlier: Seen[], project: Project) => void;
  /** Differences from the recording that are kept on purpose. */
  differs?: (keyof typeof differences)[];
  /** The embedded engine is known to fail here, with the reason. */
  failing?: string;
};

export type Program = {
  name: string;
  /** Text of index.js, with `pulumi`, `config` and the toy's classes in scope. */
  program: string;
  /** Providers run as separate processes, for programs that configure them differently. */
  plugins?: boolean;
  /** The program runs in a separate process, as it does outside of tests. */
  process?: boolean;
  /** The stack file has no salt at first. */
  fresh?: boolean;
  steps: Step[];
};

/** An engine that can run operations on a project. */
export type Engine = {
  name: string;
  run(project: Project, program: Program, step: Step): Promise<Omit<Seen, "log" | "cloud" | StateKeys>>;
};

type StateKeys = "state" | "stateOrder" | "stateText" | "pending";
