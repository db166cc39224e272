import { promisify } from "node:util";
import { hasDataInFlight, watchConnections } from "./inFlight";
import { areThreadsWorking, watchDuckdb } from "./threads";

/**
 * Virtual time for everything in this process: timers and `Date`. Time stands still while the process has something to do,
 * and jumps to the next timer when it is quiet. Waits of hours then cost nothing, and a poll finds the work of the
 * service done, whatever the machine's load.
 */

const real = {
  Date,
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setImmediate: globalThis.setImmediate,
};

interface Timer {
  due: number;
  order: number;
  repeat: number | undefined;
  hasRef: boolean;
  fire(): void;
}

/** A quiet process looks for the next timer this often. The smallest that Node's own timers support. */
const lookMs = 1;
/**
 * Jumps without any event, and without a timer that keeps a process alive, until the process counts as waiting for ever. Neither this
 * nor the longest run depends on the load of the machine.
 */
const stalledJumps = 40;
/** Virtual time after which a run counts as waiting for ever. No operation follows anything longer than a day. */
const longestRunMs = 7 * 24 * 3_600_000;

let now = real.Date.now();
let order = 0;
const pending = new Map<number, Timer>();
/** What to call when everything waits for ever, and since when it is of interest. */
const stalled = new Map<() => void, number>();
let stalledCount = 0;
let quietLooks = 0;
let idleLooks = 0;
let isHeld = false;
let look: NodeJS.Timeout | undefined;
let loop = loopMetrics();

/** What a caller of `setTimeout` gets. */
class Handle {
  constructor(
    private readonly id: number,
    private readonly milliseconds: number,
  ) {}
  ref(): this {
    return this.change((timer) => (timer.hasRef = true));
  }
  unref(): this {
    return this.change((timer) => (timer.hasRef = false));
  }
  hasRef(): boolean {
    return pending.get(this.id)?.hasRef ?? false;
  }
  refresh(): this {
    return this.change((timer) => (timer.due = now + this.milliseconds));
  }
  close(): this {
    pending.delete(this.id);
    return this;
  }
  [Symbol.toPrimitive](): number {
    return this.id;
  }
  [Symbol.dispose](): void {
    this.close();
  }
  private change(apply: (timer: Timer) => void): this {
    const timer = pending.get(this.id);
    if (timer) apply(timer);
    return this;
  }
}

function add(fire: () => void, delay: unknown, repeats: boolean): Handle {
  const milliseconds = Math.max(1, Number(delay) || 0);
  const id = ++order;
  pending.set(id, {
    due: now + milliseconds,
    order: id,
    repeat: repeats ? milliseconds : undefined,
    hasRef: true,
    fire,
  });
  watch();
  return new Handle(id, milliseconds);
}

function remove(handle: unknown): void {
  if (handle instanceof Handle) handle.close();
  else if (typeof handle === "number" || typeof handle === "string") pending.delete(Number(handle));
  else real.clearTimeout(handle as NodeJS.Timeout | undefined);
}

/**
 * Looks after the event loop has asked the system for events. On a loaded machine a timer of a millisecond is due again before its
 * callback ends, and Node then runs it again at once: without this many looks would pass, and time with them, without a single event.
 */
function watch(): void {
  look ??= real.setTimeout(() => real.setImmediate(onLook), lookMs);
}

function onLook(): void {
  look = undefined;
  const isIdle = !hasEvents();
  idleLooks = isIdle ? idleLooks + 1 : 0;
  if (!isIdle) stalledCount = 0;
  quietLooks = isIdle && !isWorking() ? quietLooks + 1 : 0;
  // A client can write what nobody reads because the other end waits for something else.
  if (quietLooks > 1 && !isHeld && (idleLooks > stuckLooks || !isSending())) advance();
  if (pending.size > 0 || stalled.size > 0) watch();
}

/** Looks without any event, until data that is not received counts as data that nobody reads. */
const stuckLooks = 400;

/** Work of the system, of threads and of other processes that ends by itself: files, names, connections. */
const working = /^(FSReq|FileHandleClose|GetAddrInfo|TCPConnect|PipeConnect|Process)/;
const sending = /^(Write|Shutdown)/;

/** Turns of the event loop, and events (input, output, ended work of threads) that it has handled. */
function loopMetrics(): { loopCount: number; events: number } {
  return performance.nodeTiming.uvMetricsInfo;
}

/**
 * Whether the event loop has handled something since the last look. How busy it was does not count: on a loaded machine a
 * process that has much to do looks idle.
 */
function hasEvents(): boolean {
  const before = loop;
  loop = loopMetrics();
  return loop.events > before.events || loop.loopCount > before.loopCount + 3;
}

/** Whether the process waits for something that ends by itself, however long a loaded machine takes. */
const isWorking = (): boolean =>
  areThreadsWorking() || process.getActiveResourcesInfo().some((name) => working.test(name));

/** Whether something that one end of a connection has sent has not reached the other end. */
const isSending = (): boolean =>
  hasDataInFlight() || process.getActiveResourcesInfo().some((name) => sending.test(name));

/**
 * Time stands still while the work runs, whatever waits.
 * @returns what the work returns.
 */
export async function holdTime<T>(work: () => Promise<T>): Promise<T> {
  isHeld = true;
  try {
    return await work();
  } finally {
    isHeld = false;
    quietLooks = 0;
  }
}

function advance(): void {
  const all = [...pending.values()].sort((a, b) => a.due - b.due || a.order - b.order);
  const once = all.filter(({ repeat }) => repeat === undefined);
  const next = once.find(({ hasRef }) => hasRef) ?? all.find(({ hasRef }) => hasRef) ?? once[0];
  // A timer that repeats only looks whether something has happened.
  const isStalled = !once.some(({ hasRef }) => hasRef);
  stalledCount = isStalled ? stalledCount + 1 : 0;
  for (const [notify, since] of stalled) {
    if (stalledCount <= stalledJumps && now - since < longestRunMs) continue;
    stalled.delete(notify);
    notify();
  }
  if (!next) return;
  quietLooks = 0;
  now = Math.max(now, next.due);
  for (const timer of all) {
    if (timer.due > now) break;
    if (pending.get(timer.order) !== timer) continue;
    if (timer.repeat === undefined) pending.delete(timer.order);
    else timer.due = now + timer.repeat;
    timer.fire();
  }
}

type Callback = (...args: unknown[]) => void;

function virtualTimeout(callback: Callback, delay?: unknown, ...args: unknown[]): Handle {
  return add(() => callback(...args), delay, false);
}

function virtualInterval(callback: Callback, delay?: unknown, ...args: unknown[]): Handle {
  return add(() => callback(...args), delay, true);
}

function sleep<T>(
  delay?: number,
  value?: T,
  { signal, ref = true }: { signal?: AbortSignal; ref?: boolean } = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      const error = new Error("The operation was aborted", { cause: signal?.reason });
      reject(Object.assign(error, { name: "AbortError", code: "ABORT_ERR" }));
    };
    if (signal?.aborted) return abort();
    const done = (): void => {
      signal?.removeEventListener("abort", aborted);
      resolve(value as T);
    };
    const handle = add(done, delay, false);
    const aborted = (): void => {
      handle.close();
      abort();
    };
    if (!ref) handle.unref();
    signal?.addEventListener("abort", aborted, { once: true });
  });
}

class VirtualDate extends Date {
  constructor(...args: [] | [number | string | Date]) {
    if (args.length === 0) super(now);
    else super(...args);
  }
  static override now(): number {
    return Math.floor(now);
  }
}

let installed = false;

/** Replaces timers and `Date` of this process, for good. Node's own timers (sockets, servers) stay real. */
export function installVirtualTime(): void {
  if (installed) return;
  installed = true;
  watchConnections();
  watchDuckdb();
  const replaced = {
    setTimeout: Object.assign(virtualTimeout, { [promisify.custom]: sleep }),
    setInterval: virtualInterval,
    clearTimeout: remove,
    clearInterval: remove,
  };
  Object.assign(globalThis, replaced);
  // The modules themselves: an import with `* as` is a copy.
  Object.assign(process.getBuiltinModule("node:timers"), replaced);
  Object.assign(process.getBuiltinModule("node:timers/promises"), { setTimeout: sleep });
  globalThis.Date = VirtualDate as unknown as DateConstructor;
  AbortSignal.timeout = (milliseconds) => {
    const controller = new AbortController();
    const late = (): void =>
      controller.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
    add(late, milliseconds, false).unref();
    return controller.signal;
  };
}

/**
 * Calls back once when nothing in the process has anything to do and no timer is left: everything waits for an answer that
 * never comes.
 * @returns ends it.
 */
export function onStalled(notify: () => void): () => void {
  stalledCount = 0;
  stalled.set(notify, now);
  watch();
  return () => void stalled.delete(notify);
}

/** Waits in real time until the process is quiet: work that nobody awaits has ended. */
export async function untilQuiet(): Promise<void> {
  for (let quiet = 0, idle = 0; quiet < 2 && idle < stuckLooks;) {
    const { events } = loopMetrics();
    await new Promise((resolve) => real.setTimeout(() => real.setImmediate(resolve), lookMs));
    const isIdle = loopMetrics().events === events && !isWorking();
    idle = isIdle ? idle + 1 : 0;
    quiet = isIdle && !isSending() ? quiet + 1 : 0;
  }
}
