import { availableParallelism } from "node:os";
import { version as sdkVersion } from "@pulumi/pulumi/version";
import { openDeployment, type Deployment, type RunStart } from "./deploy/deployment";
import { serveMonitor } from "./deploy/monitor";
import { runPhases } from "./deploy/phases";
import { prestartPlugins } from "./deploy/providers";
import { handleSignals } from "./deploy/signals";
import { openTargets } from "./deploy/targets";
import { createDisplay, type DisplayKind } from "./display/display";
import type { Emit, EngineEvent, Result } from "./display/events";
import { EngineError, exitCodes, messageOf } from "./errors";
import { openSnapshot, prepareStack, stackOutputsOf, type PreparedStack } from "./open";
import { startChildren } from "./plugin/processes";
import { startProgram, type ProgramRun, type StartProgram } from "./plugin/program";
import { startProvider } from "./plugin/providerProcess";
import { closeRegistry, openRegistry } from "./plugin/registry";
import { openPack, type PackOptions } from "./policy/pack";
import { writeSalt } from "./project/edit";
import {
  organization,
  prepareBackend,
  readState,
  recordUpdate,
  statePath,
  writeState,
} from "./state/backend";
import { openJournal } from "./state/journal";
import { lockStack } from "./state/lock";
import { forProvider, hiddenSecrets, type Properties } from "./values/values";

export type OperationName = "preview" | "up" | "refresh" | "destroy";

export type RunOptions = {
  operation: OperationName;
  /** Default: true for `preview`, which is an `up` without changes. */
  dryRun?: boolean;
  stack: string;
  /** A directory of the project; default: the current one. */
  cwd?: string;
  /** File with the stack's settings. Default: `Pulumi.<stack>.yaml`. */
  configFile?: string;
  /** Environment of program and providers, with backend and passphrase; default: the process's own. */
  env?: NodeJS.ProcessEnv;
  /** "auto" is live on a terminal and plain lines elsewhere. */
  display?: DisplayKind;
  diff?: boolean;
  /** Steps that may run at once; default 4 × CPUs. */
  parallel?: number;
  refresh?: boolean;
  /** URNs, or globs of them, of the only resources that may change; default: all. */
  targets?: string[];
  /** Lets resources that depend on the targets change too. */
  targetDependents?: boolean;
  /** URNs, or globs of them, of forced replacements. */
  replace?: string[];
  /** After a failure, continue with resources that do not depend on it; default: start nothing new. */
  continueOnError?: boolean;
  /** Fail (exit code 7) if anything changes. */
  expectNoChanges?: boolean;
  /** Refresh only: forget creations that an earlier run did not finish. */
  clearPendingCreates?: boolean;
  /** Policy packs that a preview and an update must satisfy; default: none. */
  policyPacks?: PackOptions[];
  message?: string;
  /** Receives every event in addition to the display. */
  onEvent?: Emit;
  /** Starts the program some other way than with Pulumi's runner (tests). */
  startProgram?: StartProgram;
};

export type RunResult = {
  result: Result;
  exitCode: number;
  /** Steps by operation (create, update, replace, delete, same, read). */
  counts: Record<string, number>;
  /** The stack's outputs, secrets in plain text. */
  outputs: Properties;
  /** The same to show; a secret is the text `[secret]`. */
  shownOutputs: Properties;
  durationSeconds: number;
};

/**
 * A failure of a resource or of the program is part of the result. Errors: EngineError, if the run cannot
 * start; its message says what to do.
 */
export async function runOperation(options: RunOptions): Promise<RunResult> {
  const started = performance.now();
  const { operation, stack } = options;
  const { cwd = process.cwd(), env = process.env, configFile } = options;
  const prepared = await prepareStack(cwd, stack, env, configFile);
  const dryRun = options.dryRun ?? operation === "preview";
  const display = createDisplay(options.display ?? "auto", { diff: options.diff === true });
  const emit: Emit = (event) => {
    const masked = maskEvent(event, prepared.mask);
    display.show(masked);
    options.onEvent?.(masked);
  };
  emit({ kind: "started", operation, stack, dryRun });
  const notice = (message: string): void => emit({ kind: "diagnostic", severity: "warning", message });
  const lock = dryRun
    ? undefined
    : await lockStack(prepared.backend, prepared.project.name, prepared.stack, notice);
  try {
    return await runLocked(prepared, { ...options, dryRun }, emit, started);
  } finally {
    display.close();
    await lock?.release();
  }
}

/** Messages and output may contain a secret. Where the engine shows properties, it hides them itself. */
function maskEvent(event: EngineEvent, mask: (text: string) => string): EngineEvent {
  if (event.kind === "diagnostic") return { ...event, message: mask(event.message) };
  if (event.kind === "policy") {
    const { violation } = event;
    return { ...event, violation: { ...violation, message: mask(violation.message) } };
  }
  return event.kind === "output" ? { ...event, line: mask(event.line) } : event;
}

/** The program and the plugins of the old state start first: the state is decrypted while they load. */
async function runLocked(
  prepared: PreparedStack,
  options: RunOptions & { dryRun: boolean },
  emit: Emit,
  started: number,
): Promise<RunResult> {
  const { project, backend, config, env, stack, settings } = prepared;
  const { operation, dryRun, startProgram: start = startProgram } = options;
  const startTime = Math.floor(Date.now() / 1000);
  if (!dryRun) await prepareBackend(backend);
  const file = await readState(backend, project.name, stack);
  const children = startChildren();
  const plugins = { project, config, env, children, emit, address: "" };
  const run: RunStart = {
    ...{ project, stack, backend, config, env, dryRun, emit, stopping: undefined },
    parallel: Math.max(1, options.parallel ?? 4 * availableParallelism()),
    continueOnError: options.continueOnError === true,
    targets: openTargets(options.targets, options.targetDependents),
    replacements: openTargets(options.replace ?? []),
    isEnding: false,
    packs: [],
    providers: openRegistry((pkg, version) => startProvider(plugins, pkg, version)),
  };
  let ready: (d: Deployment) => void = () => undefined;
  const monitor = await serveMonitor(new Promise((resolve) => (ready = resolve)));
  plugins.address = monitor.address;
  const signals = handleSignals(run, children);
  let program: ProgramRun | undefined;
  const startOnce = (): ProgramRun => {
    program ??= start(run, children, monitor.address);
    signals.onProgram(program);
    return program;
  };
  const refresh =
    operation === "refresh" || options.refresh === true || (operation === "up" && project.alwaysRefresh);
  const runsProgram = operation === "preview" || operation === "up";
  const cwd = options.cwd ?? process.cwd();
  const wanted = runsProgram ? (options.policyPacks ?? []) : [];
  const packs = Promise.all(wanted.map((pack) => openPack(pack, cwd, run, children, monitor.address)));
  packs.catch(() => undefined); // Awaited when the state is open: errors of passphrase and state come first.
  const opened: { d?: Deployment; before: Properties } = { before: {} };
  const work = async (): Promise<void> => {
    try {
      if (runsProgram && !refresh) {
        startOnce();
        prestartPlugins(run.providers, file?.resources ?? []);
      }
    } catch {
      // Thrown again when the program is due. Errors of passphrase and state are reported first.
    }
    const crypter = await prepared.secrets;
    if (!dryRun && crypter.fresh) await writeSalt(settings, crypter.salt);
    const snapshot = await openSnapshot(file, crypter, env);
    opened.before = stackOutputsOf(snapshot);
    const path = statePath(backend, project.name, stack);
    const journal = openJournal(snapshot, {
      stackPath: `${organization}/${project.name}/${stack}`,
      version: sdkVersion,
      crypter,
      write: dryRun ? undefined : (text) => writeState(path, text),
    });
    const d = openDeployment(run, crypter, journal);
    opened.d = d;
    d.packs = await packs;
    if (d.packs.length > 0) emit({ kind: "policy-packs", packs: d.packs });
    ready(d);
    const clearPendingCreates = options.clearPendingCreates === true;
    await runPhases(d, { operation, refresh, clearPendingCreates, monitor, startProgram: startOnce });
  };
  try {
    await Promise.race([work(), signals.aborted]);
  } finally {
    if (!opened.d) run.stopping ??= "failed";
    signals.close();
    if (signals.isAborted()) await lastWrite(opened.d);
    closeRegistry(run.providers);
    await children.close();
    monitor.close();
  }
  if (!opened.d) throw new EngineError("cancelled", "the run was cancelled before it had opened the state");
  return conclude(opened.d, options, {
    ...{ started, startTime, before: opened.before },
    aborted: signals.isAborted(),
  });
}

/** What steps have returned before the run ended at once; a write that fails leaves the previous state. */
async function lastWrite(d: Deployment | undefined): Promise<void> {
  if (d?.journal.dirty()) await d.journal.save().catch(() => undefined);
  await d?.journal.freeze();
}

async function conclude(
  d: Deployment,
  options: RunOptions,
  run: { started: number; startTime: number; before: Properties; aborted: boolean },
): Promise<RunResult> {
  const changes = Object.keys(d.counts).filter(
    (name) => !["same", "read", "discard", "refresh"].includes(name),
  );
  const isUnexpected = options.expectNoChanges === true && changes.length > 0 && !d.sawError && !d.stopping;
  if (isUnexpected) {
    const message = "no changes were expected but changes were proposed";
    d.emit({ kind: "diagnostic", severity: "error", message });
  }
  const failed = d.stopping === "failed" || d.sawError;
  const result: Result = d.stopping === "canceled" ? "canceled" : failed ? "failed" : "succeeded";
  const after = stackOutputsOf({ resources: d.journal.resources(), pending: [] });
  const durationSeconds = (performance.now() - run.started) / 1000;
  const counts = { ...d.counts };
  if (options.operation !== "refresh") d.emit({ kind: "outputs", before: run.before, after });
  d.emit({ kind: "summary", counts, seconds: durationSeconds, result, dryRun: d.dryRun });
  if (!d.dryRun && !run.aborted) await record(d, options, run.startTime, result);
  const plain = (properties: Properties) => forProvider(properties, { secrets: false, resources: true });
  return {
    result,
    exitCode: exitCodeOf(result, run.aborted, isUnexpected),
    counts,
    outputs: plain(after),
    shownOutputs: plain(hiddenSecrets(after)),
    durationSeconds,
  };
}

function exitCodeOf(result: Result, aborted: boolean, isUnexpected: boolean): number {
  if (aborted) return exitCodes.cancelled;
  if (isUnexpected) return exitCodes.unexpectedChanges;
  return result === "succeeded" ? exitCodes.ok : exitCodes.failed;
}

async function record(d: Deployment, options: RunOptions, startTime: number, result: Result): Promise<void> {
  const config = [...d.config].map(([key, { text, secret, object }]) => {
    return [key, { string: secret ? d.crypter.encrypt(text) : text, secret, ...(object ? { object } : {}) }];
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
    const message = `the history could not be written: ${messageOf(error)}`;
    d.emit({ kind: "diagnostic", severity: "warning", message });
  }
}
