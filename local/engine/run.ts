import { availableParallelism } from "node:os";
import {
  listStates,
  openBackend,
  prepareBackend,
  readState,
  recordUpdate,
  statePath,
  writeState,
  type Backend,
} from "./state/backend";
import { decryptCheckpoint } from "./state/checkpoint";
import { limiter, serialQueue } from "./deploy/concurrency";
import { readStackSettings, resolveConfig, writeSalt, type Config } from "./project/config";
import type { Deployment } from "./deploy/deployment";
import { createDisplay, type DisplayKind } from "./display/display";
import { EngineError, exitCodes, messageOf } from "./errors";
import type { Emit, EngineEvent, Result } from "./display/events";
import { openJournal } from "./state/journal";
import { lockStack } from "./state/lock";
import { serveMonitor } from "./deploy/monitor";
import { runPhases } from "./deploy/phases";
import { startChildren } from "./plugin/processes";
import { providerEnvironment } from "./plugin/program";
import { listStackFiles, readProject, type Project } from "./project/project";
import { startProvider } from "./plugin/providerProcess";
import { closeRegistry, openRegistry } from "./plugin/providers";
import { findPassphrase, openSecrets } from "./state/secrets";
import { handleSignals } from "./deploy/signals";
import type { Snapshot } from "./state/state";
import { stackType } from "./values/urn";
import { forProvider, type Properties } from "./values/values";
import { version as sdkVersion } from "@pulumi/pulumi/version";

export type OperationName = "preview" | "up" | "refresh" | "destroy";

export type RunOptions = {
  operation: OperationName;
  stack: string;
  /** A directory of the project; default: the current one. */
  cwd?: string;
  /** Environment of program and providers, and where backend and passphrase are looked up; default: the process's. */
  env?: NodeJS.ProcessEnv;
  /** "auto" is live on a terminal and plain lines elsewhere. */
  display?: DisplayKind;
  /** Show what changes in each resource, property by property. */
  diff?: boolean;
  /** Steps that may run at once; default 4 × CPUs. */
  parallel?: number;
  /** Refresh before the program runs. */
  refresh?: boolean;
  /** URNs, or globs of them, that alone may change; default: everything. */
  targets?: string[];
  /** Lets what depends on the targets change with them. */
  targetDependents?: boolean;
  /** URNs, or globs of them, to replace whether they changed or not. */
  replace?: string[];
  /** After a failure, go on with what does not depend on the failed resource; default: start nothing new. */
  continueOnError?: boolean;
  /** Fail (exit code 7) if anything changes. */
  expectNoChanges?: boolean;
  /** Refresh only: forget creations that an earlier run did not see through. */
  clearPendingCreates?: boolean;
  /** Text for the history. */
  message?: string;
  /** Receives every event besides the display. */
  onEvent?: Emit;
  /** Run in this process instead of the project's program. */
  program?: InlineProgram;
};

/** What an inline program is told: where the monitor listens, and what the program runner would be told. */
export type ProgramInfo = {
  monitorAddress: string;
  organization: string;
  project: string;
  stack: string;
  dryRun: boolean;
  parallel: number;
};

/**
 * A program that talks Pulumi's ResourceMonitor protocol from within this process. It ends when its promise does; one
 * that is rejected has failed with that error. Registrations refused with UNAVAILABLE mean that the run is stopping.
 */
export type InlineProgram = (info: ProgramInfo) => Promise<void>;

export type RunResult = {
  result: Result;
  exitCode: number;
  /** Steps by operation (create, update, replace, delete, same, read). */
  counts: Record<string, number>;
  /** The stack's outputs, secrets in plain text. */
  outputs: Properties;
  durationSeconds: number;
};

/**
 * Runs one operation on a stack, as the Pulumi CLI would: preview, up, refresh or destroy.
 * Failures of resources or of the program end in a result; what keeps the run from starting (usage, configuration,
 * passphrase, lock, damaged state) is thrown as an EngineError, whose message says what to do.
 */
export async function runOperation(options: RunOptions): Promise<RunResult> {
  const started = performance.now();
  const opened = await openStack(options.cwd ?? process.cwd(), options.stack, options.env ?? process.env);
  const display = createDisplay(options.display ?? "auto", { diff: options.diff === true });
  const emit: Emit = (event) => {
    const masked = maskEvent(event, opened.crypter.mask);
    display.show(masked);
    options.onEvent?.(masked);
  };
  const dryRun = options.operation === "preview";
  emit({ kind: "started", operation: options.operation, stack: options.stack, dryRun });
  const notice = (message: string): void => emit({ kind: "diagnostic", severity: "warning", message });
  const lock = dryRun
    ? undefined
    : await lockStack(opened.backend, opened.project.name, options.stack, notice);
  try {
    // Read again: the state may have changed while another process held the lock.
    const snapshot = dryRun ? opened.snapshot : await loadSnapshot(opened, options.stack);
    return await runLocked({ ...opened, snapshot }, options, emit, started);
  } finally {
    display.close();
    await lock?.release();
  }
}

/** What people wrote or printed may hold a secret; what the engine shows of properties hides them itself. */
function maskEvent(event: EngineEvent, mask: (text: string) => string): EngineEvent {
  if (event.kind === "diagnostic") return { ...event, message: mask(event.message) };
  return event.kind === "output" ? { ...event, line: mask(event.line) } : event;
}

export type OpenStack = {
  project: Project;
  backend: Backend;
  config: Config;
  crypter: Awaited<ReturnType<typeof openSecrets>>;
  settings: Awaited<ReturnType<typeof readStackSettings>>;
  snapshot: Snapshot;
  env: NodeJS.ProcessEnv;
};

/**
 * Reads everything a stack consists of, without writing anything.
 * Errors: stack-not-found (names those there are), project, config, passphrase, state-damaged.
 */
export async function openStack(cwd: string, stack: string, env: NodeJS.ProcessEnv): Promise<OpenStack> {
  const project = await readProject(cwd);
  const backend = openBackend(env, project.backendUrl, project.root);
  const files = await listStackFiles(project);
  const raw = await readState(backend, project.name, stack);
  if (!raw && !files.includes(stack)) {
    const known = [...new Set([...files, ...(await listStates(backend, project.name))])].sort();
    const there =
      known.length > 0
        ? `stacks of project "${project.name}": ${known.join(", ")}`
        : `project "${project.name}" has no stacks yet`;
    throw new EngineError(
      "stack-not-found",
      `no stack named '${stack}' found; ${there}. To make it, create Pulumi.${stack}.yaml`,
    );
  }
  const settings = await readStackSettings(project, stack);
  const crypter = await openSecrets(settings.salt ?? raw?.salt, await findPassphrase(env));
  const stateCrypter =
    raw?.salt && raw.salt !== crypter.salt ? await openSecrets(raw.salt, await findPassphrase(env)) : crypter;
  const snapshot = raw ? decryptCheckpoint(raw, stateCrypter) : { resources: [], pending: [] };
  return {
    project,
    backend,
    config: resolveConfig(project, stack, settings, crypter),
    crypter,
    settings,
    snapshot,
    env,
  };
}

async function loadSnapshot(opened: OpenStack, stack: string): Promise<Snapshot> {
  await prepareBackend(opened.backend);
  const raw = await readState(opened.backend, opened.project.name, stack);
  if (opened.crypter.fresh) await writeSalt(opened.settings, opened.crypter.salt);
  return raw ? decryptCheckpoint(raw, opened.crypter) : opened.snapshot;
}

async function runLocked(
  opened: OpenStack,
  options: RunOptions,
  emit: Emit,
  started: number,
): Promise<RunResult> {
  const { project, backend, crypter, snapshot } = opened;
  const dryRun = options.operation === "preview";
  const children = startChildren();
  const monitor = await serveMonitor();
  const path = statePath(backend, project.name, options.stack);
  const startedAt = Math.floor(Date.now() / 1000);
  const registry = openRegistry((pkg, version) =>
    startProvider(
      {
        project,
        children,
        env: providerEnvironment(opened, opened.env),
        address: monitor.address,
        output: (line, error) => emit({ kind: "output", line, from: "provider", error }),
      },
      pkg,
      version,
    ),
  );
  const deployment: Deployment = {
    ...{
      project,
      stack: options.stack,
      backend,
      crypter,
      config: opened.config,
      dryRun,
      emit,
      providers: registry,
    },
    parallel: options.parallel ?? 4 * availableParallelism(),
    journal: openJournal(snapshot, {
      stackPath: `organization/${project.name}/${options.stack}`,
      version: sdkVersion,
      crypter,
      write: dryRun ? undefined : (text) => writeState(path, text),
    }),
    olds: new Map(
      snapshot.resources.filter((resource) => !resource.delete).map((resource) => [resource.urn, resource]),
    ),
    registered: new Map(),
    goals: new Map(),
    aliased: new Map(),
    aliasOf: new Map(),
    deletedFirst: new Set(),
    replaced: new Set(),
    counts: {},
    stackOutputs: undefined,
    stopping: undefined,
    sawError: false,
    serially: serialQueue(),
    limited: limiter(Math.max(1, options.parallel ?? 4 * availableParallelism())),
    inFlight: new Set(),
  };
  const before = stackOutputsOf(snapshot);
  const signals = handleSignals(deployment, children);
  try {
    const work = runPhases(deployment, {
      options,
      children,
      monitor,
      env: opened.env,
      onProgram: signals.onProgram,
    });
    await Promise.race([work, signals.aborted]);
  } finally {
    signals.close();
    if (signals.isAborted()) await deployment.journal.freeze();
    closeRegistry(registry);
    children.killAll();
    monitor.close();
  }
  const outputs = stackOutputsOf({ resources: deployment.journal.resources(), pending: [] });
  const seconds = (performance.now() - started) / 1000;
  const result: Result =
    deployment.stopping === "canceled"
      ? "canceled"
      : deployment.stopping || deployment.sawError
        ? "failed"
        : "succeeded";
  if (options.operation !== "refresh") emit({ kind: "outputs", before, after: outputs });
  emit({ kind: "summary", counts: { ...deployment.counts }, seconds, result, dryRun });
  if (!dryRun && !signals.isAborted()) await record(deployment, options, startedAt, result);
  const exitCode = signals.isAborted() ? exitCodes.cancelled : exitCodeOf(result, deployment, options);
  return {
    result,
    exitCode,
    counts: { ...deployment.counts },
    outputs: forProvider(outputs, { secrets: false, resources: true }),
    durationSeconds: seconds,
  };
}

function exitCodeOf(result: Result, d: Deployment, options: RunOptions): number {
  if (result !== "succeeded") return exitCodes.failed;
  const changes = Object.entries(d.counts).filter(
    ([operation]) => !["same", "read", "refresh"].includes(operation),
  );
  if (!options.expectNoChanges || changes.length === 0) return exitCodes.ok;
  d.emit({
    kind: "diagnostic",
    severity: "error",
    message: "no changes were expected but changes were proposed",
  });
  return exitCodes.unexpectedChanges;
}

export function stackOutputsOf(snapshot: Snapshot): Properties {
  return (
    snapshot.resources.find((resource) => resource.type === stackType && !resource.delete)?.outputs ?? {}
  );
}

async function record(d: Deployment, options: RunOptions, startTime: number, result: Result): Promise<void> {
  const config = [...d.config].map(([key, value]) => {
    const text = value.secret ? d.crypter.encrypt(value.text) : value.text;
    return [key, { string: text, secret: value.secret, ...(value.object ? { object: true } : {}) }] as const;
  });
  try {
    await recordUpdate(d.backend, d.project.name, d.stack, {
      kind: options.operation === "up" || options.operation === "preview" ? "update" : options.operation,
      startTime,
      endTime: Math.floor(Date.now() / 1000),
      message: options.message ?? "",
      environment: {},
      config: Object.fromEntries(config),
      version: 0,
      result: result === "succeeded" ? "succeeded" : "failed",
      resourceChanges: d.counts,
    });
  } catch (error) {
    d.emit({
      kind: "diagnostic",
      severity: "warning",
      message: `the history could not be written: ${messageOf(error)}`,
    });
  }
}
